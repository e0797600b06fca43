import { WarderError } from '../../base/index.ts';

/** What a notice can be. */
export type NoticeKind = 'mail' | 'digest' | 'send-digest' | 'http' | 'exec' | 'shell';

/** One line of a command that the daemon carries out itself: `warder-notify mail ban`. */
export interface Statement {
  readonly kind: NoticeKind;
  /** Names the properties that describe it: for `ban` they are `ban_subject`, `ban_text` and so on. */
  readonly name: string;
}

const word = 'warder-notify';
const kinds: ReadonlySet<string> = new Set(['mail', 'digest', 'send-digest', 'http', 'exec', 'shell']);

/**
 * The statements of an action's command; undefined for one that belongs to a shell. Throws `NOTIFY_STATEMENT` for a
 * statement that is none, or one that stands among lines for a shell.
 */
export function parseStatements(command: string): readonly Statement[] | undefined {
  if (!command.trimStart().startsWith(word)) return undefined;
  const lines = command.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').map(parseStatement);
}

function parseStatement(line: string): Statement {
  const [first, kind = '', name = '', ...rest] = line.split(/\s+/);
  if (first === word && isKind(kind) && /^\w+$/.test(name) && rest.length === 0) return { kind, name };
  throw new WarderError('NOTIFY_STATEMENT', `this is no notice: ${line.slice(0, 200)}`, {
    hint: `write ${word}, what to send (${[...kinds].join(', ')}), and the name of its properties; a command is made of such lines alone, or of none`,
  });
}

function isKind(text: string): text is NoticeKind {
  return kinds.has(text);
}
