/** A metric as its text says it. */
export interface ParsedFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: ParsedSample[];
}

export interface ParsedSample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

/** Units that Prometheus' conventions want spelled out and in base form. */
const wrongUnits = /_(?:ms|milliseconds|minutes|hours|kb|kilobytes|percent)(?:_|$)/;

/**
 * Reads the text format 0.0.4 as strictly as it is described: HELP and TYPE before their samples, each family in one piece,
 * no series twice, names and labels of the allowed characters, histograms that add up. Throws with the line that is wrong.
 */
export function parsePrometheus(text: string): Map<string, ParsedFamily> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const families = new Map<string, ParsedFamily>();
  const seen = new Set<string>();
  let current: ParsedFamily | undefined;
  let help: readonly [name: string, text: string] | undefined;
  for (const line of text.slice(0, -1).split('\n')) {
    const told = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line);
    if (told !== null) {
      const [, kind, name = '', rest = ''] = told;
      if (kind === 'HELP') {
        help = [name, rest];
        continue;
      }
      if (help?.[0] !== name) throw new Error(`TYPE without its HELP: ${line}`);
      if (families.has(name)) throw new Error(`a family twice: ${line}`);
      current = { name, help: help[1], type: rest, samples: [] };
      checkFamily(current);
      families.set(name, current);
      continue;
    }
    const sample = parseSample(line);
    const key = `${sample.name}${JSON.stringify([...sample.labels].sort())}`;
    if (seen.has(key)) throw new Error(`a series twice: ${line}`);
    seen.add(key);
    if (current === undefined || !belongs(sample, current)) throw new Error(`outside of its family: ${line}`);
    current.samples.push(sample);
  }
  for (const family of families.values()) if (family.type === 'histogram') checkHistogram(family);
  return families;
}

function checkFamily({ name, type, help }: ParsedFamily): void {
  if (!['counter', 'gauge', 'histogram'].includes(type)) throw new Error(`${name} is a ${type}`);
  if (type === 'counter' && !name.endsWith('_total')) throw new Error(`a counter ends in _total: ${name}`);
  if (type !== 'counter' && name.endsWith('_total'))
    throw new Error(`only a counter ends in _total: ${name}`);
  if (/_(?:sum|count|bucket)$/.test(name)) throw new Error(`a name of a histogram's parts: ${name}`);
  if (wrongUnits.test(name)) throw new Error(`no base unit: ${name}`);
  if (!help.endsWith('.') || /\\(?![\\n])/.test(help)) throw new Error(`help of ${name}: ${help}`);
}

function belongs({ name }: ParsedSample, family: ParsedFamily): boolean {
  if (family.type !== 'histogram') return name === family.name;
  return ['_bucket', '_sum', '_count'].some((part) => name === family.name + part);
}

function parseSample(line: string): ParsedSample {
  const match = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
  if (match === null) throw new Error(`no sample: ${line}`);
  const [, name = '', labelText = '', valueText = ''] = match;
  if (!/^(?:[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?|\+Inf|-Inf|NaN)$/i.test(valueText))
    throw new Error(`no value: ${line}`);
  return { name, labels: parseLabels(labelText), value: Number(valueText.replace('Inf', 'Infinity')) };
}

function parseLabels(text: string): Map<string, string> {
  const labels = new Map<string, string>();
  const pattern = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (match === null) throw new Error(`no labels: ${text}`);
    const [, name = '', value = ''] = match;
    if (labels.has(name) || name.startsWith('__')) throw new Error(`a label twice or reserved: ${text}`);
    labels.set(
      name,
      value.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char)),
    );
  }
  return labels;
}

/** Buckets grow with their bounds, end with +Inf, and agree with the count. */
function checkHistogram({ name, samples }: ParsedFamily): void {
  const bySeries = Map.groupBy(samples, ({ labels }) =>
    JSON.stringify([...labels].filter(([label]) => label !== 'le').sort()),
  );
  for (const [series, parts] of bySeries) {
    const buckets = parts.filter((part) => part.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels }) => Number(labels.get('le')?.replace('+Inf', 'Infinity')));
    const isRising = (numbers: readonly number[], strict: boolean): boolean =>
      numbers.every(
        (each, index) => index === 0 || (strict ? each > numbers[index - 1]! : each >= numbers[index - 1]!),
      );
    const counts = buckets.map(({ value }) => value);
    const count = parts.find((part) => part.name === `${name}_count`)?.value;
    const sums = parts.filter((part) => part.name === `${name}_sum`).length;
    if (!isRising(bounds, true) || bounds.at(-1) !== Number.POSITIVE_INFINITY || !isRising(counts, false))
      throw new Error(`buckets of ${name}${series}`);
    if (counts.at(-1) !== count || sums !== 1) throw new Error(`count of ${name}${series}`);
  }
}
