import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type PythonValue, type Spawn, startChild } from '../../../src/base/index.ts';
import { readConfiguration } from '../../../src/config/index.ts';
import { commandsOf } from '../../../src/daemon/configure.ts';
import {
  type ActionSettings,
  createEngineServices,
  type EngineServices,
  type Tools,
} from '../../../src/enforce/index.ts';
import type { TestMachine } from '../../support/netns.ts';
import { findTool } from '../../support/tools.ts';
import { EnforcerBench } from '../bench.ts';
import { shippedConfig } from '../shipped.ts';

/** What a test can do to the tools of its machine. */
export interface TestTools extends Tools {
  /** Programs that ran, with what they were given. */
  readonly ran: { readonly program: string; readonly args: readonly string[]; readonly input: string }[];
  /** Programs that are not there. */
  readonly absent: Set<string>;
}

/** Tools that work in a test machine. */
export function toolsIn(machine: TestMachine): TestTools {
  const ran: TestTools['ran'] = [];
  const absent = new Set<string>();
  return {
    ran,
    absent,
    async run(program, args, options = {}) {
      ran.push({ program, args, input: options.input ?? '' });
      const startedMs = performance.now();
      if (absent.has(program)) {
        return {
          ok: false,
          stdout: '',
          error: `${program} is not installed`,
          exitCode: undefined,
          durationMs: 0,
        };
      }
      const { code, stdout, stderr } = await machine.run(program, args, {
        input: options.input ?? '',
        timeoutMs: options.timeoutMs ?? 20_000,
      });
      return {
        ok: code === 0,
        stdout,
        error: stderr.trim(),
        exitCode: code ?? undefined,
        durationMs: performance.now() - startedMs,
      };
    },
    has: (program) => !absent.has(program) && findTool(program) !== undefined,
    follow(command, args) {
      const spawn = ((program: string, words: readonly string[], options: object) =>
        machine.spawn(program, words, options)) as unknown as Spawn;
      return startChild({ command, args }, spawn);
    },
  };
}

/** The settings of an action as the daemon reads them from our own files, with files of an administrator on top. */
export function readSettings(text: string, files: Readonly<Record<string, string>> = {}): ActionSettings {
  const own = mkdtempSync(join(tmpdir(), 'warder-engine-'));
  try {
    const jail = `[x]\nenabled = true\nbackend = polling\nlogpath = /dev/null\nfilter =\naction = ${text}\n`;
    for (const [name, content] of Object.entries({ 'jail.d/x.local': jail, ...files })) {
      mkdirSync(dirname(join(own, name)), { recursive: true });
      writeFileSync(join(own, name), content);
    }
    const layers = [shippedConfig, own];
    const configuration = readConfiguration({ layers, jails: ['x'], allowNoFiles: true });
    const command = commandsOf(configuration).find(
      ({ args }) => args[0] === 'multi-set' && args[2] === 'action',
    );
    if (command === undefined) throw new Error(configuration.errors.map(String).join('\n'));
    const pairs = command.args[4] as unknown as readonly (readonly [string, PythonValue])[];
    return { name: String(command.args[3]), properties: new Map(pairs) };
  } finally {
    rmSync(own, { recursive: true });
  }
}

/** A jail of its own whose one action is carried out by an engine in a test machine. */
export class EngineBench extends EnforcerBench {
  readonly tools: TestTools;
  readonly services: EngineServices;

  constructor(machine: TestMachine) {
    const tools = toolsIn(machine);
    let services: EngineServices | undefined;
    super({
      createEngines(clock, logger) {
        services = createEngineServices({ tools, clock, logger });
        return services;
      },
    });
    this.tools = tools;
    this.services = services!;
  }

  static async startWith(machine: TestMachine, settings: ActionSettings): Promise<EngineBench> {
    const bench = new EngineBench(machine);
    const problems = await bench.enforcer.configure([settings]);
    if (problems.length > 0) throw problems[0];
    await bench.enforcer.start();
    return bench;
  }

  /** Lines of the log from a level on. */
  lines(pattern: RegExp): string[] {
    return this.logger.lines.filter((line) => pattern.test(line));
  }
}
