import { Console } from 'node:console';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { becomeNobody } from '../../base/index.ts';
import {
  type HookName,
  hookNames,
  longestText,
  type ScriptMessage,
  type ScriptModule,
  type ScriptRequest,
} from './protocol.ts';

// The process that carries out an action written in JavaScript; the build bundles it as script-action.js. It is nobody before it
// reads the module's text, which comes over its standard input as the calls do.

type Hook = (event: unknown) => unknown;

process.title = 'warder-action';
dieFirst();
const refused = becomeNobody();
// What the module prints must not be taken for an answer: answers go another way than process.stdout.
const answers = process.stdout;
const write = answers.write.bind(answers);
const state: { hooks: ReadonlyMap<HookName, Hook> } = { hooks: new Map() };
redirectOutput();
answers.on('error', end);
createInterface({ input: process.stdin })
  .on('line', (line) => void hear(JSON.parse(line) as ScriptRequest))
  .on('close', end);

async function hear(request: ScriptRequest): Promise<void> {
  if (request.kind === 'load') say(await load(request.source));
  else say(await call(request.id, request.hook, request.event));
}

async function load(source: string): Promise<ScriptMessage> {
  if (refused !== undefined) {
    const why = `the process cannot become nobody (${refused}); give the daemon CAP_SETUID and CAP_SETGID`;
    return { kind: 'unusable', reason: why };
  }
  try {
    const url = `data:text/javascript;base64,${Buffer.from(source).toString('base64')}`;
    const exported: unknown = await import(url);
    return { kind: 'loaded', module: take(exported) };
  } catch (error) {
    return { kind: 'unusable', reason: reasonOf(error) };
  }
}

/** Named exports, and those of a default object. Throws for what is no hook. */
function take(exported: unknown): ScriptModule {
  const named = propertiesOf(exported);
  const standard = propertiesOf(named.get('default'));
  const owner = named.get('default');
  const exportOf = (name: string): unknown => named.get(name) ?? standard.get(name);
  const hooks = new Map<HookName, Hook>();
  for (const name of hookNames) {
    const hook = exportOf(name);
    if (hook === undefined) continue;
    if (typeof hook !== 'function') throw new Error(`what it exports as ${name} is no function`);
    hooks.set(name, (event) => Reflect.apply(hook, owner, [event]));
  }
  if (hooks.size === 0) throw new Error(`it exports none of ${hookNames.join(', ')}`);
  state.hooks = hooks;
  return { hooks: [...hooks.keys()], norestored: exportOf('norestored') === true };
}

/** Also those that an object has from its class. */
function propertiesOf(value: unknown): ReadonlyMap<string, unknown> {
  const known = new Map<string, unknown>();
  if (typeof value !== 'object' || value === null) return known;
  for (const name of ['default', 'norestored', ...hookNames]) {
    if (name in value) known.set(name, Reflect.get(value, name));
  }
  return known;
}

async function call(id: number, name: HookName, event: unknown): Promise<ScriptMessage> {
  try {
    await state.hooks.get(name)?.(event);
    return { kind: 'done', id };
  } catch (error) {
    return { kind: 'failed', id, reason: reasonOf(error) };
  }
}

/** The error's words and the line of the module where it was thrown. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return textOf(error);
  const line = /data:text\/javascript;base64,[^:)]*:(\d+):\d+/.exec(textOf(error.stack))?.[1];
  const message = error.message.replace(/data:text\/javascript;base64,[\w+/=]*/g, 'this module');
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.name}: ${message}${cause}${line === undefined ? '' : ` (line ${line})`}`;
}

/** Whatever it is, it may refuse to become text. */
function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return 'something without words';
  }
}

function say(message: ScriptMessage): void {
  const short =
    'reason' in message
      ? { ...message, reason: message.reason.toWellFormed().slice(0, longestText) }
      : message;
  write(`${JSON.stringify(short)}\n`);
}

function redirectOutput(): void {
  const printed = (): Writable => {
    const stream = new Writable({
      decodeStrings: false,
      write(chunk: unknown, _encoding, done) {
        for (const line of textOf(chunk).split('\n')) {
          const text = line.toWellFormed().slice(0, longestText);
          if (text.trim() !== '') write(`${JSON.stringify({ kind: 'said', text })}\n`);
        }
        done();
      },
    });
    return stream;
  };
  const [out, errors] = [printed(), printed()];
  Object.defineProperty(process, 'stdout', { value: out });
  Object.defineProperty(process, 'stderr', { value: errors });
  Object.assign(globalThis, { console: new Console({ stdout: out, stderr: errors }) });
}

/** When memory gets short on the machine, this process is to go before those that guard it. */
function dieFirst(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // The kernel has other means.
  }
}

/** An orderly exit would wait for what the module has begun. */
function end(): void {
  process.kill(process.pid, 'SIGKILL');
}
