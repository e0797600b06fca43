import type { SeededRandom } from '../../test/support/random.ts';

/** A line without its time. `counts` says that the rules of the log's filters take it for a failure. */
export interface Message {
  readonly text: string;
  readonly counts: boolean;
}

/** What somebody does, as the lines it leaves in the log, in order. */
export type Episode = readonly Message[];

export interface Mixture {
  /** The part of all lines that count. */
  readonly attackPart: number;
  attack(random: SeededRandom): Episode;
  benign(random: SeededRandom): Episode;
}

/** Episodes that are told at the same time. */
const interleaved = 6;

/** Lines without end. The part of those that count is held close to the wanted one all the way, so that each slice has it too. */
export function* messages(mixture: Mixture, random: SeededRandom): Generator<string> {
  const open: { episode: Episode; next: number }[] = [];
  let begun = 0;
  let counting = 0;
  for (;;) {
    while (open.length < interleaved) {
      const isAttack = counting < mixture.attackPart * begun;
      const episode = isAttack ? mixture.attack(random) : mixture.benign(random);
      begun += episode.length;
      counting += episode.filter(({ counts }) => counts).length;
      open.push({ episode, next: 0 });
    }
    const index = random.integer(0, open.length - 1);
    const told = open[index]!;
    yield told.episode[told.next]!.text;
    told.next += 1;
    if (told.next === told.episode.length) open.splice(index, 1);
  }
}

/** A line that counts. */
export function attack(text: string): Message {
  return { text, counts: true };
}

/** A line that does not. */
export function plain(text: string): Message {
  return { text, counts: false };
}
