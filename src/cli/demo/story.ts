import { setTimeout as delay } from 'node:timers/promises';
import { WarderError } from '../../base/index.ts';
import type { ControlEvent } from '../../control/index.ts';
import type { Face } from './face.ts';
import type { News } from './news.ts';
import type { Visit } from './protocol.ts';
import type { TarpitFigures } from './server.ts';
import { addresses, type NetworkStage, type Stage, type Visitor } from './stage.ts';

export interface StoryParts {
  readonly stage: Stage;
  readonly face: Face;
  readonly news: News;
  readonly signal: AbortSignal;
  readonly maxRetry: number;
  readonly banTimeSec: number;
  /** Between two things, so that eyes can follow. */
  readonly beatMs: number;
  /** How long the tarpit is shown at work. */
  readonly holdSec: number;
  /** Before each scene: returns at once, or when the person wishes to go on. */
  goOn(): Promise<void>;
  unban(address: string): Promise<void>;
  tarpit(): Promise<TarpitFigures>;
}

const { attacker } = addresses;
/** For whatever a busy machine may take long for. */
const limitMs = 20_000;
const visitMs = 3000;

/** The story from the first wrong password to the last unban. Throws `DEMO_STEP` when something does not go as it should. */
export async function tellStory(parts: StoryParts): Promise<void> {
  const { stage } = parts;
  await scene(parts, 'An attacker guesses passwords, and is banned');
  const firstBan = await attackUntilBanned(parts, 'sshd');
  if (stage.network !== undefined) await showBlocked(parts, stage.network);
  await scene(parts, 'The ban ends by itself');
  await waitForUnban(parts, firstBan);
  if (stage.network !== undefined) await mustGreet(parts, stage.network, 'attacker');
  await scene(parts, 'The attacker comes back, and now it is for long');
  await attackUntilBanned(parts, 'recidive');
  if (stage.network !== undefined) await showTarpit(parts, stage.network);
  await scene(parts, 'The administrator pardons');
  await pardon(parts);
  if (stage.network !== undefined) await mustGreet(parts, stage.network, 'attacker');
}

async function scene(parts: StoryParts, title: string): Promise<void> {
  await parts.goOn();
  parts.signal.throwIfAborted();
  parts.face.scene(title);
}

/** Attempts until the jail has banned; returns the number of the event. Failures and bans are shown as the daemon tells them. */
async function attackUntilBanned(
  { stage, face, news, signal, ...parts }: StoryParts,
  jail: string,
): Promise<number> {
  const from = news.count;
  const isBan = (event: ControlEvent): boolean => event.type === 'ban' && event.jail === jail;
  // A failure may take its time from the log to the daemon; some more attempts do no harm.
  for (let attempt = 1; attempt <= parts.maxRetry + 2; attempt += 1) {
    signal.throwIfAborted();
    const login = await stage.attack();
    if (stage.network !== undefined && login !== 'password refused') {
      face.say('attacker', `tries another password: ${words[login]}`, { outcome: login });
      break;
    }
    if (stage.network !== undefined) face.say('attacker', 'tries a password: refused', { outcome: login });
    if (attempt >= parts.maxRetry) {
      const ban = await news.until('a ban', isBan, { from, limitMs: 2000, signal }).catch(() => undefined);
      if (ban !== undefined) break;
    }
    await delay(parts.beatMs, undefined, { signal });
  }
  await news.until(`a ban by ${jail}`, isBan, { from, limitMs, signal });
  return from;
}

/** What the ban does: seen in the firewall, by the attacker, and by somebody else. */
async function showBlocked(parts: StoryParts, network: NetworkStage): Promise<void> {
  const { face } = parts;
  const blocked = await visitUntil(parts, network, 'attacker', (outcome) => outcome !== 'greeted');
  await showFirewall(face, network);
  if (blocked === 'greeted') {
    throw new WarderError('DEMO_STEP', 'the attacker gets through although it is banned');
  }
  face.say('attacker', `connects: ${words[blocked]}`, { outcome: blocked });
  await mustGreet(parts, network, 'bystander');
}

async function showFirewall(face: Face, network: NetworkStage): Promise<void> {
  const { command, lines } = await network.firewall();
  face.say('firewall', `$ ${command} | grep ${attacker}`, { command, lines });
  for (const line of lines) face.say('firewall', line.length > 120 ? `${line.slice(0, 119)}…` : line);
}

async function waitForUnban({ face, news, signal, banTimeSec }: StoryParts, from: number): Promise<void> {
  const startedMs = performance.now();
  const timer = setInterval(() => {
    const leftSec = Math.ceil(banTimeSec - (performance.now() - startedMs) / 1000);
    face.waiting(leftSec > 0 ? `the ban ends in ${leftSec} s` : 'the ban ends');
  }, 250);
  try {
    const isEnd = (event: ControlEvent): boolean => event.type === 'unban' && event.jail === 'sshd';
    await news.until('the end of the ban', isEnd, { from, limitMs: banTimeSec * 1000 + limitMs, signal });
  } finally {
    clearInterval(timer);
  }
}

/** The attacker's tool sees open connections, one after the other, and gets nowhere. */
async function showTarpit(parts: StoryParts, network: NetworkStage): Promise<void> {
  const { face, signal } = parts;
  const { problems, means } = await parts.tarpit();
  const first = await visitUntil(parts, network, 'attacker', (outcome) => outcome === 'held', true);
  face.say('attacker', `connects: ${words[first]}`, { outcome: first });
  if (first !== 'held') {
    const why = problems.length > 0 ? problems.join('; ') : `means: ${means}`;
    face.say('tarpit', `holds nobody on this machine (${why}); the ban itself blocks`, { held: 0 });
    await mustGreet(parts, network, 'bystander');
    return;
  }
  await Promise.all([1, 2, 3].map(() => network.cling(1000)));
  for (let second = 0; second < parts.holdSec; second += 1) {
    signal.throwIfAborted();
    const figures = await parts.tarpit();
    face.say('tarpit', describeTarpit(figures), { ...figures });
    await delay(1000, undefined, { signal });
  }
  const open = await network.holding();
  face.say('attacker', `has ${open} connections open, and no greeting on any of them`, { held: open });
  await mustGreet(parts, network, 'bystander');
  network.release();
}

function describeTarpit({ means, held, wastedSec, accepted }: TarpitFigures): string {
  if (means === 'kernel') return 'the kernel holds the connections (xt_TARPIT), and tells no figures';
  return `holds ${held} connections of ${accepted}; ${wastedSec.toFixed(1)} s of the attacker's time wasted`;
}

async function pardon({ face, news, signal, ...parts }: StoryParts): Promise<void> {
  const from = news.count;
  face.say('warder', `$ warder unban ${attacker}`);
  await parts.unban(attacker);
  const isEnd = (event: ControlEvent): boolean => event.type === 'unban' && event.jail === 'recidive';
  await news.until('the unban', isEnd, { from, limitMs, signal });
}

/** It must find its way free, at once or after a moment. */
async function mustGreet(parts: StoryParts, network: NetworkStage, who: Visitor): Promise<void> {
  const outcome = await visitUntil(parts, network, who, (each) => each === 'greeted');
  if (outcome !== 'greeted') {
    throw new WarderError('DEMO_STEP', `the ${who} should get through, and does not: ${words[outcome]}`);
  }
  parts.face.say(who, `connects: ${words[outcome]}`, { outcome });
}

/** Visits until it ends as it should; returns the last outcome when it does not in time. */
async function visitUntil(
  { signal }: StoryParts,
  network: NetworkStage,
  who: Visitor,
  isIt: (outcome: Visit) => boolean,
  keeps = false,
): Promise<Visit> {
  const endMs = performance.now() + limitMs / 2;
  for (;;) {
    signal.throwIfAborted();
    const outcome = keeps ? await network.cling(visitMs / 2) : await network.visit(who, visitMs);
    if (isIt(outcome) || performance.now() > endMs) return outcome;
    await delay(100, undefined, { signal });
  }
}

const words: Readonly<Record<Visit, string>> = {
  greeted: 'the service greets, the way is free',
  'password refused': 'the password is refused',
  refused: 'refused by the firewall',
  'no answer': 'no answer, blocked',
  held: 'connected, and no greeting comes: held',
  'cut off': 'cut off',
};
