import { DefinitionGenerator } from './config-generated-definitions.ts';
import { JailGenerator } from './config-generated-jails.ts';
import { Typist } from './config-typist.ts';

/**
 * Makes up a configuration directory, its contents by relative path, that uses every construct of the language, most of
 * it valid. The same seed gives the same directory. `logFolder` holds a few `*.log` files that log paths lead to.
 */
export function generateConfiguration(seed: number, logFolder: string): ReadonlyMap<string, string> {
  const tree = new Map<string, string>();
  const typist = new Typist(seed);
  new JailGenerator(typist, logFolder, tree).make();
  new DefinitionGenerator(typist, tree).make();
  return tree;
}
