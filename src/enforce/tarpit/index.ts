// Owns: the tarpit: the process that holds connections, the kernel's rules that lead them there, and its figures.
// Receives: actions with `blocktype = TARPIT`, and their bans.
// Emits: held connections of banned addresses.
export { Tarpit, type TarpitAddress, type TarpitParts, type TarpitStatus } from './tarpit.ts';
export { withTarpit } from './with-tarpit.ts';
