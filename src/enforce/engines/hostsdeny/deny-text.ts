import { parseIp } from '../../../base/index.ts';

/** What of the file is ours. */
export interface DenyBlock {
  /** Name of the jail: the lines are between two comments that name it. */
  readonly name: string;
  /** The services that are denied: what stands before the colon. */
  readonly daemonList: string;
}

/** The line that denies an address or a network; IPv6 stands in brackets. */
export function denyLine({ daemonList }: DenyBlock, address: string): string {
  if (!address.includes(':')) return `${daemonList}: ${address}`;
  const [host, prefix] = address.split('/');
  return `${daemonList}: [${host}]${prefix === undefined ? '' : `/${prefix}`}`;
}

/** Addresses that are denied in our block. */
export function deniedIn(text: string, block: DenyBlock): string[] {
  const found: string[] = [];
  for (const { line, inside } of linesOf(text, block)) {
    if (!inside || !line.startsWith(`${block.daemonList}: `)) continue;
    const address = parseIp(line.slice(block.daemonList.length + 2).replaceAll(/[[\]]/g, ''));
    if (address !== undefined) found.push(address.text);
  }
  return found;
}

/**
 * The text with exactly these addresses in our block; without any, and without anything else in it, the block goes. All else,
 * comments in the block included, stays as it is and where it is.
 */
export function withDenied(text: string, block: DenyBlock, addresses: Iterable<string>): string {
  const denied = Array.from(addresses, (address) => denyLine(block, address));
  const before: string[] = [];
  const kept: string[] = [];
  const after: string[] = [];
  let seen = false;
  for (const { line, inside, isMark } of linesOf(text, block)) {
    if (isMark) seen = true;
    else if (!inside) (seen ? after : before).push(line);
    else if (!line.startsWith(`${block.daemonList}: `)) kept.push(line);
  }
  const body = [...kept, ...denied];
  const own = body.length === 0 ? [] : [beginOf(block), ...body, endOf(block)];
  const lines = [...before, ...own, ...after];
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function* linesOf(
  text: string,
  block: DenyBlock,
): Generator<{ readonly line: string; readonly inside: boolean; readonly isMark: boolean }> {
  if (text === '') return;
  let inside = false;
  for (const line of text.replace(/\n$/, '').split('\n')) {
    const begins = !inside && line === beginOf(block);
    const ends = inside && line === endOf(block);
    if (begins) inside = true;
    yield { line, inside, isMark: begins || ends };
    if (ends) inside = false;
  }
}

function beginOf({ name }: DenyBlock): string {
  return `# begin f2b-${name}`;
}

function endOf({ name }: DenyBlock): string {
  return `# end f2b-${name}`;
}
