import { describeError } from '../../base/index.ts';
import type { ControlEvent } from '../../control/index.ts';
import { failure, type Program, success } from '../program.ts';
import { banSpan } from '../warder/span.ts';
import { type Face, JsonFace, type Speaker, TextFace } from './face.ts';
import { realSurroundings, whatIsMissing } from './needs.ts';
import { News } from './news.ts';
import { askTarpit, unban } from './server.ts';
import { StageHouse } from './set-stage.ts';
import { tellStory } from './story.ts';

export interface DemoWishes {
  /** Shorter bans and no pauses. */
  readonly fast: boolean;
  /** Waits for Enter before each scene. */
  readonly pause: boolean;
  /** Replays a log and blocks nothing, also where more could be done. */
  readonly observe: boolean;
}

const maxRetry = 3;

/**
 * `warder demo`: a real attack on a machine made of namespaces, which is guarded by a real daemon, told as it goes; where that cannot
 * be, a replay that is only observed. Whatever happens, nothing of it is left when this returns. Returns the exit code: 0; 1 when
 * something did not go as it should; 255 when it could not be set up; 128 and its number after a signal.
 */
export async function demo(program: Program, wishes: DemoWishes): Promise<number> {
  const startedMs = performance.now();
  const elapsedSec = (): number => (performance.now() - startedMs) / 1000;
  const { terminal, options } = program;
  const face: Face = options.json
    ? new JsonFace(terminal, elapsedSec)
    : new TextFace(terminal, process.stdout.columns, elapsedSec);
  const interrupt = listenToSignals();
  const house = new StageHouse();
  const playing = play(face, house, wishes, interrupt.signal).then(
    () => success,
    (error) => (interrupt.signal.aborted ? success : tellFailure(face, error)),
  );
  await Promise.race([playing, interrupt.happened]);
  // What is still being set up fails now, since the ground is gone; what it has begun meanwhile is put away after that.
  const left = (await putAway(house)) ?? (await playing.then(() => putAway(house)));
  interrupt.stop();
  return conclude(face, interrupt.exitCode() ?? (await playing), left);
}

/** Returns what went wrong. */
function putAway(house: StageHouse): Promise<string | undefined> {
  return house.takeDown().then(
    () => undefined,
    (error) => describeError(error),
  );
}

async function play(face: Face, house: StageHouse, wishes: DemoWishes, signal: AbortSignal): Promise<void> {
  const missing = wishes.observe ? 'it was asked for' : await whatIsMissing(realSurroundings());
  face.scene(
    missing === undefined
      ? 'A guarded machine, and one for an attacker'
      : 'A log, and a daemon that observes',
  );
  if (missing !== undefined) face.say('stage', `observing only: ${missing}`, { observing: true });
  face.waiting('setting the stage');
  const banTimeSec = wishes.fast ? 4 : 6;
  const stage = await house.set(missing === undefined, {
    maxRetry,
    banTimeSec,
    // The visits of the demo itself leave lines too, which tell nothing.
    onLogLine: (line) => (line.includes('Failed password') ? face.say('log', line) : undefined),
  });
  signal.throwIfAborted();
  for (const text of stage.described) face.say('stage', text);
  const news = new News();
  const counts = new Map<string, number>();
  const listening = new AbortController();
  signal.addEventListener('abort', () => listening.abort());
  await news.listen(stage.socketPath, listening.signal, (event) => showEvent(face, event, counts));
  await tellStory({
    stage,
    face,
    news,
    signal,
    maxRetry,
    banTimeSec,
    beatMs: wishes.fast ? 0 : 700,
    holdSec: wishes.fast ? 2 : 4,
    goOn: () => (wishes.pause ? untilEnter(face, signal) : Promise.resolve()),
    unban: (address) => unban(stage.socketPath, address),
    tarpit: () => askTarpit(stage.socketPath),
  });
  listening.abort();
}

/** What the daemon itself tells, through its live stream. */
function showEvent(face: Face, event: ControlEvent, counts: Map<string, number>): void {
  const say = (speaker: Speaker, text: string): void => face.say(speaker, text, { event });
  if (event.type === 'found') {
    const count = (counts.get(event.jail) ?? 0) + event.failures;
    counts.set(event.jail, count);
    const most = event.jail === 'sshd' ? maxRetry : 2;
    say(
      'found',
      `${event.jail}: ${event.id}, ${event.jail === 'sshd' ? 'failure' : 'ban'} ${count} of ${most}`,
    );
  } else if (event.type === 'ban') {
    counts.delete(event.jail);
    const repeated = event.banCount > 1 ? `, ban number ${event.banCount}` : '';
    say('ban', `${event.jail} bans ${event.id} for ${banSpan(event.banTimeSec)}${repeated}`);
  } else if (event.type === 'unban') {
    say('unban', `${event.jail} unbans ${event.id} (${event.cause})`);
  } else if (event.type === 'error') {
    say('error', `${event.jail}: action ${event.action}, ${event.step}: ${event.message}`);
  } else if (event.type === 'degraded') say('error', `${event.jail}: ${event.message}`);
}

function tellFailure(face: Face, error: unknown): number {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  face.say('error', describeError(error), { code });
  return code === 'DEMO_STEP' ? 1 : failure;
}

function conclude(face: Face, exitCode: number, left: string | undefined): number {
  if (left !== undefined) {
    face.end('failed', `not all of it could be put away: ${left}`);
    return failure;
  }
  const gone = 'all of the demo is put away, and nothing of this machine was changed';
  if (exitCode === success) face.end('done', `That was it; ${gone}.`);
  else if (exitCode > 128 && exitCode !== failure) face.end('interrupted', `Interrupted; ${gone}.`);
  else face.end('failed', `It did not go as it should; ${gone}.`);
  return exitCode;
}

interface Interrupt {
  readonly signal: AbortSignal;
  readonly happened: Promise<void>;
  /** After a signal: 128 and its number. */
  exitCode(): number | undefined;
  stop(): void;
}

const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

function listenToSignals(): Interrupt {
  const controller = new AbortController();
  let code: number | undefined;
  const names = Object.keys(signalNumbers) as (keyof typeof signalNumbers)[];
  const take = (name: NodeJS.Signals): void => {
    code ??= 128 + signalNumbers[name as keyof typeof signalNumbers];
    controller.abort();
  };
  for (const name of names) process.on(name, take);
  return {
    signal: controller.signal,
    happened: new Promise((resolve) => {
      controller.signal.addEventListener('abort', () => resolve());
    }),
    exitCode: () => code,
    stop: () => {
      for (const name of names) process.off(name, take);
    },
  };
}

async function untilEnter(face: Face, signal: AbortSignal): Promise<void> {
  const { stdin } = process;
  // Whoever closed it will not press anything.
  if (stdin.readableEnded || signal.aborted) return;
  face.waiting('Enter goes on');
  await new Promise<void>((resolve) => {
    const go = (): void => {
      stdin.off('data', go).off('end', go).pause();
      signal.removeEventListener('abort', go);
      resolve();
    };
    stdin.on('data', go).on('end', go).resume();
    signal.addEventListener('abort', go);
  });
}
