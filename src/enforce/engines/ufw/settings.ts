import { NotServed, nameWord, type Parameters } from '../parameters.ts';

/** The parameters of the action `ufw`. */
export interface UfwSettings {
  readonly name: string;
  /** How a rule is put in: `prepend`, or `insert` and a number. */
  readonly add: readonly string[];
  readonly verdict: string;
  /** `any`, or an address of ours. */
  readonly destination: string;
  /** One of ufw's applications; empty for none. */
  readonly application: string;
  /** `<failures>` stands in it for their number. */
  readonly comment: string;
  /** What ends connections of before. */
  readonly killMode: 'ss' | 'conntrack' | '';
}

const usualComment = 'by Fail2Ban after <failures> attempts against <name>';
/** ufw takes no quotation mark in a comment. */
const commentText = /^[^'"\\\x00-\x1f\x7f]{0,200}$/;

/** Reads the parameters. Throws `NotServed`. */
export function ufwSettings(parameters: Parameters): UfwSettings {
  const name = parameters.plain('name', nameWord, 'default');
  const kill = parameters.text('kill') ?? '';
  if (kill !== '' && !/^(?:<_kill_|ss -K dst "\[<ip>\]"$|conntrack -D -s "<ip>"$)/.test(kill)) {
    throw new NotServed('kill is set');
  }
  const comment = parameters.text('comment') ?? usualComment.replace('<name>', name);
  if (!commentText.test(comment) || /[<>]/.test(comment.replaceAll('<failures>', ''))) {
    throw new NotServed(`comment = ${comment.slice(0, 100)} is more than an engine reads`);
  }
  return {
    name,
    add: parameters.plain('add', /^(?:prepend|insert \d{1,6})$/, 'prepend').split(' '),
    verdict: parameters.plain('blocktype', /^(?:reject|deny|limit)$/, 'reject'),
    destination: parameters.plain('destination', /^(?:any|[\da-fA-F.:]+(?:\/\d+)?)$/, 'any'),
    application: parameters.plain('application', /^(?:|[A-Za-z0-9][\w .+-]{0,60})$/, ''),
    comment,
    killMode: killModeOf(parameters),
  };
}

function killModeOf(parameters: Parameters): UfwSettings['killMode'] {
  const said = parameters.plain('kill-mode', /^(?:|ss|conntrack)$/, '');
  return said === 'ss' || said === 'conntrack' ? said : '';
}
