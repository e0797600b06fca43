// Owns: the web page: the process that serves it, its API, the metrics, and the supervision of that process.
// Receives: questions of the process, which the daemon answers; events of the live stream.
// Emits: HTTP: the dashboard, JSON, Prometheus' text.
export type {
  ActionFigures,
  Figures,
  JailFigures,
  ProcessFigures,
  TarpitSums,
} from './figures.ts';
export { actionBoundsSec, dropBoundsSec, Histogram, type HistogramFigures } from './metrics/histogram.ts';
export type { BanOrder, Question } from './questions.ts';
export { readWebSettings, type WebOptions, type WebSettings } from './settings.ts';
export { type StartWeb, type WebHelper, webStarter } from './start-helper.ts';
export { readToken } from './token.ts';
export type { BanPage, BanRow, History, JailOverview, Overview, RuleOverview } from './types.ts';
export { WebProcess, type WebProcessParts } from './web-process.ts';
