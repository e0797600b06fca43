import { SeededRandom } from '../../support/random.ts';
import { command, dateless, fail, type JailText, type Scenario, type Step } from './scenario.ts';

/** Steps lie this far apart, so that many scenarios share their moments. */
const gridSec = 40;

/** None of these, doubled as often as one likes, ends a ban at a moment in which somebody looks. */
const banTimes = ['61', '127', '367', '607'];

/** Scenarios without a plan: the same seed gives the same ones. */
export function randomScenarios(seed: number, count: number): Scenario[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, (_, index) => randomScenario(random, `random-${seed}-${index}`));
}

function randomScenario(random: SeededRandom, name: string): Scenario {
  const steps: Step[] = [];
  const rate = random.pick([0.2, 0.4, 0.8]);
  const options = randomOptions(random);
  // Where bans get longer an unban is told differently, see `incr-unban-while-counted`.
  const unbans = options['bantime.increment'] === undefined;
  for (let atSec = 0; atSec <= 1800; atSec += gridSec) {
    for (let ip = 1; ip <= 2; ip += 1) {
      if (random.chance(rate)) steps.push(randomStep(random, name, atSec, `192.0.2.${ip}`, unbans));
    }
  }
  return { name, jails: { [name]: options }, steps };
}

function randomStep(random: SeededRandom, name: string, atSec: number, ip: string, unbans: boolean): Step {
  const kind = random.next();
  if (kind < 0.02 && unbans) return command(atSec, 'set', name, 'unbanip', ip);
  if (kind < 0.04) return command(atSec, 'set', name, 'banip', ip);
  if (kind < 0.06) return command(atSec, 'set', name, 'attempt', ip, 'by', 'hand');
  if (kind < 0.12) return dateless(atSec, ip);
  return fail(atSec, ip, random.pick([0, 0, 3, 17, 33, 59, 95]));
}

function randomOptions(random: SeededRandom): JailText {
  const plain = {
    maxretry: String(random.integer(1, 6)),
    findtime: random.pick(['90', '240', '600', '3600']),
    bantime: random.pick(banTimes),
  };
  if (random.chance(0.35)) return plain;
  return {
    ...plain,
    'bantime.increment': 'true',
    ...random.pick<JailText>([
      {},
      { 'bantime.multipliers': random.pick(['1', '1 2 4', '1 3 9 27']) },
      { 'bantime.maxtime': '1607' },
      { 'bantime.factor': '2' },
      { 'bantime.formula': 'ban.Time * ban.Count if ban.Count < 4 else ban.Time * 8' },
    ]),
  };
}
