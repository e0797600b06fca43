import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fillJson, fillText } from '../../../src/enforce/notify/fill.ts';
import { cutText, lastLines, oneLine, readable } from '../../../src/enforce/notify/text.ts';
import { hostileTexts } from './harness.ts';

const tagsOf = (values: Readonly<Record<string, string>>) => ({
  value: (tag: string) => (Object.hasOwn(values, tag) ? values[tag] : undefined),
  field: (name: string) => values[`F-${name}`],
});
const same = (text: string): string => text;

test('values are filled in once and never looked into for further tags', () => {
  const tags = tagsOf({ ip: '192.0.2.1', user: '<ip> <secret>', secret: 's', 'F-user': '<ip>' });
  assert.equal(
    fillText('<ip> <user> <other> <F-USER>|<F-NONE>', tags, same),
    '192.0.2.1 <ip> <secret> <other> <ip>|',
  );
});

test('a JSON template keeps its structure whatever the values are', () => {
  const template =
    '{"text": "user <user> at <ip>", "list": ["<user>"], "<user>": 1, "n": <n>, "bad": <user>}';
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...hostileTexts)), (user) => {
      const filled: unknown = JSON.parse(
        fillJson(template, tagsOf({ user, ip: '192.0.2.1', n: '-5.25' }), same),
      );
      assert.deepEqual(filled, {
        text: `user ${user} at 192.0.2.1`,
        list: [user],
        '<user>': 1,
        n: -5.25,
        bad: /^-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,9})?$/.test(user) ? Number(user) : user,
      });
    }),
  );
});

test('a template over several lines may have line ends in its strings', () => {
  assert.equal(fillJson('{"a":\n"x\ny",\n"b": <n>}', tagsOf({ n: '1' }), same), '{"a":"x\\ny","b":1}');
});

test('a template that is no JSON is refused with its reason', () => {
  assert.throws(() => fillJson('{"a": "say "hi""}', tagsOf({}), same), { code: 'NOTIFY_JSON' });
});

test('foreign text has no control character left, and its bounds', () => {
  for (const text of hostileTexts) {
    assert.match(readable(text), /^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]*$/);
    assert.match(oneLine(text), /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$/);
    assert.ok(readable(text, 5000).length <= 5000);
    assert.ok(oneLine(text).length <= 301);
    assert.ok(readable(text).isWellFormed() && oneLine(text).isWellFormed());
  }
  assert.equal(readable('a\tb\r\nc\u001b[1m'), 'a\tb\nc\\x1b[1m');
});

test('a text is cut at whole characters, and of many lines the newest are kept', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 3, max: 40 }), (text, most) => {
      const cut = cutText(text, most);
      assert.ok(Buffer.byteLength(cut) <= Math.max(most, 3));
      assert.ok(cut === text || (cut.endsWith('…') && text.startsWith(cut.slice(0, -1))));
    }),
  );
  assert.equal(lastLines('a\nb\nc', 2), '(1 lines left out)\nb\nc');
  assert.equal(lastLines('a\nb', 2), 'a\nb');
});
