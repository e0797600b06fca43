import { closeSync, openSync, readSync } from 'node:fs';
import { endianness } from 'node:os';

/** Next hops of this host's routes, as texts. */
export type ReadGateways = () => readonly string[];

/** Enough for the default routes, which come first; a router's table may be huge. */
const longestRead = 64 * 1024;

/** RTF_GATEWAY: the route leads over another machine. */
const viaGateway = 0x2;

/** The gateways of the kernel's routes, both families; none where the kernel does not tell. */
export function kernelGateways(): string[] {
  const routes = head('/proc/net/route');
  const routes6 = head('/proc/net/ipv6_route');
  return [...gatewaysOf(routes, endianness()), ...gateways6Of(routes6)];
}

/** Gateways out of /proc/net/route, whose numbers are in the order of the machine's bytes. */
export function gatewaysOf(routes: string, byteOrder: 'BE' | 'LE'): string[] {
  return unique(
    routes.split('\n').flatMap((line) => {
      const [, , gateway = '', flags = ''] = line.split('\t');
      if (!/^[0-9A-F]{8}$/i.test(gateway) || !leadsOver(flags)) return [];
      const bytes = Buffer.from(gateway, 'hex');
      if (byteOrder === 'LE') bytes.reverse();
      return [bytes.join('.')];
    }),
  );
}

/** Gateways out of /proc/net/ipv6_route. */
export function gateways6Of(routes: string): string[] {
  return unique(
    routes.split('\n').flatMap((line) => {
      const [, , , , gateway = '', , , , flags = ''] = line.trim().split(/\s+/);
      if (!/^[0-9a-f]{32}$/i.test(gateway) || !leadsOver(flags)) return [];
      return [gateway.match(/.{4}/g)!.join(':')];
    }),
  );
}

function leadsOver(flags: string): boolean {
  return (Number.parseInt(flags, 16) & viaGateway) !== 0;
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

function head(path: string): string {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const buffer = Buffer.alloc(longestRead);
    let length = 0;
    for (let read = -1; read !== 0 && length < longestRead; length += read) {
      read = readSync(file, buffer, length, longestRead - length, null);
    }
    return buffer.toString('latin1', 0, length);
  } catch {
    return '';
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
