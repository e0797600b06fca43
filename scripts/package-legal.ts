import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What becomes part of the bundles, in what of the package, and who wrote it. */
interface Bundled {
  readonly name: string;
  readonly license: string;
  readonly usedBy: string;
}

const bundled: readonly Bundled[] = [
  { name: 'ipaddr.js', license: 'MIT', usedBy: 'every program' },
  { name: 'nodemailer', license: 'MIT-0', usedBy: 'courier.js' },
  { name: 'hono', license: 'MIT', usedBy: 'the web page' },
  { name: '@hono/node-server', license: 'MIT', usedBy: 'the web page' },
  { name: 'preact', license: 'MIT', usedBy: 'the web page' },
  { name: 'uplot', license: 'MIT', usedBy: 'the web page' },
];

/**
 * The file `copyright` of the package: Warder's own licence, those of what is bundled with it, and the runtime's with
 * everything that is part of the runtime, all as their authors wrote them.
 */
export function debianCopyright(root: string): string {
  const read = (...path: string[]): string => readFileSync(join(root, ...path), 'utf8');
  const own = read('LICENSE');
  const parts = bundled.map(({ name, license, usedBy }) => {
    const text = read('node_modules', ...name.split('/'), 'LICENSE');
    const what = `Files: /usr/lib/warder/*.js (${name}, part of ${usedBy})`;
    return `${what}\nCopyright: ${copyrightOf(text, name)}\nLicense: ${license}\n${indented(text)}\n`;
  });
  const node = withoutApacheText(read('node_modules', `node-linux-${process.arch}`, 'LICENSE'));
  return [
    'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: warder\n',
    `Files: *\nCopyright: ${copyrightOf(own, 'warder')}\nLicense: MIT\n${indented(own)}\n`,
    ...parts,
    `Files: /usr/lib/warder/node\nCopyright: Node.js contributors, and others as said below\nLicense: Nodejs\n${indented(node)}\n`,
  ].join('\n');
}

/** Debian has the text of this licence on every machine, and wants it named, not repeated. */
function withoutApacheText(text: string): string {
  const whole = /^[ \t]*Apache License\s+Version 2\.0, January 2004[\s\S]*?END OF TERMS AND CONDITIONS$/gm;
  const place = '  Apache License, Version 2.0: see /usr/share/common-licenses/Apache-2.0';
  return text.replace(whole, place);
}

function copyrightOf(text: string, name: string): string {
  const line = /^\s*Copyright (?:\(c\) |© )?(.+)$/im.exec(text)?.[1];
  return line?.trim().replace(/\.$/, '') ?? `the authors of ${name}`;
}

/** As a field of several lines: a blank in front of each, a dot for an empty one. */
function indented(text: string): string {
  const lines = text.replaceAll('\f', '').trimEnd().split('\n');
  return lines.map((line) => (line.trim() === '' ? ' .' : ` ${line.trimEnd()}`)).join('\n');
}

/** The changelog that Debian's tools read; what changed for users is told in NEWS.md. */
export function debianChangelog(version: string, epochSec: number): string {
  const date = new Date(epochSec * 1000).toUTCString().replace('GMT', '+0000');
  return [
    `warder (${version}) unstable; urgency=medium`,
    '',
    '  * What this release brings is told in NEWS.md.',
    '',
    ` -- ${maintainer}  ${date}`,
    '',
  ].join('\n');
}

/** As in packaging/deb/control. */
const maintainer = 'The Warder authors <authors@warder.invalid>';
