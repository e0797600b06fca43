import { fail2banVersion } from '../config/index.ts';

/** Our own release; package.json carries the same (a test holds it). */
export const warderVersion = '0.1.0';

/** The release of fail2ban whose commands, files and answers are ours too. */
export const compatibleVersion = fail2banVersion;
