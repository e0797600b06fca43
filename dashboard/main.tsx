import 'uplot/dist/uPlot.min.css';
import './styles/base.css';
import './styles/parts.css';
import './styles/views.css';
import { render } from 'preact';
import { takeTokenFromLink } from './api.ts';
import { App } from './app.tsx';
import { applyTheme, storedTheme } from './theme.ts';

takeTokenFromLink();
applyTheme(storedTheme());
const place = document.getElementById('app');
if (place !== null) render(<App />, place);
