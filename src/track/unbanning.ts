import { escapeControl, type Logger, type LogLevel, parseIp } from '../base/index.ts';
import type { BanKeeper } from './ban-keeper.ts';
import { canonical } from './canonical.ts';
import { isHostName } from './host-name.ts';
import type { Ledger } from './ledger.ts';
import type { Resolver } from './resolver.ts';
import type { UnbanResult } from './types.ts';

export interface UnbanningParts {
  readonly jail: string;
  readonly logger: Logger;
  readonly keeper: BanKeeper;
  readonly ledger: Ledger;
  readonly resolver: Resolver;
  /** Told of each id whose ban ends and whose history goes. */
  readonly onForget: (id: string) => void;
}

/** Ends bans by hand, and deletes their history. */
export class Unbanning {
  readonly #parts: UnbanningParts;

  constructor(parts: UnbanningParts) {
    this.#parts = parts;
  }

  /** As `JailTracker.unban`. */
  async unban(ids: readonly string[]): Promise<UnbanResult> {
    const { keeper, resolver } = this.#parts;
    let ended = 0;
    const absent: string[] = [];
    const names: string[] = [];
    for (const id of ids) {
      const count = this.#unban(canonical(id));
      ended += count;
      if (count === 0) (isHostName(id) ? names : absent).push(id);
    }
    keeper.flush();
    for (const name of names) {
      const addresses = await resolver.resolve(name);
      const count = addresses.reduce((sum, address) => sum + this.#unban(address), 0);
      ended += count;
      if (count === 0) absent.push(name);
    }
    keeper.flush();
    for (const id of absent) {
      this.#parts.logger.log('DEBUG', 'fail2ban.actions', `${escapeControl(id)} is not banned`);
    }
    return { ended, absent };
  }

  /** Ends the ban of an id, or those within it, and those around it; its history goes in any case. Returns how many. */
  #unban(id: string): number {
    const own = this.#end(id);
    return own + (own > 0 ? 0 : this.#endWithin(id)) + this.#endAround(id);
  }

  #end(id: string): number {
    const { keeper, ledger, onForget } = this.#parts;
    ledger.forget(id);
    onForget(id);
    return keeper.unban(id, 'manual') ? 1 : 0;
  }

  #endWithin(id: string): number {
    const ip = parseIp(id);
    const within = ip === undefined ? [] : this.#parts.keeper.book.within(ip);
    return within.reduce((sum, inner) => sum + this.#end(inner), 0);
  }

  /**
   * Whoever unbans an address wants it to be let in. So a network that the jail has banned by itself is let in with it;
   * one that an administrator has banned is his to unban.
   */
  #endAround(id: string): number {
    const ip = parseIp(id);
    const around = ip === undefined ? [] : this.#parts.keeper.book.around(ip);
    let ended = 0;
    for (const ban of around) {
      if (ban.byHand === true) {
        this.#log('WARNING', `${id} stays banned with ${ban.id}, which was banned by hand; unban that`);
        continue;
      }
      this.#log('NOTICE', `${id} is banned with ${ban.id}, which is let in as a whole`);
      ended += this.#end(ban.id);
    }
    return ended;
  }

  #log(level: LogLevel, message: string): void {
    this.#parts.logger.log(level, 'fail2ban.actions', `[${this.#parts.jail}] ${message}`);
  }
}
