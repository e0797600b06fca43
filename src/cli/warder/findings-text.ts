import type { Finding, Verdict } from '../doctor/finding.ts';
import { makePainter } from '../rule-test/paint.ts';

const marks = { good: 'ok', note: 'note', warning: 'warning', problem: 'PROBLEM' } as const;
const styles = { good: 'green', note: 'cyan', warning: 'yellow', problem: ['bold', 'red'] } as const;
const markWidth = 8;

/** What was found, a line for each, what to do below it, and the sum at the end. */
export function findingsText(findings: readonly Finding[], hasColours: boolean): string {
  const painter = makePainter(hasColours);
  const width = Math.max(0, ...findings.map(({ about }) => about.length));
  const lines = findings.flatMap(({ about, verdict, message, file, line, hint }) => {
    const place = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `;
    const mark =
      painter.text(marks[verdict], styles[verdict]) + ' '.repeat(markWidth - marks[verdict].length);
    const left = ' '.repeat(markWidth + width + 2);
    const head = `${mark}${painter.text(about.padEnd(width))}  ${painter.text(place, 'dim')}${painter.text(message)}`;
    return hint === undefined || verdict === 'good' ? [head] : [head, `${left}→ ${painter.text(hint)}`];
  });
  return [...lines, '', sum(findings, painter.text), ''].join('\n');
}

function sum(
  findings: readonly Finding[],
  paint: (text: string, style: 'green' | 'yellow' | 'red') => string,
): string {
  const count = (verdict: Verdict): number =>
    findings.filter((finding) => finding.verdict === verdict).length;
  const [problems, warnings] = [count('problem'), count('warning')];
  if (problems + warnings === 0) return paint('All is well.', 'green');
  const parts = [
    ...(problems === 0 ? [] : [`${problems} ${problems === 1 ? 'problem' : 'problems'}`]),
    ...(warnings === 0 ? [] : [`${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`]),
  ];
  return paint(`${parts.join(', ')}.`, problems > 0 ? 'red' : 'yellow');
}
