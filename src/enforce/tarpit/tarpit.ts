import type { Clock, Logger } from '../../base/index.ts';
import { contains, parseIp } from '../../base/index.ts';
import type { Tools } from '../engines/index.ts';
import { FlowEnder } from './flow-ender.ts';
import { IptablesPart } from './iptables-part.ts';
import { kernelHasTarpit } from './kernel-target.ts';
import type { Hold, Member } from './member.ts';
import { NftPart } from './nft-part.ts';
import type { KernelLimits, KernelPart } from './part.ts';
import { PitProcess } from './pit-process.ts';
import type { HeldAddress, PitFigures, PitLimits } from './protocol.ts';
import { RulesKeeper } from './rules-keeper.ts';
import { type Scope, type ServicePorts, servicesFile } from './scope.ts';
import type { StartPit } from './start-helper.ts';
import type { VoicePorts } from './voices.ts';

export interface TarpitParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tools: Tools;
  readonly limits?: Partial<PitLimits & KernelLimits>;
  readonly start?: StartPit;
}

const defaultLimits: PitLimits & KernelLimits = {
  mostHeld: 4096,
  mostPerSource: 16,
  newPerSec: 200,
  newAtOnce: 1000,
};

type ToolName = Scope['tool'];

interface HeldHold extends Hold {
  readonly members: Map<string, Member>;
  /** It had a member: its rules are wanted. */
  begun: boolean;
}

/** What an action has of the tarpit. */
export interface TarpitHold {
  readonly hold: Hold;
  /** `fresh`: banned just now, so what it is connected to is ended. */
  add(member: Member, fresh: boolean): void;
  remove(addresses: readonly string[]): void;
  /** The rules of the ban were made, or made anew. */
  arrange(): void;
  /** Settles when the kernel knows. */
  settled(): Promise<void>;
  end(): Promise<void>;
}

/** Who is held, and by which jails. */
export interface TarpitAddress extends HeldAddress {
  readonly jails: readonly string[];
}

export interface TarpitStatus {
  /** `process`: the built-in tarpit; `kernel`: xt_TARPIT; `off`: no jail asks for one, or it does not run just now. */
  readonly means: 'process' | 'kernel' | 'off';
  /** Jails whose banned addresses are held. */
  readonly jails: readonly string[];
  /** Why it drops where it should hold. */
  readonly problems: readonly string[];
  readonly mostHeld: number;
  readonly figures: Omit<PitFigures, 'addresses'>;
  readonly addresses: readonly TarpitAddress[];
}

/**
 * The tarpit of the daemon. It takes up its work with the first hold and ends it with the last; what it does not hold, the
 * bans drop.
 */
export class Tarpit {
  /** Ports of services by name. */
  readonly services: ServicePorts = servicesFile();
  readonly #parts: TarpitParts;
  readonly #limits: PitLimits & KernelLimits;
  readonly #process: PitProcess;
  readonly #flows: FlowEnder;
  readonly #holds = new Set<HeldHold>();
  readonly #keepers = new Map<ToolName, Promise<RulesKeeper>>();
  readonly #ready = new Map<ToolName, RulesKeeper>();
  readonly #kernelTools = new Set<ToolName>();
  #nextId = 1;

  constructor(parts: TarpitParts) {
    this.#parts = parts;
    this.#limits = { ...defaultLimits, ...parts.limits };
    this.#flows = new FlowEnder(parts.tools, () => this.ports);
    this.#process = new PitProcess({
      clock: parts.clock,
      logger: parts.logger,
      limits: this.#limits,
      ...(parts.start === undefined ? {} : { start: parts.start }),
      onPorts: (ports) => this.#portsChanged(ports),
    });
  }

  /** Ports in which connections are held; none while its process is away. */
  get ports(): readonly number[] {
    return Object.values(this.#process.ports ?? {});
  }

  /** Holds what an action bans. */
  hold(jail: string, scope: Scope): TarpitHold {
    const hold: HeldHold = { id: this.#nextId++, jail, scope, members: new Map(), begun: false };
    this.#holds.add(hold);
    return {
      hold,
      add: (member, fresh) => this.#add(hold, member, fresh),
      remove: (addresses) => this.#remove(hold, addresses),
      arrange: () => this.#ready.get(scope.tool)?.arrange(),
      settled: async () => (await this.#keepers.get(scope.tool))?.settled(),
      end: () => this.#end(hold),
    };
  }

  /** What is held now. */
  async status(): Promise<TarpitStatus> {
    const { addresses, ...figures } = await this.#process.figures();
    const problems = [...this.#ready].flatMap(([tool, { problem }]) =>
      problem === undefined ? [] : [`${tool}: ${problem}`],
    );
    return {
      means: this.#process.ports !== undefined ? 'process' : this.#kernelTools.size > 0 ? 'kernel' : 'off',
      jails: [...new Set(Array.from(this.#holds, ({ jail }) => jail))],
      problems,
      mostHeld: this.#process.mostHeld,
      figures,
      addresses: addresses.map((entry) => ({ ...entry, jails: this.#jailsOf(entry.address) })),
    };
  }

  /** Ends everything; the rules of holds that were not ended stay, and drop. */
  async stop(): Promise<void> {
    this.#process.stop();
    for (const keeper of this.#ready.values()) await keeper.settled();
  }

  /** Clears away what an earlier run of the daemon has left, where this one holds nothing with that tool. */
  async clearRests(tool: ToolName): Promise<void> {
    if (this.#keepers.has(tool)) return;
    if (this.#parts.tools.has(tool)) await this.#part(tool, 'process').clear();
  }

  #add(hold: HeldHold, member: Member, fresh: boolean): void {
    const { text } = member.ip;
    const isElsewhere = this.#isHeldBeside(hold, text);
    const step = hold.members.has(text) ? 'renew' : 'add';
    if (!hold.begun) this.#begin(hold);
    hold.members.set(text, member);
    this.#ready.get(hold.scope.tool)?.change(hold, fresh && step === 'add' ? 'add' : 'renew', member);
    // What another hold has caught already would be lost.
    if (fresh && step === 'add' && !isElsewhere) void this.#endFlows(hold, member);
  }

  /** The first member of a hold: its rules are made, by a tool that nothing was made with before it may take a while. */
  #begin(hold: HeldHold): void {
    hold.begun = true;
    const keeper = this.#keepers.get(hold.scope.tool) ?? this.#createKeeper(hold.scope.tool);
    this.#keepers.set(hold.scope.tool, keeper);
    void keeper.then((ready) => ready.makeAnew());
  }

  /** Once the kernel knows: a flow that is forgotten earlier would begin anew with the next packet. */
  async #endFlows(hold: HeldHold, { ip }: Member): Promise<void> {
    const keeper = await this.#keepers.get(hold.scope.tool);
    await keeper?.settled();
    if (hold.members.has(ip.text)) await this.#flows.end(ip, hold.scope.ports);
  }

  #remove(hold: HeldHold, addresses: readonly string[]): void {
    const released: string[] = [];
    for (const text of addresses) {
      const member = hold.members.get(text);
      if (member === undefined) continue;
      hold.members.delete(text);
      this.#ready.get(hold.scope.tool)?.change(hold, 'remove', member);
      if (!this.#isHeldBeside(hold, text)) released.push(text);
    }
    this.#process.release(released);
  }

  async #end(hold: HeldHold): Promise<void> {
    const { tool } = hold.scope;
    this.#remove(hold, [...hold.members.keys()]);
    this.#holds.delete(hold);
    const keeper = await this.#keepers.get(tool);
    if (keeper === undefined) return;
    const isLast = [...this.#holds].every(({ scope, begun }) => scope.tool !== tool || !begun);
    if (!isLast) {
      keeper.makeAnew();
      await keeper.settled();
      return;
    }
    this.#keepers.delete(tool);
    this.#ready.delete(tool);
    this.#kernelTools.delete(tool);
    await keeper.stop();
    if (this.#holds.size === 0) this.#process.stop();
  }

  #isHeldBeside(hold: Hold, text: string): boolean {
    return [...this.#holds].some((other) => other !== hold && other.members.has(text));
  }

  #jailsOf(address: string): string[] {
    const ip = parseIp(address);
    if (ip === undefined) return [];
    const jails = new Set<string>();
    for (const { jail, members } of this.#holds) {
      if (members.has(ip.text)) jails.add(jail);
      else
        for (const { ip: banned } of members.values())
          if (banned.prefix < ip.prefix && contains(banned, ip)) jails.add(jail);
    }
    return [...jails];
  }

  /** The keeper of a tool's rules, with what it needs. */
  async #createKeeper(tool: ToolName): Promise<RulesKeeper> {
    const { clock, logger, tools } = this.#parts;
    const means = tool === 'iptables' && (await kernelHasTarpit(tools)) ? 'kernel' : 'process';
    if (means === 'process') this.#process.start();
    else this.#kernelTools.add(tool);
    const keeper = new RulesKeeper({
      clock,
      logger,
      tool,
      part: this.#part(tool, means),
      holds: () => [...this.#holds].filter(({ scope, begun }) => scope.tool === tool && begun),
      ports: () => this.#process.ports,
      needsPorts: means === 'process',
    });
    this.#ready.set(tool, keeper);
    return keeper;
  }

  #part(tool: ToolName, means: 'kernel' | 'process'): KernelPart {
    const { tools, clock } = this.#parts;
    return tool === 'nft'
      ? new NftPart(tools, clock, this.#limits)
      : new IptablesPart({ tools, clock, limits: this.#limits, means });
  }

  #portsChanged(ports: VoicePorts | undefined): void {
    if (ports === undefined) return;
    for (const keeper of this.#ready.values()) keeper.makeAnew();
  }
}
