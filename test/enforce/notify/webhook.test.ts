import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { FakeService } from '../../support/notice-servers.ts';
import { item } from '../harness.ts';
import { hostileTexts, type NoticeBench, noticeBench, redirected } from './harness.ts';

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

const webhooks = (): Record<string, string> => ({
  json: `webhook[name=sshd, url="${service.url}/hook", unban=yes, start=yes]`,
  slack: `webhook[name=sshd, preset=slack, url="${service.url}/hook", ban_message="<F-USER> <matches>"]`,
  discord: `webhook[name=sshd, preset=discord, url="${service.url}/hook", ban_message="<F-USER> <matches>"]`,
  mattermost: `webhook[name=sshd, preset=mattermost, url="${service.url}/hook", ban_message="<F-USER> <matches>"]`,
  telegram:
    'webhook[name=sshd, preset=telegram, token="1:abc", chat="-100", ban_message="<F-USER> <matches>"]',
  apprise: `webhook[name=sshd, preset=apprise, url="${service.url}/hook", ban_message="<F-USER> <matches>"]`,
  ntfy: `webhook[name=sshd, preset=ntfy, url="${service.url}/hook", title="<F-USER>", ban_message="<F-USER> <matches>"]`,
});

test('each preset of webhook sends what its service takes, whatever an attacker wrote', async (t) => {
  const keys: Record<string, readonly string[]> = {
    json: [
      'event',
      'jail',
      'host',
      'ip',
      'family',
      'failures',
      'bantime',
      'bancount',
      'time',
      'user',
      'matches',
      'message',
    ],
    slack: ['text'],
    discord: ['content', 'allowed_mentions'],
    mattermost: ['text'],
    telegram: ['chat_id', 'text', 'disable_web_page_preview'],
    apprise: ['title', 'body', 'type'],
  };
  for (const [preset, text] of Object.entries(webhooks())) {
    service.seen.length = 0;
    const bench = noticeBench(t, redirected(text, service.url));
    for (const hostile of hostileTexts.slice(0, -1)) {
      await bench.action.ban([item('192.0.2.1', { matches: [hostile], fields: { user: hostile } })]);
    }
    await afterwards(bench);
    const bans = service.seen.filter(({ body }) => !body.includes('"start"'));
    assert.equal(bans.length, hostileTexts.length - 1, preset);
    for (const { headers, body, url } of bans) {
      assert.equal(url, preset === 'telegram' ? '/bot1:abc/sendMessage' : '/hook');
      assert.ok(!('x-injected' in headers) && !('bcc' in headers));
      assert.doesNotMatch(body, /[\u0000-\u0008\u000b-\u001f\u007f]/);
      if (preset === 'ntfy') continue;
      assert.deepEqual(Object.keys(JSON.parse(body)), keys[preset]);
    }
  }
});

test('the webhook for programs tells all that is known, with numbers as numbers', async (t) => {
  const bench = noticeBench(t, webhooks().json!);
  await bench.action.start();
  await bench.action.ban([item('2001:db8::1', { matches: ['one', 'two'], fields: { user: 'root' } })]);
  await bench.action.unban([item('2001:db8::1')]);
  await afterwards(bench);
  const [start, ban, unban] = service.seen.map(({ body }) => JSON.parse(body));
  assert.equal(start.event, 'start');
  assert.equal(unban.event, 'unban');
  assert.match(ban.time, /^2023-11-14T/);
  delete ban.time;
  assert.deepEqual(ban, {
    event: 'ban',
    jail: 'sshd',
    host: 'here.example.org',
    ip: '2001:db8::1',
    family: 'inet6',
    failures: 5,
    bantime: 600,
    bancount: 1,
    user: 'root',
    matches: 'one\ntwo',
    message: '[sshd] here has banned 2001:db8::1 after 5 failures',
  });
});

test('what a chat would take for markup or a mention is none', async (t) => {
  const message = 'ban_message="<F-USER>"';
  for (const [preset, sent, wanted] of [
    [
      'slack',
      '<!channel> & <https://evil.example|click>',
      '&lt;!channel&gt; &amp; &lt;https://evil.example|click&gt;',
    ],
    ['mattermost', '@all', '@\u200ball'],
  ] as const) {
    service.seen.length = 0;
    const bench = noticeBench(t, `webhook[name=x, preset=${preset}, url="${service.url}", ${message}]`);
    await bench.action.ban([item('192.0.2.1', { fields: { user: sent } })]);
    await afterwards(bench);
    assert.equal(JSON.parse(service.seen[0]?.body ?? '').text, wanted);
  }
});
