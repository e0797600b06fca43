import { type Numeric, PythonFloat, pythonStr } from '../base/index.ts';
import { roundHalfEven } from './python-round.ts';

const dayBySec = 86_400;

/** How long spans are shown, longest first: from how many seconds on, rounded to what, and in which units of that. */
const grades: readonly {
  readonly fromSec: number;
  readonly roundSec: number;
  readonly units: readonly (readonly [string, number])[];
}[] = [
  {
    fromSec: 365 * dayBySec,
    roundSec: dayBySec,
    units: [
      ['y', 365],
      ['w', 7],
      ['d', 1],
    ],
  },
  {
    fromSec: 7 * dayBySec,
    roundSec: 3600,
    units: [
      ['w', 168],
      ['d', 24],
      ['h', 1],
    ],
  },
  {
    fromSec: dayBySec,
    roundSec: 60,
    units: [
      ['d', 1440],
      ['h', 60],
      ['m', 1],
    ],
  },
  {
    fromSec: 3595,
    roundSec: 10,
    units: [
      ['h', 360],
      ['m', 6],
    ],
  },
];

/**
 * A span of seconds as fail2ban logs it: at most three units, the smaller ones rounded away (`2d 7h 15m`, `59m 50s`). A
 * float below an hour keeps its fraction in the seconds (`20.0m 1.5s`), as Python writes it.
 */
export function spanText(seconds: Numeric): string {
  const grade = grades.find(({ fromSec }) => seconds.value >= fromSec);
  if (grade === undefined) return shortSpanText(seconds);
  let rest = roundHalfEven(seconds.value / grade.roundSec);
  const parts: string[] = [];
  for (const [index, [unit, size]] of grade.units.entries()) {
    if (index > 0 && rest < size) continue;
    parts.push(`${Math.floor(rest / size)}${unit}`);
    rest %= size;
  }
  return parts.join(' ');
}

function shortSpanText({ value, isFloat }: Numeric): string {
  const text = (part: number): string => pythonStr(isFloat ? new PythonFloat(part) : part);
  if (value === 0) return '0';
  const parts = value >= 60 ? [`${text(Math.floor(value / 60))}m`] : [];
  const rest = value >= 60 ? value % 60 : value;
  if (rest !== 0) parts.push(`${text(rest)}s`);
  return parts.join(' ');
}
