import type { CutLine } from '../cut-line.ts';
import { asked, type FieldValue, isSet, type MatchFields } from './fields.ts';
import { SessionTable } from './session-table.ts';
import { sessionText } from './session-text.ts';

/** What one rule captured from a line; of a session also what earlier lines of it gave. */
export interface Capture {
  /** Of a session also `users`: every user name seen. */
  readonly fields: MatchFields;
  /** The lines that count. */
  lines: readonly CutLine[];
  /** Lines that do not count yet: they do if the session fails later. */
  heldLines: readonly CutLine[];
  /** A failure has happened whose address is not known yet. */
  pending: boolean;
}

const sessionLimit = 100;
const sessionSec = 300;
/** A session keeps this many of its lines, the newest, and of its users' names. */
const mostLines = 100;
const mostUsers = 100;

/**
 * Sessions that write several lines, known by `<F-MLFID>` (a connection's process id, say): lines that are no failure
 * give address and user to later lines, a success clears what was held against the session.
 *
 * Bounded as fail2ban's: 100 sessions, each for five minutes from its first line, the eldest forgotten first.
 */
export class Sessions {
  readonly #nowSec: () => number;
  readonly #sessions = new SessionTable();

  constructor(nowSec: () => number) {
    this.#nowSec = nowSec;
  }

  /**
   * Merges what a rule captured from the matched lines into the session, and returns the whole: the session's own
   * object, to be read before the next line. A `nofail` field in it says that this is no failure (yet).
   */
  merge(id: string, fields: MatchFields, matched: readonly CutLine[]): Capture {
    const gained = isSet(fields.ask(asked.mlfgained));
    if (gained && !isSet(fields.ask(asked.nofail))) fields.set('nofail', fields.ask(asked.mlfgained)!);
    const harmless = isSet(fields.ask(asked.nofail));
    const forget = isSet(fields.ask(asked.mlfforget));
    fields.drop(asked.mlfforget);

    const known = this.#get(id);
    const capture = known ?? { fields, lines: [], heldLines: [], pending: false };
    if (known !== undefined) {
      addUser(known, fields.ask(asked.user));
      continueSession(known, fields, gained);
      if (forget) this.#sessions.delete(id);
    } else if (!forget) {
      addUser(capture, fields.ask(asked.user));
      this.#set(id, capture);
    }

    let excused = harmless;
    if (capture.pending || userCount(capture) > 1) {
      // A success of one user does not excuse failures, nor attempts at others.
      excused = false;
      capture.pending = false;
      capture.fields.drop(asked.nofail);
      capture.fields.drop(asked.mlfgained);
    }
    if (excused) {
      if (!forget) capture.heldLines = joinLines(capture.heldLines, matched);
      return capture;
    }
    capture.lines = joinLines(joinLines(capture.heldLines, capture.lines), matched);
    if (capture.heldLines.length > 0) capture.heldLines = [];
    return capture;
  }

  /**
   * All that decides on how later lines are counted, as long as no session is too old. Equal texts: the same from here on,
   * but for the lines that a failure is told with.
   */
  text(): string {
    const texts: string[] = [];
    for (const { id, capture } of this.#sessions) {
      texts.push(sessionText(id, capture.pending, capture.fields));
    }
    return texts.join('\n');
  }

  #get(id: string): Capture | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined) return undefined;
    if (session.endSec > this.#nowSec()) return session.capture;
    this.#sessions.delete(id);
    return undefined;
  }

  #set(id: string, capture: Capture): void {
    const nowSec = this.#nowSec();
    if (this.#sessions.size >= sessionLimit) this.#makeRoom(nowSec);
    this.#sessions.add({ id, capture, endSec: nowSec + sessionSec });
  }

  /** Expired ones go first; if there are none, the eldest. */
  #makeRoom(nowSec: number): void {
    for (let taken = this.#sessions.takeEldest(); taken !== undefined; taken = this.#sessions.takeEldest()) {
      if (taken.endSec > nowSec && this.#sessions.size < sessionLimit) break;
    }
  }
}

/** Brings a known session up to date with the fields of a new line. */
function continueSession(session: Capture, fields: MatchFields, gained: boolean): void {
  const wasHarmless = isSet(session.fields.ask(asked.nofail)) || isSet(session.fields.ask(asked.mlfgained));
  session.fields.drop(asked.nofail);
  session.fields.drop(asked.mlfgained);
  if (gained) session.pending = false;
  // What counted before has been reported with the failure before.
  if (!wasHarmless && !session.pending && session.lines.length > 0) session.lines = [];
  // The address that this line names wins over one that an earlier line named; in fail2ban an IPv4 address stays before
  // an IPv6 one, although process ids are used again, and one process may speak of several connections.
  if (isSet(fields.ask(asked.ip4)) || isSet(fields.ask(asked.ip6))) {
    session.fields.blank(asked.ip4);
    session.fields.blank(asked.ip6);
    session.fields.blank(asked.cidr);
  }
  session.fields.takeValues(fields);
}

function addUser(capture: Capture, user: FieldValue | undefined): void {
  if (!isSet(user)) return;
  const users = capture.fields.ask(asked.users);
  if (!(users instanceof Set)) capture.fields.set('users', new Set<string>().add(String(user)));
  else if (users.size < mostUsers) users.add(String(user));
}

function userCount(capture: Capture): number {
  const users = capture.fields.ask(asked.users);
  return users instanceof Set ? users.size : 0;
}

/** The newest lines of both. */
function joinLines(first: readonly CutLine[], second: readonly CutLine[]): readonly CutLine[] {
  if (first.length === 0) return second;
  if (second.length === 0) return first;
  const lines = [...first, ...second];
  return lines.length > mostLines ? lines.slice(-mostLines) : lines;
}
