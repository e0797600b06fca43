import type { ServerOptions } from '../control/index.ts';
import type { LogTarget } from './log-target.ts';

/** The options of the server: those of its log, and whether IPv6 is taken. */
export function serverOptions(log: LogTarget, setAllowIpv6: ServerOptions['setAllowIpv6']): ServerOptions {
  return {
    logLevel: () => log.logLevel(),
    setLogLevel: (level) => log.setLogLevel(level),
    logTarget: () => log.logTarget(),
    setLogTarget: (target) => log.setLogTarget(target),
    syslogSocket: () => log.syslogSocket(),
    setSyslogSocket: (path) => log.setSyslogSocket(path),
    setAllowIpv6,
  };
}
