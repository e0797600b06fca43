import { connect, type Socket } from 'node:net';
import {
  Backoff,
  type Clock,
  describeError,
  type LogRecord,
  logLevels,
  WarderError,
} from '../../base/index.ts';
import { maxQueuedBytes, type OnTrouble, type Sink } from './sink.ts';

/** Where journald takes lines, as `systemd-cat` sends them. */
export const journalSocket = '/run/systemd/journal/stdout';

const identifier = 'fail2ban';
const connectTimeoutMs = 5000;

/**
 * Lines for systemd's journal, over the stream that `sd_journal_stream_fd(3)` opens: a header, then lines that begin with
 * their priority in angle brackets. After journald restarts, the connection is made anew.
 */
export class JournalSink implements Sink {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #onTrouble: OnTrouble;
  readonly #backoff = new Backoff(1, 60);
  #socket: Socket | undefined;
  #dropped = 0;
  #closed = false;

  private constructor(path: string, clock: Clock, onTrouble: OnTrouble) {
    this.#path = path;
    this.#clock = clock;
    this.#onTrouble = onTrouble;
  }

  /** Throws `LOG_TARGET` when no journal takes lines here. */
  static async open(clock: Clock, onTrouble: OnTrouble, path = journalSocket): Promise<JournalSink> {
    const sink = new JournalSink(path, clock, onTrouble);
    try {
      sink.#use(await connected(path));
    } catch (cause) {
      throw new WarderError('LOG_TARGET', `cannot reach the journal: ${describeError(cause)}`, {
        file: path,
        hint: 'is systemd-journald running? Set another logtarget otherwise',
        cause,
      });
    }
    return sink;
  }

  write(text: string, record: LogRecord): void {
    const socket = this.#socket;
    if (socket === undefined || socket.writableLength > maxQueuedBytes) {
      this.#dropped += 1;
      return;
    }
    this.#reportDropped();
    const prefix = `<${journalPriority(record)}>`;
    socket.write(
      `${text
        .split('\n')
        .map((line) => prefix + line)
        .join('\n')}\n`,
    );
  }

  close(): void {
    this.#closed = true;
    this.#socket?.end();
    this.#socket = undefined;
  }

  #use(socket: Socket): void {
    // Identifier, unit, priority, prefixes are read, and three times: do not forward.
    socket.write(`${identifier}\n\n6\n1\n0\n0\n0\n`);
    // Nothing comes back, but the end of the connection does.
    socket.resume();
    socket.unref();
    socket.on('error', () => undefined);
    socket.once('close', () => this.#reconnectLater());
    this.#socket = socket;
    this.#backoff.reset();
    this.#reportDropped();
  }

  #reportDropped(): void {
    if (this.#dropped === 0) return;
    this.#onTrouble(`${this.#dropped} log messages were dropped: the journal did not take them`);
    this.#dropped = 0;
  }

  #reconnectLater(): void {
    this.#socket = undefined;
    if (this.#closed) return;
    this.#clock.after(this.#backoff.nextSec(), () => {
      if (this.#closed) return;
      connected(this.#path).then(
        (socket) => this.#use(socket),
        () => this.#reconnectLater(),
      );
    });
  }
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.setTimeout(connectTimeoutMs, () => socket.destroy(new Error('timed out')));
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

/** syslog's numbers. A notice is one here, since the journalmatch of the recidive filter asks for `PRIORITY=5`. */
function journalPriority(record: LogRecord): number {
  const level = logLevels[record.level];
  if (level >= logLevels.CRITICAL) return 2;
  if (level >= logLevels.ERROR) return 3;
  if (level >= logLevels.WARNING) return 4;
  if (level >= logLevels.NOTICE) return 5;
  return level >= logLevels.INFO ? 6 : 7;
}
