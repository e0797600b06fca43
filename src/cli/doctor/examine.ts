import { describeError } from '../../base/index.ts';
import { checks } from './checks/index.ts';
import { type Finding, findingsAbout } from './finding.ts';
import type { Subject } from './subject.ts';

/** Does all checks; one that fails is a warning and stops no other. `onCheck` is told of each before it begins. */
export async function examineMachine(
  subject: Subject,
  onCheck: (name: string) => void = () => undefined,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const [name, check] of Object.entries(checks)) {
    onCheck(name);
    try {
      findings.push(...(await check(subject)));
    } catch (error) {
      findings.push(findingsAbout(name).warning(`this could not be looked at: ${describeError(error)}`));
    }
  }
  return findings;
}
