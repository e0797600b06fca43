// Owns: notices: mail, requests and programs that actions ask for, their queues, and the process that carries them out of the machine.
// Receives: what happened, and the properties of the action that tells of it.
// Emits: mails, requests and runs of programs; how each of them ended.
export { Notifier, type NotifierParts } from './notifier.ts';
export { isSmtpAction, smtpProperties } from './smtp-action.ts';
export { parseStatements, type Statement } from './statement.ts';
