import { createSocket } from 'node:dgram';
import { appendFileSync } from 'node:fs';

// A name server on 127.0.0.1 for tests: `node name-server.ts LOG`. It answers from the table below, notes every question
// in the log file, and knows no other name.

const types = { a: 1, ptr: 12, txt: 16, aaaa: 28 } as const;

const records: Readonly<Record<string, Readonly<Record<number, readonly Buffer[]>>>> = {
  'many.example.org': {
    [types.a]: [v4('192.0.2.1'), v4('192.0.2.2')],
    [types.aaaa]: [v6('20010db8000000000000000000000001')],
  },
  'late.example.org': { [types.a]: [v4('192.0.2.3')] },
  'lost.example.org': { [types.a]: [v4('192.0.2.4')] },
  'admin.example.org': { [types.a]: [v4('192.0.2.9')] },
  'whois.iana.org': { [types.a]: [v4('127.0.0.1')] },
  'whois.example.net': { [types.a]: [v4('127.0.0.1')] },
  // Who registers a network says whom to complain to, and may say anything.
  '66.2.0.192.abuse-contacts.abusix.org': {
    [types.txt]: [
      text('abuse@example.net,-oQ/run/pwned@x.example, $(touch /run/pwned)@x.example'),
      text('root'),
      text('Bcc: second@example.net\r\nX-Injected: 1'),
    ],
  },
  '6.6.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.abuse-contacts.abusix.org': {
    [types.txt]: [text('six@example.net')],
  },
  '7.2.0.192.in-addr.arpa': { [types.ptr]: [domain('attacker.example.org')] },
};

const [log = '/dev/null'] = process.argv.slice(2);
const socket = createSocket('udp4');
socket.on('message', (query, { port, address }) => socket.send(answerTo(query), port, address));
socket.bind(53, '127.0.0.1', () => process.stdout.write('ready\n'));

function answerTo(query: Buffer): Buffer {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const name = labels.join('.').toLowerCase();
  const type = query.readUInt16BE(at + 1);
  appendFileSync(log, `${name} ${type}\n`);
  const known = records[name];
  const found = known?.[type] ?? [];
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(known === undefined ? 0x8183 : 0x8180, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(found.length, 6);
  header.writeUInt32BE(0, 8);
  const answers = found.map((data) => {
    // The name is that of the question, at byte 12.
    const head = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, data.length >> 8, data.length & 255]);
    return Buffer.concat([head, data]);
  });
  return Buffer.concat([header, query.subarray(12, at + 5), ...answers]);
}

function v4(text: string): Buffer {
  return Buffer.from(text.split('.').map(Number));
}

function v6(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([value.length]), Buffer.from(value, 'latin1')]);
}

function domain(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`));
  return Buffer.concat([...labels, Buffer.from([0])]);
}
