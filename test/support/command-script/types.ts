/**
 * Words behind the options of fail2ban-client. `{own}` stands for the folder of the server, `{logs}` for one with logs that all servers
 * share.
 */
export type CommandLine = readonly string[];
