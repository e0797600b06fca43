/** Everything that the daemon knows about why an id is banned, or is not. Times are seconds since the epoch. */
export interface WhyReport {
  /** As it was asked for, an address in its canonical form. */
  readonly id: string;
  /** Jails that ban it now, itself or with a network around it. */
  readonly bannedBy: readonly string[];
  readonly jails: readonly WhyInJail[];
  /** What the database keeps of its bans, the newest first. */
  readonly history: readonly WhyPastBan[];
}

/** One jail's part in it. */
export interface WhyInJail {
  readonly jail: string;
  /**
   * `banned`; `counting`: it has failed, but not often enough; `ignored`: its failures do not count; `clean`: the jail
   * knows nothing of it.
   */
  readonly verdict: 'banned' | 'counting' | 'ignored' | 'clean';
  /** One sentence for people. */
  readonly reason: string;
  /** Sentences about the jail that bear on it: it is idle, a rule is suspended, a log is missing; absent for none. */
  readonly notes?: readonly string[];
  /** The entry of `ignoreip` that spares the id; absent where none does. */
  readonly ignoredBy?: string;
  /** Failures of the id that did not count, since the daemon started; absent for none. */
  readonly ignored?: { readonly failures: number; readonly lastSec: number };
  readonly maxRetry: number;
  readonly findTimeSec: number;
  /** Of a first ban; -1 is for ever. */
  readonly banTimeSec: number;
  readonly ban?: WhyBan;
  readonly count?: WhyCount;
  /** Which rules its failures matched since the daemon started, as far as that is remembered. */
  readonly rules: readonly WhyRule[];
  /** What the actions did about it, the oldest first, as far as that is remembered. */
  readonly steps: readonly WhyStep[];
  /** What each action holds of the ban now; empty where there is none. */
  readonly holds: readonly WhyHold[];
}

export interface WhyBan {
  /** The id that is banned: a network where that was banned. */
  readonly id: string;
  readonly sinceSec: number;
  /** -1 is for ever. */
  readonly banTimeSec: number;
  /** Absent for a ban for ever. */
  readonly endSec?: number;
  readonly banCount: number;
  readonly failures: number;
  readonly cause: 'failures' | 'by hand';
  /** The log lines that led to it: what an attacker wrote. */
  readonly matches: readonly string[];
  readonly fields: Readonly<Record<string, string>>;
}

/** What is counted against an id that is not banned. */
export interface WhyCount {
  readonly id: string;
  readonly firstSec: number;
  readonly lastSec: number;
  /** What is compared with maxretry. */
  readonly retry: number;
  readonly failures: number;
  readonly matches: readonly string[];
}

export interface WhyRule {
  /** Index of the failregex. */
  readonly index: number;
  readonly regex: string;
  readonly failures: number;
}

/** A step of an action that concerned the id. */
export interface WhyStep {
  readonly timeSec: number;
  readonly action: string;
  readonly step: string;
  readonly ok: boolean;
  /** It waited to be sent then. */
  readonly queued?: true;
  readonly exitCode?: number;
  readonly durationMs: number;
  readonly reason?: string;
  readonly error?: string;
}

/** One action and a ban in force. */
export interface WhyHold {
  readonly action: string;
  /** The engine behind it; absent where it runs commands. */
  readonly engine?: string;
  /**
   * `made`, `failed`, `adopted` (found from an earlier run), `skipped` (the action leaves restored bans alone), `lost` (a
   * repair lost it, it is made again), or `absent`.
   */
  readonly state: 'made' | 'failed' | 'adopted' | 'skipped' | 'lost' | 'absent';
  /** Whether what the action needs in the kernel is there, looked at just now; absent where it was busy. */
  readonly sound?: boolean;
  /** Decisions that wait for the action. */
  readonly waiting: number;
  /** The last thing that went wrong with the action as a whole, until it goes well. */
  readonly problem?: string;
}

/** A ban of the past. */
export interface WhyPastBan {
  readonly jail: string;
  readonly sinceSec: number;
  readonly banTimeSec: number;
  readonly banCount: number;
  readonly failures: number;
  readonly matches: readonly string[];
}

/** How the daemon is, for whoever looks after the machine. */
export interface HealthReport {
  /** It runs no action. */
  readonly observeOnly: boolean;
  readonly nowSec: number;
  readonly jails: readonly JailHealth[];
  /** Absent where there is none. */
  readonly database?: {
    readonly file: string;
    /** Why changes are not written just now. */
    readonly trouble?: string;
    /** Bans and unbans that wait to be written. */
    readonly waiting: number;
  };
}

export interface JailHealth {
  readonly jail: string;
  /** `pyinotify`, `polling` or `systemd`. */
  readonly backend: string;
  readonly isIdle: boolean;
  readonly isDryRun: boolean;
  /** All of its detection is suspended. */
  readonly isSuspended: boolean;
  /** As `failregex 3`. */
  readonly suspendedRules: readonly string[];
  /** Files and the journal; `state` is `reading`, `missing` or `unreadable`. */
  readonly logs: readonly { readonly path: string; readonly state: string; readonly reason: string }[];
  /** Large logs that it is still reading for the first time, with the part that is read, 0 to 99. */
  readonly catchingUp?: readonly { readonly path: string; readonly percent: number }[];
  readonly actions: readonly {
    readonly name: string;
    /** Decisions that wait for it, and bans that it has made. */
    readonly waiting: number;
    readonly held: number;
    readonly problem?: string;
  }[];
}

/** The page and its address. */
export interface WebReport {
  /** `off`: the configuration asks for none. */
  readonly state: 'off' | 'starting' | 'listening' | 'failed';
  /** Without the token; absent where it does not listen on a network address. */
  readonly url?: string;
  /** Where the token lies. */
  readonly tokenFile?: string;
  readonly problem?: string;
}

/** The tarpit's figures. */
export interface TarpitReport {
  /** `process`: the built-in tarpit; `kernel`: xt_TARPIT, which tells no figures; `off`: it holds nobody. */
  readonly means: 'process' | 'kernel' | 'off';
  /** Jails whose banned addresses are held. */
  readonly jails: readonly string[];
  /** Why bans drop where they should hold. */
  readonly problems: readonly string[];
  /** Connections that can be held. */
  readonly mostHeld: number;
  readonly figures: {
    readonly held: number;
    readonly byVoice: Readonly<Record<string, number>>;
    readonly longestSec: number;
    readonly accepted: number;
    /** Closed at once, since there were too many. */
    readonly refused: number;
    /** All connections together. */
    readonly wastedSec: number;
  };
  /** Who is held now. */
  readonly addresses: readonly TarpitAddress[];
}

/** What one address holds now. */
export interface TarpitAddress {
  readonly address: string;
  /** Jails that have banned it. */
  readonly jails: readonly string[];
  readonly connections: number;
  readonly longestSec: number;
  readonly wastedSec: number;
}
