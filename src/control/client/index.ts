// Owns: the client's end of the control socket.
// Receives: commands as lists of words.
// Emits: answers of our server or of fail2ban's.
export { type Answer, PythonObject } from '../pickle/index.ts';
export { ControlClient } from './client.ts';
