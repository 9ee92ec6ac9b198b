import { render } from 'preact';
import { App } from './view/App.tsx';
import { applyTheme, currentTheme } from './view/state.ts';
import './style.css';

history.scrollRestoration = 'manual'; // pages are drawn after the browser would scroll
applyTheme(currentTheme());
render(<App />, document.getElementById('page')!);
