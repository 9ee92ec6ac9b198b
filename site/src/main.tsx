import { render } from 'preact';
import { App } from './view/App.tsx';
import { applyTheme, currentTheme } from './view/state.ts';
import './style.css';

applyTheme(currentTheme());
render(<App />, document.getElementById('page')!);
