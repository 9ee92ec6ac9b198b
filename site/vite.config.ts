import { defineConfig } from 'vite';

// Two pages: the console of SQL has a policy of its own (WebAssembly), which the explorer does without.
export default defineConfig({
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1000,
    rolldownOptions: { input: ['index.html', 'sql.html'] },
  },
});
