import { render } from 'preact';
import { Console } from './sql/Console.tsx';
import { applyTheme, currentTheme } from './view/state.ts';
import './style.css';

applyTheme(currentTheme());
render(<Console />, document.getElementById('page')!);
