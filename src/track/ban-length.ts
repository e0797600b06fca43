/** What is known of earlier bans of an id. */
export interface BanHistory {
  readonly banCount: number;
  /** Start of the last ban, seconds since the epoch. */
  readonly timeSec: number;
  readonly banTimeSec: number;
}

/** A ban that is about to come into force. */
export interface BanRequest {
  readonly jail: string;
  readonly id: string;
  readonly timeSec: number;
  /** The jail's `bantime`; -1 is for ever. */
  readonly jailBanTimeSec: number;
  /** Looks into the database; undefined without earlier bans. */
  readonly history: () => BanHistory | undefined;
}

export interface BanLength {
  /** -1 is for ever. */
  readonly banTimeSec: number;
  /** How often the id was banned, this time included. */
  readonly banCount: number;
  /** The length is the jail's ban time, and changes with it while the ban is in force. */
  readonly followsJail: boolean;
}

/** Decides how long a ban lasts. The one place where ban times come from. */
export type DecideBanLength = (request: BanRequest) => BanLength;

/** The jail's ban time for every ban. */
export const plainBanLength: DecideBanLength = ({ jailBanTimeSec }) => ({
  banTimeSec: jailBanTimeSec,
  banCount: 1,
  followsJail: true,
});
