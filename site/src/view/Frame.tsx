/** What stands around every page: skip link, name, pages, language, colours, footer. */

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { About } from '../model/data.ts';
import { dateText } from '../model/format.ts';
import type { Page } from '../model/view.ts';
import { useWords } from './context.tsx';
import { applyTheme, chooseLanguage, currentTheme, linkTo } from './state.ts';

export type PageName = Page['name'] | 'sql';

const LANGUAGES = { en: 'English', fr: 'Français' };
const PAGES = ['explore', 'releases', 'changes', 'codebook'] as const;

export function Frame({ page, about, children }: { page: PageName; about: About | null; children: ComponentChildren }) {
  const { t, language } = useWords();
  const home = page === 'sql' ? './' : '';
  const isHere = (name: PageName): boolean => name === page || (name === 'explore' && (page === 'incident' || page === 'operation'));
  return (
    <>
      <a class="skip" href="#content" onClick={skip}>
        {t('skip')}
      </a>
      <header class="masthead">
        <a class="brand" href={home + linkTo({ name: 'explore' })}>
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <circle class="brand-high" cx="16" cy="16" r="14" />
            <circle class="brand-best" cx="16" cy="16" r="8.5" />
          </svg>
          <span>
            <strong>{t('title')}</strong>
            <small>
              {about && t('version', { version: about.version, date: dateText(about.date, about.date, 'day', language) })}
              <span class="tagline">{t('tagline')}</span>
            </small>
          </span>
        </a>
        <nav aria-label={t('nav')}>
          {PAGES.map((name) => (
            <a key={name} href={home + linkTo({ name })} aria-current={isHere(name) ? 'page' : undefined}>
              {t(`nav.${name}`)}
            </a>
          ))}
          <a href={page === 'sql' ? location.hash || '#' : `sql.html#/?lang=${language}`} aria-current={isHere('sql') ? 'page' : undefined}>
            {t('nav.sql')}
          </a>
        </nav>
        <div class="settings">
          <div role="group" aria-label={t('language')} class="toggle">
            {(['en', 'fr'] as const).map((name) => (
              <button
                key={name}
                type="button"
                lang={name}
                aria-label={LANGUAGES[name]}
                aria-pressed={language === name}
                onClick={() => chooseLanguage(name)}
              >
                <span class="long">{LANGUAGES[name]}</span>
                <span class="short">{name.toUpperCase()}</span>
              </button>
            ))}
          </div>
          <ThemeButton />
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
      <footer class="footer">
        <p>{t('footer.data')}</p>
        <p>{t('footer.sources')}</p>
        <p>{t('footer.correct')}</p>
        <Keys />
      </footer>
    </>
  );
}

/** Keys, and what they do where. */
const KEYS = [
  ['← ↑ ↓ →  +  −  0', 'keys.map'],
  ['← →', 'keys.time'],
  ['↑ ↓', 'keys.table'],
  ['Alt + ←', 'keys.back'],
  ['Ctrl + Enter', 'keys.sql'],
] as const;

function Keys() {
  const { t } = useWords();
  return (
    <details class="keys">
      <summary>{t('keys')}</summary>
      <dl>
        {KEYS.map(([names, what]) => (
          <div key={what}>
            <dt>
              {names.split(/ {2}/).map((name) => (
                <kbd key={name}>{name}</kbd>
              ))}
            </dt>
            <dd>{t(what)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function skip(event: Event): void {
  event.preventDefault(); // the address holds the view
  document.getElementById('content')?.focus();
}

function ThemeButton() {
  const { t } = useWords();
  const [theme, setTheme] = useState(currentTheme());
  const other = theme === 'dark' ? 'light' : 'dark';
  const turn = (): void => {
    applyTheme(other, true);
    setTheme(other);
    window.dispatchEvent(new Event('theme'));
  };
  return (
    <button type="button" class="icon" aria-label={t(`theme.${other}`)} title={t(`theme.${other}`)} onClick={turn}>
      <svg viewBox="0 0 20 20" aria-hidden="true">
        <circle cx="10" cy="10" r="7" fill="none" stroke="currentColor" stroke-width="1.6" />
        <path d="M10 3a7 7 0 0 1 0 14z" fill="currentColor" />
      </svg>
    </button>
  );
}

/** The words that stand wherever totals do; with more of them where something is drawn, which has gaps. */
export function SelectionNote({ isDrawn = false }: { isDrawn?: boolean }) {
  const { t } = useWords();
  return (
    <p class="selection-note">
      <strong>{t('selection')}</strong> {isDrawn && t('selection.more')}
    </p>
  );
}
