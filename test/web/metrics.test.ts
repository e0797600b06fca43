import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Figures, JailFigures } from '../../src/web/figures.ts';
import { actionBoundsSec, dropBoundsSec, Histogram } from '../../src/web/metrics/histogram.ts';
import { metricsText } from '../../src/web/metrics/text.ts';
import { parsePrometheus } from '../support/prometheus.ts';
import { repositoryRoot } from '../support/sources.ts';
import { WebBench } from '../support/web-bench.ts';

function histogram(bounds: readonly number[], ...observed: number[]) {
  const counted = new Histogram(bounds);
  for (const value of observed) counted.observe(value);
  return counted.figures();
}

function jailFigures(jail: string): JailFigures {
  return {
    jail,
    lines: 1000,
    bytes: 100_000,
    matches: [
      [0, 7],
      [12, 1],
      [-1, 2],
    ],
    failures: 9,
    bans: { failure: 2, manual: 1, restore: 3 },
    unbans: { expired: 1, manual: 0, stop: 0 },
    counted: 4,
    banned: 5,
    isIdle: false,
    isDegraded: true,
    unreadableLogs: 1,
    suspendedRules: 0,
    waiting: [['iptables', 3, true]],
    dropSec: histogram(dropBoundsSec, 0.004, 0.004, 100, Number.NaN, -1),
  };
}

function sampleFigures(...jails: string[]): Figures {
  return {
    version: '0.1.0',
    compatibleVersion: '1.0.2',
    nodeVersion: '26.10.0',
    startedSec: 1_800_000_000.5,
    jails: jails.map(jailFigures),
    actions: jails.map((jail) => ({
      jail,
      action: 'iptables',
      step: 'ban',
      errors: 1,
      durationSec: histogram(actionBoundsSec, 0.002, 0.3, 1e9),
    })),
    database: { waiting: 2, isDegraded: false },
    tarpit: { held: 3, mostHeld: 1000, accepted: 10, refused: 1, wastedSec: 1e7 },
    memory: { residentBytes: 1e8, heapBytes: 2e7, cpuSec: 1e-7 },
    lostEvents: 0,
  };
}

test('the metrics follow the format and the conventions of Prometheus', () => {
  const families = parsePrometheus(metricsText(sampleFigures('sshd', 'recidive'), 5e7));
  const value = (name: string, labels: Record<string, string> = {}): number | undefined => {
    const family = families.get(name.replace(/_(?:bucket|sum|count)$/, '')) ?? families.get(name);
    return family?.samples.find(
      (sample) =>
        sample.name === name &&
        sample.labels.size === Object.keys(labels).length &&
        Object.entries(labels).every(([label, text]) => sample.labels.get(label) === text),
    )?.value;
  };
  assert.equal(value('warder_log_lines_total', { jail: 'sshd' }), 1000);
  assert.equal(value('warder_rule_matches_total', { jail: 'sshd', rule: '12' }), 1);
  assert.equal(value('warder_rule_matches_total', { jail: 'sshd', rule: 'none' }), 2);
  assert.equal(value('warder_bans_total', { jail: 'recidive', cause: 'restored' }), 3);
  assert.equal(value('warder_banned', { jail: 'sshd' }), 5);
  assert.equal(value('warder_jail_degraded', { jail: 'sshd' }), 1);
  assert.equal(value('warder_action_waiting', { jail: 'sshd', action: 'iptables' }), 3);
  assert.equal(value('warder_line_to_drop_seconds_bucket', { jail: 'sshd', le: '0.0025' }), 2);
  assert.equal(value('warder_line_to_drop_seconds_bucket', { jail: 'sshd', le: '0.005' }), 4);
  assert.equal(value('warder_line_to_drop_seconds_count', { jail: 'sshd' }), 5);
  assert.equal(value('warder_tarpit_connections'), 3);
  assert.equal(value('warder_process_resident_memory_bytes', { process: 'web' }), 5e7);
});

test('a jail may be called whatever it likes', () => {
  const hostile = 'a"} 1\n# TYPE evil counter\nevil{b="\\\n<img src=x onerror=alert(1)>\ud800';
  const families = parsePrometheus(metricsText(sampleFigures(hostile), 1));
  assert.ok(!families.has('evil'));
  const [sample] = families.get('warder_banned')?.samples ?? [];
  assert.equal(sample?.labels.get('jail'), hostile.toWellFormed());
});

test('a daemon without jails and database has metrics', () => {
  const families = parsePrometheus(metricsText({ ...sampleFigures(), database: null }, 1));
  assert.equal(families.get('warder_jails')?.samples[0]?.value, 0);
});

test('a scrape gets them as the type that Prometheus expects', async (context) => {
  const bench = await new WebBench(context).start();
  bench.answers.figures = sampleFigures('sshd');
  const { status, headers, text } = await bench.ask('/metrics');
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  assert.ok(parsePrometheus(text).size > 20);
});

test('each metric that the Grafana dashboard shows exists, with the labels that it groups by', () => {
  const file = join(repositoryRoot, 'packaging/grafana/warder.json');
  const families = parsePrometheus(metricsText(sampleFigures('sshd'), 1));
  const samples = [...families.values()].flatMap((family) => family.samples);
  const expressions = expressionsOf(JSON.parse(readFileSync(file, 'utf8')));
  assert.ok(expressions.length >= 12);
  for (const expression of expressions) {
    const names = [...expression.matchAll(/\bwarder_[a-z0-9_]+/g)].map(([name]) => name);
    assert.ok(names.length > 0, expression);
    for (const name of names)
      assert.ok(
        samples.some((sample) => sample.name === name),
        `${name} in ${expression}`,
      );
    const labels = [...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) =>
      list.split(/,\s*/),
    );
    for (const label of labels) {
      assert.ok(
        samples.some((sample) => names.includes(sample.name) && sample.labels.has(label)),
        `${label} in ${expression}`,
      );
    }
  }
});

/** Every `expr` and every query of a variable. */
function expressionsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(expressionsOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    (key === 'expr' || key === 'definition') && typeof item === 'string' ? [item] : expressionsOf(item),
  );
}
