import { type PythonValue, pythonStr } from '../../base/index.ts';

/** Whether an action's file is the one of fail2ban that has a built-in equal. */
export function isSmtpAction(pythonFile: string): boolean {
  return /(?:^|\/)smtp\.py$/.test(pythonFile);
}

const texts = {
  start_subject: '[Fail2Ban] <name>: started on <sh-hostname>',
  start_text: 'The jail <name> on <sh-hostname> is guarded now.\n',
  stop_subject: '[Fail2Ban] <name>: stopped on <sh-hostname>',
  stop_text: 'The jail <name> on <sh-hostname> is guarded no longer: it was stopped.\n',
  ban_subject: '[Fail2Ban] <name>: banned <ip> from <sh-hostname>',
  ban_text:
    '<sh-hostname> has banned <ip> in the jail <name> after <failures> failures,\nfor <bantime> seconds.\n<smtp_<wanted-lines>>\n',
  smtp_none: '',
  smtp_matches: '\nLines that led to the ban:\n\n<matches>\n',
  smtp_ipmatches: '\nLines that led to bans of <ip>:\n\n<ipmatches>\n',
  smtp_ipjailmatches: '\nLines that led to bans of <ip> in <name>:\n\n<ipjailmatches>\n',
};

/**
 * The properties of an action that does what fail2ban's smtp.py does, from that file's arguments (`host`, `user`, `password`,
 * `sendername`, `sender`, `dest`, `matches`, and `ssl` of later releases). An argument that Python would call None counts as not given.
 */
export function smtpProperties(
  jail: string,
  given: ReadonlyMap<string, PythonValue>,
): ReadonlyMap<string, PythonValue> {
  const own = [...given].filter(([, value]) => value !== null && pythonStr(value) !== 'None');
  return new Map<string, PythonValue>([
    ['norestored', true],
    ['actionstart', 'warder-notify mail start'],
    ['actionstop', 'warder-notify mail stop'],
    ['actionban', 'warder-notify mail ban'],
    ['transport', 'smtp'],
    ['host', 'localhost'],
    ['sendername', 'Fail2Ban'],
    ['sender', 'fail2ban'],
    ['dest', 'root'],
    ['name', jail],
    ...Object.entries(texts),
    ...own,
  ]);
}
