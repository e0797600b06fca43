import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SharedFields } from '../../src/track/shared-fields.ts';

test('fields come back as they were, whatever is in them', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.stringMatching(/^[a-z:\\]{0,4}[0-9]{1,20}[a-z\]]{0,3}[0-9]{0,4}$/),
    fc.constant('192.0.2.1'),
  );
  const fields = new SharedFields();
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), text), (given) => {
      const packed = fields.pack(given, '192.0.2.1');
      assert.deepEqual(fields.unpack(packed, '192.0.2.1'), { ...given });
    }),
    { numRuns: 500 },
  );
});

test('who tried the same user shares one text, although the process was another one', () => {
  const fields = new SharedFields();
  const pack = (id: string, pid: number) =>
    fields.pack({ ip4: id, user: 'root', mlfid: ` srv1 sshd[${pid}]: ` }, id);
  const one = pack('192.0.2.1', 2_508_445);
  const other = pack('192.0.2.2', 917);
  assert.equal(one.text, other.text);
  assert.deepEqual([one.number, other.number], [2_508_445, 917]);
});
