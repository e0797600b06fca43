import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isMailAddress, mailAddresses } from '../../../src/enforce/notify/addresses.ts';
import { composeMail, isoDate, type Mail, mailDate } from '../../../src/enforce/notify/message.ts';
import { encodedBody, encodedWords } from '../../../src/enforce/notify/mime.ts';
import { hostileTexts } from './harness.ts';

const mail: Mail = {
  senderName: 'Fail2Ban',
  sender: 'fail2ban@example.org',
  recipients: ['root'],
  subject: 'subject',
  text: 'text',
  headers: [],
  attachments: [],
  timeSec: 1_700_000_000,
  hostName: 'host.example.org',
  id: 'id-1',
};

function headersOf(message: string): string[] {
  const head = message.slice(0, message.indexOf('\n\n'));
  return head.replace(/\n[ \t]/g, ' ').split('\n');
}

const names = [
  'Date',
  'From',
  'To',
  'Subject',
  'Message-ID',
  'Auto-Submitted',
  'MIME-Version',
  'X-Own',
  'Content-Type',
  'Content-Transfer-Encoding',
];

test('no text can begin a header, end the message, or leave ASCII and the length of lines', () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.constantFrom(...hostileTexts));
  fc.assert(
    fc.property(text, text, text, (subject, body, name) => {
      const message = composeMail({
        ...mail,
        subject,
        text: body,
        senderName: name,
        headers: [['X-Own', subject]],
      });
      assert.deepEqual(
        headersOf(message).map((line) => line.slice(0, line.indexOf(':'))),
        names,
      );
      assert.match(message, /^[\n\t\x20-\x7e]*$/);
      for (const line of message.split('\n')) {
        assert.ok(line.length <= 998, `${line.length}`);
        assert.notEqual(line, '.');
      }
    }),
    { numRuns: 60 },
  );
});

test('a header of many words is folded, and reads as before', () => {
  const subject = 'banned '.repeat(30).trim();
  const message = composeMail({ ...mail, subject });
  assert.ok(headersOf(message).includes(`Subject: ${subject}`));
  for (const line of message.split('\n')) assert.ok(line.length <= 76, line);
});

test('text beyond ASCII goes into encoded words and quoted-printable, and comes out as it was', () => {
  const subject = 'Grüße aus Zürich, 漢字 und mehr, noch ein wenig länger als eine Zeile sein darf 🙂';
  const words = encodedWords(subject);
  for (const word of words.split(' ')) assert.ok(word.length <= 75);
  assert.doesNotMatch(composeMail({ ...mail, subject }), /^Subject:$/m);
  const decoded = words
    .split(' ')
    .map((word) => Buffer.from(/^=\?utf-8\?B\?(.*)\?=$/.exec(word)?.[1] ?? '', 'base64').toString('utf8'));
  assert.equal(decoded.join(''), subject);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (text) => {
      const { encoding, body } = encodedBody(text);
      const lines = text.toWellFormed().replace(/\r\n?/g, '\n');
      assert.equal(encoding === '7bit' ? body : decodeQuoted(body), lines);
      if (encoding !== '7bit') for (const line of body.split('\n')) assert.ok(line.length <= 76);
    }),
  );
});

function decodeQuoted(body: string): string {
  const bytes = body
    .replace(/=\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

test('an attachment cannot hold the boundary of the parts', () => {
  const message = composeMail({
    ...mail,
    text: '--=_id1--\n--=_id1\nContent-Type: text/html',
    attachments: [{ name: 'a"\r\n.txt', text: '--=_id1--\nx' }],
  });
  assert.equal(message.match(/^--=_id1$/gm)?.length, 2);
  assert.equal(message.match(/^--=_id1--$/gm)?.length, 1);
  assert.match(message, /name="a___.txt"/);
});

test('an address is one address or none', () => {
  for (const good of ['root', 'a@b', 'Jürgen@example.org', 'a.b+c@mail.example.org', 'a@[192.0.2.1]']) {
    assert.ok(isMailAddress(good), good);
  }
  for (const bad of [
    '',
    '-oQ/tmp',
    'a b',
    'a@b c',
    'a@b\nBcc: c',
    'a,b',
    '<a@b>',
    'a@b;c',
    "a'b@c",
    'a@',
    '@a',
    'a@-',
    'x'.repeat(300),
  ]) {
    assert.ok(!isMailAddress(bad), bad);
  }
  assert.deepEqual(mailAddresses('root, Me <me@example.org>, a@b c@d -f x, root'), [
    'root',
    'me@example.org',
    'a@b',
    'c@d',
    'x',
  ]);
  assert.equal(mailAddresses(Array.from({ length: 80 }, (_, index) => `a${index}`).join(',')).length, 50);
});

test('times are told in the zone of this machine', () => {
  const zone = process.env.TZ;
  process.env.TZ = 'America/St_Johns';
  try {
    assert.equal(mailDate(1_700_000_000), 'Tue, 14 Nov 2023 18:43:20 -0330');
    assert.equal(isoDate(1_700_000_000), '2023-11-14T18:43:20-03:30');
    assert.equal(isoDate(1_700_000_000, ' '), '2023-11-14 18:43:20 -03:30');
  } finally {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  }
});
