/** The few forms of Markdown that a change log has: headings, lists, paragraphs, code. Everything else stays text. */

import type { ComponentChildren } from 'preact';
import { shown } from '../model/text.ts';

const inline = (text: string): ComponentChildren[] =>
  text.split(/(`[^`]+`)/).map((part, at) => (/^`[^`]+`$/.test(part) ? <code key={at}>{part.slice(1, -1)}</code> : part));

export function Prose({ text, lang }: { text: string; lang: string }) {
  const blocks = shown(text, 200_000).split(/\n{2,}/).filter((block) => block.trim());
  return (
    <div lang={lang} class="prose">
      {blocks.map((block, at) => {
        const heading = /^(#{1,4}) +(.*)$/.exec(block);
        if (heading?.[1]?.length === 1) return null; // the page has its own
        if (heading) return <h3 key={at}>{heading[2]}</h3>;
        if (/^- /.test(block)) {
          const items = block.split(/\n(?=- )/).map((item) => item.replace(/^- /, '').replace(/\s*\n\s*/g, ' '));
          return <ul key={at}>{items.map((item, number) => <li key={number}>{inline(item)}</li>)}</ul>;
        }
        return <p key={at}>{inline(block)}</p>;
      })}
    </div>
  );
}
