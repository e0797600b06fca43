import type { Element, IpFamily, Wanted } from './wanted.ts';

/** What went wrong, in the tool's own words. */
export interface Failure {
  readonly error: string;
  readonly exitCode?: number | undefined;
}

/** Changes that came together. */
export interface Change {
  readonly add: readonly Element[];
  /** In force already, perhaps with another end. */
  readonly replace: readonly Element[];
  readonly remove: readonly Element[];
}

/** The part of a change that concerns one family, whose tools or sets are its own. */
export function changeOf({ add, replace, remove }: Change, family: IpFamily): Change {
  const isMine = (element: Element): boolean => element.family === family;
  return { add: add.filter(isMine), replace: replace.filter(isMine), remove: remove.filter(isMine) };
}

export interface SyncResult {
  readonly failure?: Failure | undefined;
  /** What was not as it should be, in words: `the chain f2b-sshd`, `12 bans`. */
  readonly missing: readonly string[];
}

/** What of the machine an engine has to be told about. */
export interface Watching {
  /** It is in the kernel's netfilter tables, of whose changes `nft monitor` tells. */
  readonly listens: boolean;
  /** Whether a change that `nft monitor` tells of may have taken something away. */
  concerns(event: DestroyEvent): boolean;
  /** A cheap look that `nft monitor` makes needless; resolves to whether something may be missing. Absent: none is needed. */
  glance?(wanted: Wanted): Promise<boolean>;
  /** It needs the glances also where `nft monitor` runs. */
  readonly alwaysGlance: boolean;
}

/** Something in the kernel's netfilter tables was taken away, by us or by others. */
export interface DestroyEvent {
  readonly kind: 'table' | 'chain' | 'rule' | 'set' | 'element' | 'unknown';
  /** `inet`, `ip`, …; empty where the kind is unknown. */
  readonly family: string;
  readonly table: string;
  /** Of the chain or set. */
  readonly name: string;
  /** Of an element. */
  readonly address?: string;
}

/**
 * Holds a list of addresses in force by one means. All methods are called one at a time; they never reject for what a tool
 * says. Nothing exists before the first `sync` or `change` that needs it.
 */
export interface Engine {
  /** Whether what it holds ends by itself. */
  readonly hasTimeouts: boolean;
  /** Addresses that an earlier run left in force. */
  list(): Promise<readonly string[]>;
  /** Looks what is there, and brings it to exactly what is wanted in one transaction. */
  sync(wanted: Wanted): Promise<SyncResult>;
  /** Makes a change; `wanted` is what is to be in force afterwards. */
  change(change: Change, wanted: Wanted): Promise<Failure | undefined>;
  /** Ends everything at once; what holds it stays. */
  flush(): Promise<Failure | undefined>;
  /** Takes everything away that it has made. */
  stop(): Promise<Failure | undefined>;
  readonly watching: Watching;
  /** Addresses that are wanted for longer than the kernel can count, and have to be made again soon. */
  renewals(): readonly string[];
  /** Why an address that is in force may get through all the same; undefined: no reason can be seen. */
  explain(element: Element): Promise<string | undefined>;
  /** It stands between the network and a service, so that flows are to be ended that go on in spite of it. */
  readonly endsFlows: boolean;
}
