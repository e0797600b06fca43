import { describeError, pythonStr, WarderError } from '../../../base/index.ts';
import { isScriptFile, readTrustedSource } from '../../../enforce/index.ts';
import { type Finding, findingsAbout } from '../finding.ts';
import type { Check } from '../subject.ts';

const { good, problem } = findingsAbout('script actions');

/** Whether actions in JavaScript can be trusted: nobody but root may have written them. */
export const checkScripts: Check = ({ configuration }) =>
  configuration.jails.flatMap(({ name, commands }) =>
    commands.flatMap(({ args }): Finding[] => {
      if (args[2] !== 'addaction') return [];
      const file = args[4] === undefined ? undefined : pythonStr(args[4]);
      if (!isScriptFile(file)) return [];
      try {
        readTrustedSource(file, name);
        return [good(`nobody but root can write ${file} (${name})`)];
      } catch (error) {
        const hint = error instanceof WarderError && error.hint !== undefined ? { hint: error.hint } : {};
        return [problem(describeError(error), { file, ...hint })];
      }
    }),
  );
