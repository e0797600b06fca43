import { lookup, lookupService } from 'node:dns/promises';
import { createInterface } from 'node:readline';
import { becomeNobody } from '../../base/index.ts';
import { type HelperMessage, type LookupRequest, mostAddresses } from './protocol.ts';

// The process for name lookups; the build bundles it as name-lookups.js. It reads questions from its standard input,
// asks the system's resolver, which knows /etc/hosts as fail2ban does, and writes the answers to its standard output.
//
// Whoever writes a log line can choose the name server that is asked, so answers are parsed here, by nobody: it is that
// before it reads the first question.

process.title = 'warder-names';
const refused = becomeNobody();
say({ kind: 'ready', ...(refused === undefined ? {} : { refused }) });
createInterface({ input: process.stdin }).on('line', answer).on('close', end);
process.stdout.on('error', end);

async function answer(line: string): Promise<void> {
  const { id, kind, of } = JSON.parse(line) as LookupRequest;
  try {
    const found = kind === 'addresses' ? await addressesOf(of) : [await nameOf(of)];
    say({ kind: 'found', id, found });
  } catch (error) {
    say({ kind: 'failed', id, code: codeOf(error) });
  }
}

async function addressesOf(name: string): Promise<string[]> {
  const found = await lookup(name, { all: true, order: 'ipv4first' });
  return found.slice(0, mostAddresses).map(({ address }) => address);
}

async function nameOf(address: string): Promise<string> {
  return (await lookupService(address, 0)).hostname;
}

function say(message: HelperMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** An orderly exit would wait for lookups that hang. */
function end(): void {
  process.kill(process.pid, 'SIGKILL');
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
}
