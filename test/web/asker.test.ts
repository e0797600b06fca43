import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Question } from '../../src/web/questions.ts';
import { Asker } from '../../src/web/serve/asker.ts';

const question: Question = { what: 'overview' };

test('an answer goes to whoever asked, in whatever order answers come', async () => {
  const ids: number[] = [];
  const asker = new Asker(({ id }) => ids.push(id));
  const first = asker.ask(question);
  const second = asker.ask(question);
  asker.hear({ kind: 'answer', id: ids[1]!, result: 'second' });
  asker.hear({ kind: 'refusal', id: ids[0]!, code: 'UNKNOWN_JAIL', message: 'no' });
  asker.hear({ kind: 'answer', id: 99, result: 'nobody asked' });
  assert.equal(await second, 'second');
  await assert.rejects(first, { code: 'UNKNOWN_JAIL', message: 'no' });
});

test('a daemon that does not answer is an error after ten seconds, and too many questions at once are one', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const asker = new Asker(() => undefined);
  const asked = Array.from({ length: 24 }, () => asker.ask(question));
  await assert.rejects(asker.ask(question), { code: 'WEB_BUSY' });
  context.mock.timers.tick(10_000);
  for (const each of asked) await assert.rejects(each, { code: 'WEB_NO_ANSWER' });
  const again = asker.ask(question);
  context.mock.timers.tick(10_000);
  await assert.rejects(again, { code: 'WEB_NO_ANSWER' });
});
