/** What the linter says of our own filters and is right about, but which does no harm: file, option, code; why. */
export const accepted: ReadonlyMap<string, string> = new Map([
  [
    'filter.d/dovecot.conf ended LINT_ADDRESS_MOVABLE',
    'what stands before the verdict is the reason in the words of Dovecot; no client writes it',
  ],
  [
    'filter.d/ejabberd-auth.conf failregex LINT_ADDRESS_MOVABLE',
    'the reason behind the address is in the words of ejabberd',
  ],
  ['filter.d/horde.conf failregex LINT_ADDRESS_MOVABLE', 'the server in braces is from the configuration'],
  [
    'filter.d/mongodb-auth.conf failregex LINT_ADDRESS_MOVABLE',
    'MongoDB escapes quotes in what a client sends, so that it cannot end a field',
  ],
  [
    'filter.d/nginx-http-auth.conf mdre-auth LINT_ADDRESS_MOVABLE',
    'it would take a Host header with blanks in it, which nginx refuses',
  ],
]);
