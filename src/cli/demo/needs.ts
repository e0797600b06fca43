import { findExecutable } from '../../base/index.ts';
import { run } from './children.ts';

/** Which programs the machines of the demo are made with, and the Debian packages that bring them. */
const tools = [
  ['unshare', 'util-linux'],
  ['nsenter', 'util-linux'],
  ['mount', 'mount'],
  ['ip', 'iproute2'],
  ['timeout', 'coreutils'],
] as const;

/** What the real demo cannot do without; a test has its own. */
export interface Surroundings {
  readonly isRoot: boolean;
  has(program: string): boolean;
  /** Whether namespaces can be made; the reason where not. */
  namespaceTrouble(): Promise<string | undefined>;
}

export function realSurroundings(): Surroundings {
  return {
    isRoot: process.getuid?.() === 0,
    has: (program) => findExecutable(program) !== undefined,
    async namespaceTrouble() {
      const { code, stderr } = await run('unshare', ['--net', '--mount', '--pid', '--fork', 'true']);
      return code === 0 ? undefined : stderr.trim() || 'unshare fails';
    },
  };
}

/** Why there can be no real attack here, with what to do about it; undefined where there can. */
export async function whatIsMissing(surroundings: Surroundings): Promise<string | undefined> {
  if (!surroundings.isRoot) return 'a network of its own takes root: run it with sudo for the real attack';
  const missing = tools.filter(([name]) => !surroundings.has(name));
  const packages: string[] = missing.map(([, debian]) => debian);
  const names: string[] = missing.map(([name]) => name);
  if (!['nft', 'iptables'].some((name) => surroundings.has(name))) {
    names.push('nft or iptables');
    packages.push('nftables');
  }
  if (names.length > 0) {
    return `not installed: ${names.join(', ')}; on Debian: apt-get install ${[...new Set(packages)].join(' ')}`;
  }
  const trouble = await surroundings.namespaceTrouble();
  return trouble === undefined
    ? undefined
    : `this system allows no namespaces (${trouble}); in a container it takes --privileged`;
}
