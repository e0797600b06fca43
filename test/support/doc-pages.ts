import { spawnSync } from 'node:child_process';
import { repositoryFiles, type SourceFile } from './sources.ts';

/** What an example in a page is. `output`: what a program prints, and whatever else is only shown. */
export type DocKind = 'shell' | 'ini' | 'json' | 'action' | 'output' | 'unknown' | `code ${string}`;

/** An example in a page: a fenced or an indented block. */
export interface DocBlock {
  readonly page: string;
  /** Of its first line, from 1. */
  readonly line: number;
  readonly kind: DocKind;
  readonly text: string;
}

/** A command of a page as a shell takes it: one line, or as many as belong together. */
export interface DocCommand {
  readonly page: string;
  readonly text: string;
}

/** Programs that stand at the beginning of a line in an example. One that is not here makes the example unknown. */
const programs = new Set([
  ...['warder', 'fail2ban-client', 'fail2ban-server', 'fail2ban-regex'],
  ...['npm', 'git', 'apt-get', 'systemctl', 'docker', 'ssh', 'curl', 'sudo', 'cd'],
  ...['cat', 'printf', 'mkdir', 'cp', 'iptables', 'nft'],
]);

/** README.md and the pages in docs/. */
export function docPages(): SourceFile[] {
  return repositoryFiles('README.md', 'docs/').filter(({ path }) => path.endsWith('.md'));
}

/** Every example of a page, in order. */
export function blocksOf({ path, text }: SourceFile): DocBlock[] {
  const lines = text.split('\n');
  const blocks: DocBlock[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const fence = /^```(\w*)\s*$/.exec(lines[at]!);
    const end =
      fence !== null
        ? lines.indexOf('```', at + 1)
        : startsIndented(lines, at)
          ? endOfIndented(lines, at)
          : at;
    if (end <= at) continue;
    const inside =
      fence !== null ? lines.slice(at + 1, end) : lines.slice(at, end).map((line) => line.slice(4));
    const code = inside.join('\n').trimEnd();
    const kind = fence?.[1] ? kindOfLanguage(fence[1]) : kindOf(code);
    blocks.push({ page: path, line: at + (fence === null ? 1 : 2), kind, text: code });
    at = fence === null ? end - 1 : end;
  }
  return blocks;
}

function startsIndented(lines: readonly string[], at: number): boolean {
  return /^ {4}\S/.test(lines[at]!) && (lines[at - 1] ?? '').trim() === '';
}

/** Blank lines are part of it when indented lines follow. */
function endOfIndented(lines: readonly string[], start: number): number {
  let end = start;
  for (let at = start; at < lines.length && /^(?: {4}|\s*$)/.test(lines[at]!); at += 1) {
    if (lines[at]!.trim() !== '') end = at + 1;
  }
  return end;
}

function kindOfLanguage(language: string): DocKind {
  if (language === 'sh' || language === 'console') return 'shell';
  if (language === 'ini' || language === 'json') return language;
  return language === 'text' ? 'output' : `code ${language}`;
}

function kindOf(code: string): DocKind {
  const first = code.split('\n').find((line) => line.trim() !== '' && !/^[#;]/.test(line)) ?? '';
  if (first.startsWith('$ ') || programs.has(first.split(/\s/, 1)[0]!)) return 'shell';
  if (/^(?:\{|\[[{"])/.test(first)) return 'json';
  if (/^\[[\w.-]+\]$/.test(first) || /^[a-z][\w.-]* *=( |$)/.test(first)) return 'ini';
  if (/^[\w-]+(?:\.js)?\[[^\]]*=.*\]$/.test(first)) return 'action';
  if (/^(?:DEBUG|INFO|NOTICE|WARNING|ERROR)[ :]/.test(first)) return 'output';
  return 'unknown';
}

/** The commands of an example; of a transcript what stands behind the `$ `. */
export function commandsOf({ page, text }: DocBlock): DocCommand[] {
  const isTranscript = text.startsWith('$ ');
  const lines = isTranscript
    ? text
        .split('\n')
        .filter((line) => line.startsWith('$ '))
        .map((line) => line.slice(2))
    : text.split('\n');
  const commands: DocCommand[] = [];
  let pending: string[] = [];
  for (const line of lines) {
    if (pending.length === 0 && /^\s*(?:#|$)/.test(line)) continue;
    pending.push(line);
    if (complaintOfBash(pending.join('\n')) !== '') continue;
    commands.push({ page, text: pending.join('\n') });
    pending = [];
  }
  if (pending.length > 0) throw new Error(`${page}: no shell takes this: ${pending.join('\n')}`);
  return commands;
}

/** What bash says of a text without running it; nothing where it is whole and right. */
function complaintOfBash(text: string): string {
  return spawnSync('bash', ['-n', '-c', text], { encoding: 'utf8' }).stderr;
}

/** The anchors of a page's headings, as GitHub and others make them. */
export function anchorsOf({ text }: SourceFile): Set<string> {
  const headings = text.replaceAll(/^```[\s\S]*?^```$/gm, '').matchAll(/^#{1,6} +(.+)$/gm);
  return new Set(
    [...headings].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(/\s/g, '-'),
    ),
  );
}

/** Texts between back quotes, outside of examples. */
export function inlineCode({ text }: SourceFile): string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, '').replaceAll(/^ {4}.*$/gm, '');
  return [...prose.matchAll(/`([^`\n]+)`/g)].map((match) => match[1]!);
}
