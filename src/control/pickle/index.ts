// Owns: Python's pickle format, both ways, for plain data.
// Receives: bytes from the socket; answers to send.
// Emits: plain values, and inert records where a foreign server names classes.
export { type Answer, decodeAnswer, decodePickle, decodePickleInTurns } from './decode.ts';
export { AnswerPair, encodePickle } from './encode.ts';
export { defaultPickleLimits, type PickleLimits, PythonObject } from './types.ts';
