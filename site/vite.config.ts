import { readFileSync } from 'node:fs';
import { defineConfig, type Plugin } from 'vite';

/** What both pages have: `<!-- name.html -->` stands for the file of that name. */
const shared: Plugin = {
  name: 'shared-html',
  transformIndexHtml: {
    order: 'pre',
    handler: (page) => page.replace(/<!-- (\w+\.html) -->/g, (_, name: string) => readFileSync(new URL(name, import.meta.url), 'utf-8').trimEnd()),
  },
};

// Two pages: the console of SQL has a policy of its own (WebAssembly), which the explorer does without.
export default defineConfig({
  base: './',
  plugins: [shared],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1000,
    rolldownOptions: { input: ['index.html', 'sql.html'] },
  },
});
