// Numbers, times and spans as people read them.

const numbers = new Intl.NumberFormat('en');
const clock = new Intl.DateTimeFormat('en', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const day = new Intl.DateTimeFormat('en', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const exact = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'long', hourCycle: 'h23' });

const units = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const;

export function count(value: number): string {
  return numbers.format(value);
}

/** `1 ban`, `2 bans`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** The two largest units: `2 d 4 h`. */
export function span(seconds: number): string {
  let rest = Math.max(Math.round(seconds), 0);
  const parts: string[] = [];
  for (const [unit, size] of units) {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0 || (unit === 's' && parts.length === 0)) parts.push(`${amount} ${unit}`);
    if (parts.length === 2) break;
  }
  return parts.join(' ');
}

/** One unit, for where there is little room: `22 d`, `7.5 h`. */
export function roundSpan(seconds: number): string {
  const [unit, size] = units.find(([, each]) => seconds >= each) ?? ['s', 1];
  const amount = seconds / size;
  return `${unit === 's' || amount >= 10 ? Math.round(amount) : amount.toFixed(1)} ${unit}`;
}

/** The length of a ban; -1 is for ever. */
export function banSpan(seconds: number): string {
  return seconds < 0 ? 'for ever' : span(seconds);
}

export function ago(sec: number, nowSec: number): string {
  const passed = nowSec - sec;
  return passed < 2 ? 'just now' : `${coarse(passed)} ago`;
}

/** When a ban ends, seen from now. */
export function left(sinceSec: number, banTimeSec: number, nowSec: number): string {
  if (banTimeSec < 0) return 'never ends';
  const rest = sinceSec + banTimeSec - nowSec;
  return rest < 1 ? 'ends now' : `${coarse(rest)} left`;
}

export function timeOfDay(sec: number): string {
  return clock.format(sec * 1000);
}

export function dateTime(sec: number): string {
  return day.format(sec * 1000);
}

export function exactTime(sec: number): string {
  return exact.format(sec * 1000);
}

export function milliseconds(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  return ms < 1 ? '< 1 ms' : `${Math.round(ms)} ms`;
}

export function bytes(value: number): string {
  const steps = ['B', 'kB', 'MB', 'GB', 'TB'];
  let size = value;
  let step = 0;
  while (size >= 1000 && step < steps.length - 1) {
    size /= 1000;
    step += 1;
  }
  return `${step === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${steps[step]}`;
}

function coarse(seconds: number): string {
  const [unit, size] = units.find(([, each]) => seconds >= each) ?? ['s', 1];
  return `${Math.floor(seconds / size)} ${unit}`;
}
