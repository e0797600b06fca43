import { posix } from 'node:path';
import { StockFiles } from '../../../config/index.ts';
import { type Finding, findingsAbout } from '../finding.ts';
import { type Check, listed, type Subject, usedActions } from '../subject.ts';

const { good, note, warning } = findingsAbout('files');

/** Which files of the administrator take the place of those that belong to the program, and which of these were changed. */
export const checkFiles: Check = (subject) => {
  const { layers, machine } = subject;
  const [ours = '', folder = ''] = [layers[0], layers.at(-1)];
  const digests = machine.read(posix.join(ours, 'stock-digests.json'));
  if (digests === undefined || ours === folder) return [];
  const stock = new StockFiles(digests.toString('utf8'));
  const shadowing = shared(subject, ours, folder);
  const touched = shadowing.filter((name) => {
    const content = machine.read(posix.join(folder, name));
    return content !== undefined && !stock.has(name, content);
  });
  const used = usedNames(subject);
  const important = touched.filter((name) => used.has(name));
  const findings = important.map((name) =>
    warning(`${name} is not as fail2ban or Warder ship it, and takes the place of ours`, {
      file: posix.join(folder, name),
      hint: `put your changes into ${name.replace(/\.conf$/, '.local')} and delete this file, or keep it as it is, on purpose`,
    }),
  );
  const others = touched.filter((name) => !used.has(name));
  if (others.length > 0) findings.push(note(`changed files that no enabled jail uses: ${listed(others)}`));
  const untouched = shadowing.length - touched.length;
  if (untouched > 0)
    findings.push(
      note(`${untouched} files of fail2ban lie untouched in ${folder}; they are used as they are`),
    );
  return [
    ...(touched.length === 0 ? [good('no file of the program was changed')] : []),
    ...findings,
    ...asWritten(subject),
  ];
};

/** Files that both layers have. */
function shared({ machine }: Subject, ours: string, folder: string): readonly string[] {
  return ['.', 'filter.d', 'action.d'].flatMap((part) => {
    const own = new Set(machine.list(posix.join(ours, part)));
    return machine
      .list(posix.join(folder, part))
      .filter((name) => name.endsWith('.conf') && own.has(name))
      .map((name) => posix.join(part, name));
  });
}

function usedNames({ configuration }: Subject): ReadonlySet<string> {
  const names = configuration.jails.flatMap(({ filter, actions }) => [
    ...(filter === undefined || filter.name === ''
      ? []
      : [`filter.d/${filter.name.replace(/\[.*$/s, '').replace(/\.conf$/, '')}.conf`]),
    ...actions.map(({ file }) => `action.d/${file.replace(/\.conf$/, '')}.conf`),
  ]);
  return new Set(['jail.conf', 'fail2ban.conf', 'paths-common.conf', 'paths-debian.conf', ...names]);
}

/** Actions that an engine of ours could serve, and that run their own commands. */
function asWritten(subject: Subject): readonly Finding[] {
  const reasons = new Map<string, string[]>();
  for (const { jail, action } of usedActions(subject)) {
    const { engine, file } = action;
    if (engine === undefined || !('asWritten' in engine)) continue;
    const text = `${file} runs its own commands, one or more for each ban: ${engine.asWritten}`;
    reasons.set(text, [...(reasons.get(text) ?? []), jail]);
  }
  return Array.from(reasons, ([text, jails]) =>
    warning(`${text} (${listed([...new Set(jails)])})`, {
      hint: 'without that the daemon bans in bulk by itself; see docs/engines.md',
    }),
  );
}
