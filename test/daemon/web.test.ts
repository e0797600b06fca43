import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { ManualClock } from '../../src/base/index.ts';
import { jsonResult } from '../../src/control/index.ts';
import { type BanPage, type History, type Overview, readToken } from '../../src/web/index.ts';
import { TestDaemon, TestHome } from '../support/daemon.ts';
import { parsePrometheus } from '../support/prometheus.ts';
import { callPage, type WebAnswer, type WebCall } from '../support/web-bench.ts';

/** A daemon with its page, asked over HTTP. */
class PageBench {
  readonly daemon: TestDaemon;
  readonly #tokenFile: string;

  constructor(context: TestContext) {
    const home = new TestHome(context);
    this.#tokenFile = join(home.path, 'http-token');
    const settings = { at: { host: '127.0.0.1', port: 0 }, hosts: [], tokenFile: this.#tokenFile };
    this.daemon = new TestDaemon(home, new ManualClock(), { settings });
  }

  async start(): Promise<this> {
    await this.daemon.start();
    while ((await this.#state()).state !== 'listening') await setTimeout(10);
    return this;
  }

  async call(path: string, call: WebCall = {}): Promise<WebAnswer> {
    const { url } = await this.#state();
    const headers = { authorization: `Bearer ${readToken(this.#tokenFile)}`, ...call.headers };
    return callPage(Number(new URL(url).port), path, { ...call, headers });
  }

  async get<T>(path: string): Promise<T> {
    return JSON.parse((await this.call(path)).text) as T;
  }

  async #state(): Promise<{ state: string; url: string }> {
    return jsonResult(['web'], await this.daemon.run('web')) as { state: string; url: string };
  }
}

test('the page shows jails, bans and their past as the daemon has them', async (context) => {
  const bench = await new PageBench(context).start();
  const { daemon } = bench;
  daemon.fail('192.0.2.1', 3);
  daemon.clock.advance(60);
  daemon.fail('192.0.2.2', 3);
  daemon.fail('203.0.113.5', 1);
  await daemon.run('set', 'app', 'banip', '2001:db8::7');
  await daemon.settle();
  const { jails, nowSec, startedSec } = await bench.get<Overview>('/api/status');
  assert.equal(nowSec - startedSec, 60);
  const [app] = jails;
  assert.deepEqual(
    [app?.name, app?.currentlyBanned, app?.currentlyFailed, app?.problems, app?.rules[0]?.matches],
    ['app', 3, 1, [], 7],
  );
  const page = await bench.get<BanPage>('/api/bans?count=1&offset=1&order=newest&search=192.0');
  assert.deepEqual([page.total, page.bans.map(({ id }) => id)], [2, ['192.0.2.1']]);
  assert.deepEqual((await bench.get<BanPage>('/api/bans?jail=other')).total, 0);
  const history = await bench.get<History>('/api/history?span=3600');
  assert.equal(history.total, 3);
  assert.deepEqual(history.networks.slice(0, 1), [{ network: '192.0.2.0/24', bans: 2, ids: 2 }]);
  assert.ok(history.networks.some(({ network }) => network === '2001:db8::/48'));
  assert.equal(
    history.jails[0]?.counts.reduce((a, b) => a + b, 0),
    3,
  );
});

test('an unban by the page ends the ban in the firewall', async (context) => {
  const bench = await new PageBench(context).start();
  const { daemon } = bench;
  daemon.fail('192.0.2.1', 3);
  await daemon.settle();
  const headers = { 'content-type': 'application/json' };
  const post = (body: string) => bench.call('/api/unban', { method: 'POST', headers, body });
  assert.equal((await post('{"id":"192.0.2.1","jail":"nojail"}')).status, 404);
  const { text } = await post('{"id":"192.0.2.1","jail":"app"}');
  assert.deepEqual(JSON.parse(text), { ended: 1 });
  assert.deepEqual(daemon.home.acts(), ['start app', 'ban app 192.0.2.1', 'unban app 192.0.2.1']);
  assert.match(daemon.home.read('fail2ban.log'), /NOTICE {2}The page unbans 192\.0\.2\.1 in app\n/);
});

test('the metrics count what the daemon did', async (context) => {
  const bench = await new PageBench(context).start();
  const { daemon } = bench;
  daemon.fail('192.0.2.1', 4);
  await daemon.run('set', 'app', 'banip', '192.0.2.9');
  await daemon.run('set', 'app', 'unbanip', '192.0.2.9');
  await daemon.settle();
  const families = parsePrometheus((await bench.call('/metrics')).text);
  const value = (name: string, label?: string, text?: string): number | undefined =>
    families.get(name)?.samples.find(({ labels }) => label === undefined || labels.get(label) === text)
      ?.value;
  assert.equal(value('warder_rule_matches_total', 'rule', '0'), 4);
  assert.equal(value('warder_failures_total', 'jail', 'app'), 4);
  assert.equal(value('warder_bans_total', 'cause', 'failures'), 1);
  assert.equal(value('warder_bans_total', 'cause', 'by_hand'), 1);
  assert.equal(value('warder_unbans_total', 'cause', 'by_hand'), 1);
  assert.equal(value('warder_banned', 'jail', 'app'), 1);
  const bans = families
    .get('warder_action_duration_seconds')
    ?.samples.find(({ name, labels }) => name.endsWith('_count') && labels.get('step') === 'ban');
  assert.equal(bans?.value, 2);
});

test('what does not work is told in words and in the metrics', async (context) => {
  const bench = await new PageBench(context).start();
  const { daemon } = bench;
  daemon.home.write('action.d/note.local', '[Definition]\nactionban = echo broken >&2; exit 3\n');
  await daemon.run('reload', '--all', []);
  daemon.fail('192.0.2.1', 3);
  await daemon.settle();
  const { jails } = await bench.get<Overview>('/api/status');
  assert.match(jails[0]?.problems.join('\n') ?? '', /^note: Error banning 192\.0\.2\.1/m);
  const families = parsePrometheus((await bench.call('/metrics')).text);
  const value = (name: string): number | undefined => families.get(name)?.samples[0]?.value;
  assert.deepEqual([value('warder_jail_degraded'), value('warder_action_degraded')], [1, 1]);
});
