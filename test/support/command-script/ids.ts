import type { CommandLine } from './types.ts';

/** Single addresses that are written in unusual ways. */
const addresses = ['192.0.2.1/32', '::ffff:192.0.2.7', '2001:DB8:0::00:1', '[2001:db8::2]'];

const others = [
  '192.0.2.010',
  '192.0.2.1/24',
  '192.0.2.1/255.255.255.0',
  '192.0.2.256',
  '192.0.2',
  '3221225985',
  '2001:db8::1/64',
  '2001:db8:::3',
  'Example.ORG',
  'example.org:22',
  ' 192.0.2.8',
  '192.0.2.8 ',
  "it's",
  'a"b',
  'tab\there',
  'back\\slash',
  '--with-time',
  '--all',
  '-1',
  '0',
  '😀',
  'x'.repeat(300),
];

const ids = [...addresses, ...others];

/** Each is banned, looked for, and unbanned. */
export const idCommands: readonly CommandLine[] = [
  ['add', 'ids', 'polling'],
  ['start', 'ids'],
  ...ids.map((id) => ['set', 'ids', 'banip', id]),
  ['get', 'ids', 'banned'],
  ['get', 'ids', 'banip', '|'],
  ['status', 'ids'],
  ...ids.map((id) => ['get', 'ids', 'banned', id]),
  ['banned', ...ids],
  ...ids.map((id) => ['set', 'ids', 'unbanip', '--report-absent', id]),
  ['get', 'ids', 'banned'],
  ['unban', '--all'],
  // fail2ban shows several single addresses in no order.
  ...others.map((id) => ['set', 'ids', 'addignoreip', id]),
  ['set', 'ids', 'addignoreip', '[2001:DB8::2]'],
  ['set', 'ids', 'banip', '192.0.2.1'],
  ['set', 'ids', 'unbanip', '0.0.0.0/0'],
  ['set', 'ids', 'banip', '2001:db8::1', '192.0.2.1', 'name'],
  ['unban', '::/0'],
  ['get', 'ids', 'banned'],
  ['stop', 'ids'],
];
