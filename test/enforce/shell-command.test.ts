import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillValues, showCommand } from '../../src/enforce/shell-command.ts';

function fill(
  script: string,
  values: Readonly<Record<string, string>> = {},
  fields: Readonly<Record<string, string>> = {},
): ReturnType<typeof fillValues> {
  return fillValues(script, { value: (tag) => values[tag], field: (name) => fields[name] });
}

test('plain values become part of the script', () => {
  const values = { ip: '2001:db8::/64', time: '1700000000.5', bantime: '-1', name: 'a_b-c.d@e', none: '' };
  const command = fill("'<ip>' <time> <bantime> <name> [<none>]", values);
  assert.deepEqual(command, { script: "'2001:db8::/64' 1700000000.5 -1 a_b-c.d@e []", args: [] });
});

test('any other value becomes a shell variable, set from an argument and not exported', () => {
  const command = fill('log "<matches>" <ip-host>', { matches: 'a "b" $(c)', 'ip-host': 'x;y' });
  assert.deepEqual(command, {
    script: 'f2bV_matches=$0 f2bV_ip_host=$1 \nlog "$f2bV_matches" $f2bV_ip_host',
    args: ['a "b" $(c)', 'x;y'],
  });
});

test('captured fields are known by their names in lower case, and empty where nothing was captured', () => {
  const command = fill('<F-USER> <F-NONE> <F-PORT> <F-ID>', {}, { user: "o'b", fport: '22', fid: 'x' });
  assert.deepEqual(command, { script: 'f2bV_F_user=$0 \n$f2bV_F_user  22 x', args: ["o'b"] });
});

test('a value is never looked into for another tag', () => {
  const command = fill(
    '<matches> <F-USER>',
    { matches: '<ip>', ip: '1.2.3.4' },
    { user: '<F-USER><matches>' },
  );
  assert.equal(command.script, 'f2bV_matches=$0 f2bV_F_user=$1 \n$f2bV_matches $f2bV_F_user');
  assert.deepEqual(command.args, ['<ip>', '<F-USER><matches>']);
});

test('what could be an assignment, a word of its own or an option is a variable', () => {
  for (const value of ['a b', 'a\tb', 'X=1', '-f', '!', 'é', 'a\u001bb', 'x'.repeat(256)]) {
    assert.equal(fill('<F-USER>', {}, { user: value }).args.length, 1, JSON.stringify(value));
  }
});

test('the eleventh variable and those behind it keep their values', () => {
  const names = Array.from({ length: 12 }, (_, index) => `V${index}`);
  const fields = Object.fromEntries(names.map((name) => [name.toLowerCase(), `value of ${name}`]));
  const command = fill(names.map((name) => `<F-${name}>`).join(), {}, fields);
  assert.match(command.script, /f2bV_F_v9=\$9 f2bV_F_v10=\$\{10\} f2bV_F_v11=\$\{11\} \n/);
});

test('NUL is left out, and a value longer than an argument may be is cut between characters', () => {
  const [short] = fill('<a>', { a: 'x\0 y' }).args;
  assert.equal(short, 'x y');
  const [long] = fill('<a>', { a: ` ${'€'.repeat(400_000)}` }).args;
  assert.ok(Buffer.byteLength(long!) <= 64 * 1024);
  assert.match(long!, /^ €+$/);
});

test('all values together stay within what the kernel takes', () => {
  const names = Array.from({ length: 40 }, (_, index) => `V${index}`);
  const fields = Object.fromEntries(names.map((name) => [name.toLowerCase(), '$'.repeat(100_000)]));
  const command = fill(names.map((name) => `<F-${name}>`).join(' '), {}, fields);
  assert.equal(command.args.length, 40);
  assert.ok(command.args.join('').length <= 512 * 1024);
});

test('a command is shown as fail2ban shows it', () => {
  assert.equal(showCommand({ script: 'a\nb', args: [] }), 'a\nb');
  assert.equal(showCommand({ script: 'v=$0 \n$v', args: ["x'\n"] }), `['v=$0 \\n$v', "x'\\n"]`);
});
