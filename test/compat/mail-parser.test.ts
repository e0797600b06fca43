import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { composeMail } from '../../src/enforce/notify/message.ts';
import { oneLine, readable } from '../../src/enforce/notify/text.ts';
import { hostileTexts } from '../enforce/notify/harness.ts';
import { systemPython } from '../support/python.ts';
import { requireTool } from '../support/tools.ts';

// Python's mail parser as a second opinion: what we wrote is what a reader sees, and nothing else.

const reader = `
import email, email.policy, json, sys
for line in sys.stdin:
    mail = email.message_from_string(json.loads(line), policy=email.policy.default)
    parts = [part for part in mail.walk() if not part.is_multipart()]
    print(json.dumps({
        'names': mail.keys(), 'subject': mail['Subject'], 'from': mail['From'].addresses[0].display_name,
        'texts': [part.get_content() for part in parts], 'files': [part.get_filename() for part in parts],
        'defects': [str(defect) for part in mail.walk() for defect in part.defects],
    }))
`;

test('a mail with hostile texts reads as it was written, with Python’s parser', (t) => {
  if (!requireTool(t, 'python3')) return;
  const texts = [
    ...hostileTexts.slice(0, -1),
    'Grüße 漢字 🙂 '.repeat(40),
    ' \n.\n..\nFrom me\n--x\n',
    'x'.repeat(5000),
  ];
  const mails = texts.map((text) =>
    composeMail({
      senderName: text,
      sender: 'f2b@example.org',
      recipients: ['root', 'a@example.org'],
      subject: text,
      text: readable(text),
      headers: [],
      attachments: [{ name: 'log.txt', text: readable(text) }],
      timeSec: 1_700_000_000,
      hostName: 'host.example.org',
      id: 'id-1',
    }),
  );
  const input = mails.map((mail) => `${JSON.stringify(mail)}\n`).join('');
  const { stdout, stderr } = spawnSync(systemPython, ['-c', reader], {
    input,
    encoding: 'utf8',
    maxBuffer: 64e6,
  });
  const read = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(read.length, texts.length, stderr);
  for (const [index, text] of texts.entries()) {
    const mail = read[index];
    assert.deepEqual(mail.defects, [], text.slice(0, 80));
    assert.deepEqual(mail.names, [
      'Date',
      'From',
      'To',
      'Subject',
      'Message-ID',
      'Auto-Submitted',
      'MIME-Version',
      'Content-Type',
    ]);
    assert.equal(mail.subject, oneLine(text));
    // In a name this parser puts a blank between two encoded words, where RFC 2047 has none.
    assert.equal(mail.from.replaceAll(' ', ''), oneLine(text, 100).replaceAll(' ', ''));
    assert.deepEqual(
      mail.texts.map((each: string) => each.replace(/\n$/, '')),
      [readable(text).replace(/\n$/, ''), readable(text).replace(/\n$/, '')],
    );
    assert.deepEqual(mail.files, [null, 'log.txt']);
  }
});
