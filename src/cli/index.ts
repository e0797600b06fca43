// Owns: the command line programs: fail2ban-client, fail2ban-server, fail2ban-regex, warder.
// Receives: arguments, and answers of a server.
// Emits: commands to a server; text or JSON for people and scripts; exit codes.
export { runClient } from './client.ts';
export { runRegex } from './regex/main.ts';
export { runServer } from './server.ts';
export { MemoryTerminal, processTerminal, type Terminal } from './terminal.ts';
export { runWarder } from './warder/main.ts';
