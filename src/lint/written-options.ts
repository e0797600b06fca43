import {
  actionOptions,
  type ConfigSurvey,
  filterOptions,
  jailDefaults,
  jailOptions,
  laterJailOptions,
  serverOptions,
  threadOptions,
  type WrittenFile,
  type WrittenOption,
} from '../config/index.ts';
import { References } from './references.ts';
import { nearest } from './spelling.ts';
import type { Finding } from './types.ts';

type Kind = 'jail' | 'fail2ban' | 'filter' | 'action';

/** A resource with everything that its files refer to. */
export interface Resource {
  readonly kind: Kind;
  /** As `ConfigSurvey.filesOf` takes it. */
  readonly name: string;
  readonly files: readonly WrittenFile[];
  readonly references: References;
  /** A program gets all options of an action as they are, so that nothing tells which it reads. */
  readonly isOpen: boolean;
}

/** The program of ours that does what the options of its action say. */
const openCommand = /\bwarder-notify\b/;
/** Read by the daemon when an action runs, not when it is configured. */
const propertiesOfActions = ['actname', 'actionlist', 'bantime', 'engine', 'name', 'timeout'];
const includeOptions = ['before', 'after'];

const namesOf = (specs: readonly { readonly name: string }[]): string[] => specs.map(({ name }) => name);

const knownOptions: Readonly<Record<Kind, ReadonlySet<string>>> = {
  jail: new Set([...namesOf([...jailOptions, ...laterJailOptions]), ...jailDefaults.keys()]),
  fail2ban: new Set(namesOf([...serverOptions, ...threadOptions])),
  filter: new Set([...namesOf(filterOptions), 'logtype']),
  action: new Set([...namesOf(actionOptions), ...propertiesOfActions]),
};

const knownSections: Readonly<Record<Kind, readonly string[]>> = {
  jail: ['DEFAULT', 'INCLUDES'],
  fail2ban: ['DEFAULT', 'INCLUDES', 'Definition', 'Thread'],
  filter: ['DEFAULT', 'INCLUDES', 'Definition', 'Init'],
  action: ['DEFAULT', 'INCLUDES', 'Definition', 'Init'],
};

/** All resources of a configuration. */
export function readResources(survey: ConfigSurvey): Resource[] {
  const resource = (kind: Kind, name: string): Resource => {
    const files = survey.filesOf(name);
    const references = new References();
    const texts = files.flatMap(({ options }) => options.map(({ text }) => text));
    for (const text of texts) references.add(text);
    const isOpen = kind === 'action' && texts.some((text) => openCommand.test(text));
    return { kind, name, files, references, isOpen };
  };
  return [
    resource('fail2ban', 'fail2ban'),
    resource('jail', 'jail'),
    ...survey.names('filter.d').map((name) => resource('filter', `filter.d/${name}`)),
    ...survey.names('action.d').map((name) => resource('action', `action.d/${name}`)),
  ];
}

/** Options and sections that nobody reads: misspelt ones, with what was probably meant, and others. */
export function checkWrittenOptions(resources: readonly Resource[]): Finding[] {
  const users = new Map<WrittenFile, Resource[]>();
  for (const resource of resources) {
    for (const file of new Set(resource.files)) users.set(file, [...(users.get(file) ?? []), resource]);
  }
  return [...users].flatMap(([file, readers]) => [
    ...file.sections.flatMap((section) => checkSection(section, file, readers)),
    ...file.options.flatMap((option) => checkOption(option, readers)),
  ]);
}

function checkSection(section: string, file: WrittenFile, readers: readonly Resource[]): Finding[] {
  if (isReadSection(section, readers)) return [];
  const meant = meantSection(section, readers);
  // Any other section of jail.conf is a jail.
  if (meant === undefined && readers.some(({ kind }) => kind === 'jail')) return [];
  const line = file.options.find((option) => option.section === section)?.line;
  const place = { file: file.path, ...(line === undefined ? {} : { line }) };
  const message = `nobody reads the section [${section}]`;
  const hint = meant === undefined ? undefined : `did you mean [${meant}]?`;
  return [{ code: 'LINT_MISSPELT_SECTION', severity: 'warning', message, ...place, ...(hint && { hint }) }];
}

function isReadSection(section: string, readers: readonly Resource[]): boolean {
  return readers.some(
    ({ kind, references }) => knownSections[kind].includes(section) || references.hasSection(section),
  );
}

function meantSection(section: string, readers: readonly Resource[]): string | undefined {
  const known = new Set(readers.flatMap(({ kind }) => knownSections[kind]));
  const sameLetters = [...known].find((name) => name.toLowerCase() === section.toLowerCase());
  return sameLetters ?? nearest(section, known);
}

function checkOption(option: WrittenOption, readers: readonly Resource[]): Finding[] {
  const { name, section, file, line } = option;
  if (section === 'INCLUDES') {
    if (includeOptions.includes(name)) return [];
  } else if (readers.some(({ kind, references }) => knownOptions[kind].has(name) || references.has(name))) {
    return [];
  } else if (
    readers.some(({ isOpen }) => isOpen) ||
    checkSection(section, { path: file, sections: [section], options: [option] }, readers).length > 0
  ) {
    // The section is reported, with all that is in it.
    return [];
  }
  const meant = meantOption(name, section, readers);
  const message = `nobody reads the option ${name} in [${section}]`;
  const place = { file, line, option: name } as const;
  if (meant === undefined) {
    // [DEFAULT] is where names are offered to whoever wants to use them.
    const severity = section === 'DEFAULT' ? 'info' : 'warning';
    return [{ code: 'LINT_UNREAD_OPTION', severity, message, ...place }];
  }
  return [
    { code: 'LINT_MISSPELT_OPTION', severity: 'warning', message, hint: `did you mean ${meant}?`, ...place },
  ];
}

function meantOption(name: string, section: string, readers: readonly Resource[]): string | undefined {
  if (section === 'INCLUDES') return nearest(name, includeOptions);
  const known = readers.flatMap(({ kind }) => [...knownOptions[kind]]);
  const referred = readers.flatMap(({ references }) => [...references.names]);
  // Somebody's own names are often made of each other, such as action_ and action_mw.
  const isOther = (other: string): boolean => !name.startsWith(other) && !other.startsWith(name);
  return nearest(name, known) ?? nearest(name, referred.filter(isOther));
}

/** The options that a file of this kind may have, with those that its texts refer to and those that it defines. */
export function readableNames(resource: Resource): Set<string> {
  const written = resource.files.flatMap(({ options }) => options.map(({ name }) => name));
  return new Set([...knownOptions[resource.kind], ...resource.references.names, ...written]);
}
