import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { FakeService } from '../../support/notice-servers.ts';
import { item } from '../harness.ts';
import { type NoticeBench, noticeBench, redirected } from './harness.ts';

const service = new FakeService();
before(() => service.start());
after(() => service.stop());
beforeEach(() => {
  service.seen.length = 0;
  service.answer = () => ({ status: 200, body: '{}' });
});

async function afterwards(bench: NoticeBench): Promise<void> {
  await bench.notifier.idle();
  assert.deepEqual(
    bench.late.filter(({ ok }) => !ok).map(({ error }) => error),
    [],
  );
}

test('each report service gets its request, for IPv4 and IPv6', async (t) => {
  const expected: Record<string, (ip: string) => readonly [string, Record<string, string>, unknown]> = {
    'abuseipdb[abuseipdb_apikey=KEY, abuseipdb_category="18,22"]': (ip) => [
      'POST /api/v2/report',
      { key: 'KEY', accept: 'application/json' },
      { ip, categories: '18,22', comment: 'a match' },
    ],
    'blocklist_de[email=me@example.org, apikey=KEY, service=ssh, agent=Agent]': (ip) => [
      'POST /en/httpreports.html',
      { 'user-agent': 'Agent' },
      { server: 'me@example.org', apikey: 'KEY', service: 'ssh', ip, logs: 'a match', format: 'text' },
    ],
    'ipthreat[name=sshd, ipthreat_apikey=KEY]': (ip) => [
      'POST /api/report',
      { 'x-api-key': 'KEY', 'content-type': 'application/json' },
      { ip, flags: '8', system: 'sshd', notes: 'fail2ban' },
    ],
  };
  for (const [text, wanted] of Object.entries(expected)) {
    const bench = noticeBench(t, redirected(text, service.url));
    for (const ip of ['192.0.2.1', '2001:db8::1']) {
      service.seen.length = 0;
      await bench.action.ban([item(ip, { matches: ['a match'] })]);
      await afterwards(bench);
      const [request] = service.seen;
      const [line, headers, body] = wanted(ip);
      assert.equal(`${request?.method} ${request?.url}`, line);
      for (const [name, value] of Object.entries(headers)) assert.equal(request?.headers[name], value);
      const isJson = request?.headers['content-type'] === 'application/json';
      assert.deepEqual(
        isJson ? JSON.parse(request?.body ?? '') : Object.fromEntries(new URLSearchParams(request?.body)),
        body,
      );
    }
  }
});

test('Cloudflare gets a rule for each ban, and loses it by its id', async (t) => {
  for (const [text, url] of [
    [
      'cloudflare[name=sshd, cfuser=me@example.org, cftoken=KEY]',
      '/client/v4/user/firewall/access_rules/rules',
    ],
    [
      'cloudflare-token[name=sshd, cfzone=ZONE, cftoken=TOKEN]',
      '/client/v4/zones/ZONE/firewall/access_rules/rules',
    ],
  ] as const) {
    service.seen.length = 0;
    service.answer = ({ method }) => ({
      status: 200,
      body: method === 'GET' ? '{"result":[{"id":"abc123"}]}' : '{}',
    });
    const bench = noticeBench(t, redirected(text, service.url));
    await bench.action.ban([item('192.0.2.1'), item('2001:db8::1')]);
    await bench.action.unban([item('2001:db8::1')]);
    await afterwards(bench);
    const [four, six, find, remove] = service.seen;
    assert.deepEqual(JSON.parse(four?.body ?? ''), {
      mode: 'block',
      configuration: { target: 'ip', value: '192.0.2.1' },
      notes: 'Fail2Ban sshd',
    });
    assert.equal(JSON.parse(six?.body ?? '').configuration.target, 'ip6');
    const query = new URL(find?.url ?? '', service.url);
    assert.equal(query.pathname, url);
    assert.equal(query.searchParams.get('configuration.value'), '2001:db8::1');
    assert.equal(query.searchParams.get('notes'), 'Fail2Ban sshd');
    assert.equal(`${remove?.method} ${remove?.url}`, `DELETE ${url}/abc123`);
    for (const request of service.seen) {
      assert.ok(request.headers.authorization === 'Bearer TOKEN' || request.headers['x-auth-key'] === 'KEY');
    }
  }
});

test('Cloudflare: a rule that is there already is fine, and one that is gone needs no removal', async (t) => {
  const bench = noticeBench(t, redirected('cloudflare-token[name=x, cfzone=Z, cftoken=T]', service.url));
  service.answer = ({ method }) =>
    method === 'GET'
      ? { status: 200, body: '{"result":[]}' }
      : { status: 400, body: '{"errors":[{"message":"firewallaccessrules.api.duplicate_of_existing"}]}' };
  await bench.action.ban([item('192.0.2.1')]);
  await bench.action.unban([item('192.0.2.1')]);
  await afterwards(bench);
  assert.deepEqual(
    service.seen.map(({ method }) => method),
    ['POST', 'GET'],
  );
});

test('an id that a service gives cannot lead a request elsewhere', async (t) => {
  const bench = noticeBench(t, redirected('cloudflare-token[name=x, cfzone=Z, cftoken=T]', service.url));
  service.answer = () => ({ status: 200, body: '{"result":[{"id":"../../../etc?x="}]}' });
  await bench.action.ban([item('192.0.2.1')]);
  await bench.action.unban([item('192.0.2.1')]);
  await afterwards(bench);
  assert.deepEqual(
    service.seen.map(({ method }) => method),
    ['POST', 'GET'],
  );
});

test('NetScaler gets the address in a data set, and loses it', async (t) => {
  const bench = noticeBench(
    t,
    redirected('netscaler[ns_host=ns.example.org, ns_auth=YTpi, ns_dataset=bad]', service.url),
  );
  // The host is a parameter, so it is only known when the request is made.
  bench.action.properties.set('ns_host', service.url.slice('http://'.length));
  for (const name of ['start_request', 'ban_request', 'unban_request']) {
    const value = String(bench.action.properties.all().get(name)).replace(
      'https://<ns_host>',
      `${service.url}`,
    );
    bench.action.properties.set(name, value);
  }
  await bench.action.start();
  await bench.action.ban([item('2001:db8::1')]);
  await bench.action.unban([item('2001:db8::1')]);
  await afterwards(bench);
  assert.deepEqual(
    service.seen.map(({ method, url }) => `${method} ${url}`),
    [
      'GET /nitro/v1/config',
      'PUT /nitro/v1/config/',
      'DELETE /nitro/v1/config/policydataset_value_binding/bad?args=value:2001%3Adb8%3A%3A1',
    ],
  );
  assert.ok(service.seen.every(({ headers }) => headers.authorization === 'Basic YTpi'));
});

test('a redirect is not followed, and an answer that says no is told without the key', async (t) => {
  for (const [status, words] of [
    [302, /HTTP status 302 \(redirects are not followed\)/],
    [401, /HTTP status 401: who are you/],
  ] as const) {
    service.seen.length = 0;
    service.answer = () => ({
      status,
      body: 'who are you',
      headers: { location: `${service.url}/elsewhere` },
    });
    const bench = noticeBench(
      t,
      redirected('webhook[name=x, preset=telegram, token=SECRET, chat=1]', service.url),
    );
    await bench.action.ban([item('192.0.2.1')]);
    await bench.notifier.idle();
    assert.equal(service.seen.length, 1);
    assert.match(bench.late[0]?.error ?? '', words);
    assert.doesNotMatch(bench.logger.lines.join('\n'), /SECRET/);
  }
});

test('an address that is missing, or a template that is broken, is told', async (t) => {
  for (const [parameters, words] of [
    ['preset=slack', /no address to send to/],
    ['preset=nonsense, url="http://127.0.0.1:1"', /no address to send to/],
    [`url="${service.url}", json_json='{"a": oops}'`, /NOTIFY_JSON/],
  ] as const) {
    const bench = noticeBench(t, `webhook[name=x, ${parameters}]`);
    await bench.action.ban([item('192.0.2.1')]);
    await bench.notifier.idle();
    assert.match(bench.late[0]?.error ?? '', words);
  }
});

test('a value in an address is part of it, and changes nothing around it', async (t) => {
  const settings = `webhook[name=x, request_json="GET ${service.url}/u/<F-USER>?ip=<ip>", json_json=""]`;
  const bench = noticeBench(t, settings);
  for (const user of ['../../x?y=1#z', 'a b\r\nHost: evil', '@evil.example/']) {
    await bench.action.ban([item('192.0.2.1', { fields: { user } })]);
  }
  await afterwards(bench);
  assert.deepEqual(
    service.seen.map(({ url }) => url),
    [
      '/u/..%2F..%2Fx%3Fy%3D1%23z?ip=192.0.2.1',
      '/u/a%20b%0AHost%3A%20evil?ip=192.0.2.1',
      '/u/%40evil.example%2F?ip=192.0.2.1',
    ],
  );
});
