/** How a client is spoken to. Each has a port of its own, since the process cannot see where a client wanted to go. */
export const voices = ['ssh', 'greeting', 'http', 'pop3', 'imap', 'silence'] as const;

export type Voice = (typeof voices)[number];

/** A local port for each voice. */
export type VoicePorts = Readonly<Record<Voice, number>>;

/** The ports of services by which a voice is chosen; silence has every other one. */
export const wellKnownPorts: Readonly<Record<Exclude<Voice, 'silence'>, readonly number[]>> = {
  ssh: [22, 222, 2222, 22_222],
  // SMTP and FTP greet alike: lines with 220- go on until one without the hyphen comes.
  greeting: [21, 25, 26, 587, 2525],
  http: [80, 8000, 8008, 8080, 8888],
  pop3: [110],
  imap: [143],
};

/** Bytes that are said at a time: clients that bound what they read are held the longer. */
export const bytesAtATime = 2;

/** What is said to a client, without an end: `first` once, then `again` over and over. */
export interface Speech {
  readonly first: Buffer;
  readonly again: Buffer;
}

/** What each voice says. `random` gives `count` random bytes. Undefined: nothing, the client is to speak first. */
export function speechOf(voice: Voice, random: (count: number) => Buffer): Speech | undefined {
  const hex = (count: number): string => random(count).toString('hex');
  const lines = (line: () => string): string => Array.from({ length: 32 }, () => `${line()}\r\n`).join('');
  switch (voice) {
    case 'ssh':
      // RFC 4253, 4.2: a server may send lines before its version, which do not begin with SSH-.
      return speech(
        '',
        lines(() => hex(16)),
      );
    case 'greeting':
      // RFC 5321, 4.2.1, and RFC 959, 4.2.
      return speech(
        '',
        lines(() => `220-${hex(12)}`),
      );
    case 'http':
      return speech(
        'HTTP/1.1 200 OK\r\n',
        lines(() => `X-${hex(4)}: ${hex(8)}`),
      );
    case 'pop3':
      return speech('+OK ', `${hex(30)} `);
    case 'imap':
      return speech('* OK ', `${hex(30)} `);
    default:
      return undefined;
  }
}

/** The next bytes for a client that has heard so many. */
export function nextBytes({ first, again }: Speech, heard: number): Buffer {
  if (heard < first.length) return first.subarray(heard, heard + bytesAtATime);
  const at = (heard - first.length) % again.length;
  return again.subarray(at, at + bytesAtATime);
}

function speech(first: string, again: string): Speech {
  return { first: Buffer.from(first, 'latin1'), again: Buffer.from(again, 'latin1') };
}
