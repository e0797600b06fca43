// Owns: the control socket: fail2ban's pickle protocol and JSON, and the one table of commands behind both.
// Receives: requests from clients; a ServerApi from the daemon.
// Emits: calls of the ServerApi, and answers in fail2ban's shapes; for our own client, the other end of the wire.
export * from './pickle/index.ts';
