/** How a visit to the guarded service ended. */
export type Visit =
  /** The service greeted: the way is free. */
  | 'greeted'
  /** It took the password, and did not like it. */
  | 'password refused'
  /** The connection was refused at once. */
  | 'refused'
  /** Nothing answered. */
  | 'no answer'
  /** There is a connection, and no greeting: somebody holds it. */
  | 'held'
  /** It was ended from the other side. */
  | 'cut off';

/** What an actor is told, a line of JSON each. */
export type ActorRequest =
  | {
      readonly kind: 'visit';
      readonly id: number;
      readonly host: string;
      readonly port: number;
      readonly source: string;
      readonly patienceMs: number;
      /** A connection that is held stays open. */
      readonly keep: boolean;
      /** To be tried; absent: only to see whether there is a greeting. */
      readonly password?: string;
    }
  | { readonly kind: 'serve'; readonly host: string; readonly port: number }
  /** How many of the kept connections are still open? */
  | { readonly kind: 'holding'; readonly id: number }
  /** Close the kept connections. */
  | { readonly kind: 'release' };

/** What an actor says. */
export type ActorAnswer =
  | {
      readonly kind: 'visited';
      readonly id: number;
      readonly outcome: Visit;
      readonly tookMs: number;
    }
  | { readonly kind: 'holding'; readonly id: number; readonly open: number }
  | { readonly kind: 'serving' }
  | { readonly kind: 'failed'; readonly reason: string }
  /** Somebody tried a password at the service. */
  | { readonly kind: 'login'; readonly address: string; readonly port: number };
