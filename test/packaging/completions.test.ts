import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { bashCompletion, fishCompletion, zshCompletion } from '../../scripts/package-completions.ts';
import { requireTool } from '../support/tools.ts';

const scratch = mkdtempSync(join(tmpdir(), 'warder-completions-'));
after(() => rmSync(scratch, { recursive: true, force: true }));
const programs = ['warder', 'fail2ban-client', 'fail2ban-server', 'fail2ban-regex'];

/** A client that knows two jails, in front of PATH. */
writeFileSync(
  join(scratch, 'fail2ban-client'),
  '#!/bin/sh\nprintf "Status\\n|- Number of jail: 2\\n\\`- Jail list: recidive, sshd\\n"\n',
  {
    mode: 0o755,
  },
);
const env = { ...process.env, PATH: `${scratch}:${process.env.PATH}`, HOME: scratch };

function write(name: string, text: string): string {
  const path = join(scratch, name);
  writeFileSync(path, text);
  return path;
}

/** What each line must be offered, and what it must not. The last word is the one that is completed. */
const lines: readonly (readonly [
  line: readonly string[],
  offered: readonly string[],
  not: readonly string[],
])[] = [
  [['fail2ban-client', 'st'], ['start', 'status', 'stop'], ['ban']],
  [['fail2ban-client', 'status', ''], ['sshd', 'recidive'], ['start']],
  [['fail2ban-client', 'set', 's'], ['sshd'], ['recidive']],
  [['fail2ban-client', 'set', 'sshd', 'ban'], ['banip', 'bantime'], ['unbanip']],
  [['fail2ban-client', 'set', 'loglevel', 'D'], ['DEBUG'], ['INFO']],
  [['fail2ban-client', '--log'], ['--loglevel', '--logtarget'], ['--conf']],
  [['warder', 'ba'], ['ban', 'banned'], ['unban']],
  [['warder', 'status', ''], ['sshd', 'recidive'], []],
  [['warder', 'check', '--st'], ['--strict'], ['--socket']],
];

function check(
  line: readonly string[],
  offers: readonly string[],
  offered: readonly string[],
  not: readonly string[],
): void {
  for (const word of offered) assert.ok(offers.includes(word), `${line.join(' ')}: ${offers.join(' ')}`);
  for (const word of not) assert.ok(!offers.includes(word), `${line.join(' ')}: ${offers.join(' ')}`);
}

test('bash completes commands, jails, values and options', (context) => {
  if (!requireTool(context, 'bash')) return;
  for (const [line, offered, not] of lines) {
    const file = write('bash', bashCompletion(line[0]!));
    const script = `. ${file}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
      set -- $(complete -p ${line[0]}); "$3"; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const output = execFileSync('bash', ['--norc', '-c', script, 'bash', ...line], { env, encoding: 'utf8' });
    check(line, output.split('\n'), offered, not);
  }
});

test('fish completes the same', (context) => {
  if (!requireTool(context, 'fish')) return;
  const files = ['warder', 'fail2ban-client'].map((name) => write(`${name}.fish`, fishCompletion(name)));
  for (const [line, offered, not] of lines) {
    const script = `${files.map((file) => `source ${file}`).join('; ')}; complete -C '${line.join(' ')}'`;
    const output = execFileSync('fish', ['--no-config', '-c', script], { env, encoding: 'utf8' });
    check(
      line,
      output.split('\n').map((text) => text.split('\t')[0]!),
      offered,
      not,
    );
  }
});

test('zsh completes the same', (context) => {
  if (!requireTool(context, 'zsh')) return;
  for (const [line, offered, not] of lines) {
    const file = write('zsh', zshCompletion(line[0]!));
    // Its own completion needs a terminal; what the function would add is caught here.
    const script = `compadd() { [[ $1 == -- ]] && shift; for word; do [[ $word == $PREFIX* ]] && print -r -- $word; done }
      _files() { : }
      words=("$@"); CURRENT=$#; PREFIX=$words[-1]; set --; source ${file}; true`;
    const output = execFileSync('zsh', ['-f', '-c', script, 'zsh', ...line], { env, encoding: 'utf8' });
    check(line, output.split('\n'), offered, not);
  }
});

test('every program has a completion that its shell can read', (context) => {
  if (!requireTool(context, 'bash', 'zsh', 'fish')) return;
  for (const name of programs) {
    execFileSync('bash', ['-n', write('n.bash', bashCompletion(name))]);
    execFileSync('zsh', ['-n', write('n.zsh', zshCompletion(name))]);
    execFileSync('fish', ['-n', write('n.fish', fishCompletion(name))]);
  }
});
