import { type Finding, findingsAbout } from '../finding.ts';
import type { Check } from '../subject.ts';

const { note, warning } = findingsAbout('networks');

/** Wider than what one customer usually has. */
const widest = { banprefix4: 24, banprefix6: 48 } as const;

/** Whether jails ban networks so wide that innocent people live in them, or spare nobody at all. */
export const checkNetworks: Check = ({ configuration }) =>
  configuration.jails.flatMap(({ name, options }) => {
    const escalates = Number(options.get('banprefix.escalate')?.value ?? 0) > 0;
    return (['banprefix4', 'banprefix6'] as const).flatMap((option): Finding[] => {
      const found = options.get(option);
      if (typeof found?.value !== 'number') return [];
      const place = found.origin === undefined ? {} : { file: found.origin.file, line: found.origin.line };
      if (found.value < widest[option]) {
        const hint = `${option} = ${widest[option]} or more; write who must never be banned into ignoreip`;
        return [
          warning(`${name} bans whole networks of /${found.value}, in which many innocent people live`, {
            ...place,
            hint,
          }),
        ];
      }
      if (option === 'banprefix4' && found.value < 32 && !escalates) {
        const hint =
          'banprefix.escalate = 5 bans single addresses first, and the network when many of it were banned';
        return [note(`${name} bans networks of /${found.value} for one address`, { ...place, hint })];
      }
      return [];
    });
  });
