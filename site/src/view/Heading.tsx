/** The head of a page: its name in the window, and where whoever comes from another page begins to read. */

import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { shown } from '../model/text.ts';
import { useWords } from './context.tsx';
import { pageInForce } from './state.ts';

/** The page whose head was shown last; none when the window was just opened. */
let before: string | null = null;

interface Props {
  /** What the window is called, beside the name of the explorer; the main page has that alone. */
  title?: string;
  isHidden?: boolean;
  children: ComponentChildren;
}

export function Heading({ title, isHidden = false, children }: Props) {
  const { t } = useWords();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = title ? `${shown(title, 120)} · ${t('title')}` : t('title');
  }, [title, t]);
  const page = pageInForce();
  useLayoutEffect(() => {
    if (before !== null && before !== page) {
      window.scrollTo(0, 0);
      heading.current?.focus({ preventScroll: true });
    }
    before = page;
  }, [page]);
  return (
    <h1 ref={heading} tabIndex={-1} class={isHidden ? 'visually-hidden' : undefined}>
      {children}
    </h1>
  );
}
