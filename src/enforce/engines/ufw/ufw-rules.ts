import { parseIp } from '../../../base/index.ts';
import type { Failure } from '../engine.ts';
import type { Tools } from '../tools.ts';
import type { Element, IpFamily } from '../wanted.ts';
import type { UfwSettings } from './settings.ts';

/** What ufw is asked for takes it a fraction of a second; a reload some seconds. */
const timeoutMs = 60_000;
const chains: readonly (readonly [program: string, chain: string])[] = [
  ['iptables', 'ufw-user-input'],
  ['ip6tables', 'ufw6-user-input'],
];

/** The rules of one action in ufw's own list, which it keeps in files and puts into the kernel. */
export class UfwRules {
  readonly #settings: UfwSettings;
  readonly #tools: Tools;
  /** Whether ufw knows the application; without it the rules are for all ports, as in fail2ban. */
  #hasApplication: boolean | undefined;

  constructor(settings: UfwSettings, tools: Tools) {
    this.#settings = settings;
    this.#tools = tools;
  }

  /** Addresses that ufw has a rule of this kind for, and whether its comment shows that it is of this action. */
  async listed(): Promise<ReadonlyMap<string, boolean> | Failure> {
    const result = await this.#tools.run('ufw', ['show', 'added'], { timeoutMs });
    if (!result.ok) return result;
    const found = new Map<string, boolean>();
    const { destination, comment, name } = this.#settings;
    const application = await this.#application();
    const isMarked = comment.includes(name);
    const own = new RegExp(`^${comment.split('<failures>').map(RegExp.escape).join('\\d+')}$`);
    for (const line of result.stdout.split('\n')) {
      const rule = this.#parse(line);
      if (rule === undefined || rule.destination !== destination || rule.application !== application)
        continue;
      const isOwn = isMarked && own.test(rule.comment);
      found.set(rule.address, isOwn);
    }
    return found;
  }

  /** Addresses and networks that the kernel's chains of ufw have a rule for; undefined where a chain is missing. */
  async inKernel(): Promise<ReadonlySet<string> | undefined> {
    const found = new Set<string>();
    for (const [program, chain] of chains) {
      const { ok, stdout } = await this.#tools.run(program, ['-w', '-S', chain]);
      // ufw may do without IPv6, and says so itself when it is to ban there.
      if (!ok && program === 'iptables') return undefined;
      for (const [, source = ''] of stdout.matchAll(/ -s (\S+) /g)) {
        const ip = parseIp(source);
        if (ip !== undefined) found.add(ip.text);
      }
    }
    return found;
  }

  /** Puts ufw's rules into the kernel again, all of them. */
  async reload(): Promise<Failure | undefined> {
    const result = await this.#tools.run('ufw', ['reload'], { timeoutMs });
    if (!result.ok) return result;
    // Its status is of no use here: without its chains it calls itself inactive.
    if (!/not enabled/.test(result.stdout)) return undefined;
    return { error: 'ufw is not active, so its rules do nothing; ufw enable makes it active' };
  }

  async add(element: Element): Promise<Failure | undefined> {
    const { add, verdict, comment, killMode } = this.#settings;
    const words = comment.replaceAll('<failures>', String(element.failures ?? 0));
    const target = await this.#target(element.address);
    const failure = await this.#run([
      ...add,
      verdict,
      ...target,
      ...(words === '' ? [] : ['comment', words]),
    ]);
    if (failure === undefined) await this.#kill(killMode, element);
    return failure;
  }

  async remove(address: string): Promise<Failure | undefined> {
    return this.#run(['delete', this.#settings.verdict, ...(await this.#target(address))]);
  }

  /** Whether a rule for such an address can be: both ends are of one family. */
  fits(family: IpFamily): boolean {
    const ip = parseIp(this.#settings.destination);
    return ip === undefined || ip.family === family;
  }

  async #run(args: readonly string[]): Promise<Failure | undefined> {
    const result = await this.#tools.run('ufw', args, { timeoutMs });
    // It says on its standard output why it refused.
    return result.ok ? undefined : { ...result, error: result.error || result.stdout.trim().slice(0, 500) };
  }

  async #target(address: string): Promise<string[]> {
    const application = await this.#application();
    const target = ['from', address, 'to', this.#settings.destination];
    return application === '' ? target : [...target, 'app', application];
  }

  async #application(): Promise<string> {
    const { application } = this.#settings;
    if (application === '') return '';
    this.#hasApplication ??= (await this.#tools.run('ufw', ['app', 'info', application], { timeoutMs })).ok;
    return this.#hasApplication ? application : '';
  }

  async #kill(mode: UfwSettings['killMode'], { address, family }: Element): Promise<void> {
    const words = {
      ss: ['ss', '-K', 'dst', family === 4 ? address : `[${address}]`],
      conntrack: ['conntrack', '-D', '-f', `ipv${family}`, '-s', address],
    };
    if (mode === '') return;
    const [program, ...args] = words[mode];
    if (program !== undefined) await this.#tools.run(program, args, { timeoutMs });
  }

  /** Reads a line of `ufw show added`; undefined for one that is no rule of this kind. */
  #parse(
    line: string,
  ): { address: string; destination: string; application: string; comment: string } | undefined {
    const [, verdict, source = '', destination = 'any', application = '', comment = ''] =
      rulePattern.exec(line) ?? [];
    const ip = parseIp(source);
    if (verdict !== this.#settings.verdict || ip === undefined) return undefined;
    return { address: ip.text, destination, application: application.replaceAll("'", ''), comment };
  }
}

const rulePattern = /^ufw (\w+) from (\S+)(?: to (\S+))?(?: app ('[^']*'|\S+))?(?: comment '(.*)')?$/;
