/**
 * Words behind the options of fail2ban-client. `{own}` stands for the folder of the server, `{logs}` for one with logs that all servers
 * share.
 */
export type CommandLine = readonly string[];

/** In the place of a command: waits until every server has so many bans in the jail, since fail2ban bans in its own time. */
export function untilBanned(jail: string, count: number): CommandLine {
  return [waitWord, jail, String(count)];
}

export const waitWord = '@banned';
