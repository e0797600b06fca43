import 'uplot/dist/uPlot.min.css';
import './styles/base.css';
import './styles/parts.css';
import './styles/views.css';
import { render } from 'preact';
import { takeTokenFromLink } from './api.ts';
import { App } from './app.tsx';
import { applyTheme, storedTheme } from './theme.ts';

takeTokenFromLink();
// A link that is opened where the page is open already.
addEventListener('hashchange', () => {
  if (takeTokenFromLink()) location.reload();
});
applyTheme(storedTheme());
const place = document.getElementById('app');
if (place !== null) render(<App />, place);
