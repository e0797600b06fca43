/** What a door makes of one message. */
export interface Reply {
  /** Bytes to send back; absent when nothing is to be said. */
  readonly bytes?: Buffer;
  /** The connection ends after them. */
  readonly close?: boolean;
}

/** One of the languages that the socket speaks. */
export interface Door {
  /** Ends each of its messages. */
  readonly mark: string;
  /** Never throws: whatever is wrong with a message or a command becomes the reply. */
  handle(message: Buffer): Promise<Reply>;
}
