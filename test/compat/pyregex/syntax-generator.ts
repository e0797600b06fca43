import { PatternGenerator } from './pattern-generator.ts';
import type { Random } from './random.ts';

/** What patterns are made of, valid or not. */
const pieces = [
  ...'()|?*+.^$[]{}-:=!<>#,\\PiLmsxatu019aFé😀 _\n',
  ...[
    '(?',
    '(?:',
    '(?P<',
    '(?P<a>',
    '(?P=',
    '(?P=a)',
    '(?(',
    '(?(1)',
    '(?(a)',
    '(?#',
    '(?=',
    '(?!',
    '(?<=',
    '(?<!',
  ],
  ...[
    '(?>',
    '(?i)',
    '(?i:',
    '(?-i:',
    '(?i-',
    '(?a)',
    '(?u)',
    '(?x)',
    '(?s-m:',
    '(?-',
    '(?ix',
    '(?t)',
    '(?-a:',
  ],
  ...[
    '*?',
    '*+',
    '+?',
    '++',
    '??',
    '?+',
    '{1}',
    '{,}',
    '{1,',
    '{2,1}',
    '{,3}',
    '{4294967295}',
    '{1,4294967294}',
  ],
  ...['[^', '[]', '[^]', 'a-z', 'z-a', '\\w-a', 'a-\\d', '[a', '[[', '&&', '--', '[a-', '-]'],
  ...['\\1', '\\2', '\\0', '\\01', '\\018', '\\377', '\\400', '\\8', '\\99', '\\123'],
  ...[
    '\\x',
    '\\x4',
    '\\x41',
    '\\u',
    '\\u00e9',
    '\\ud800',
    '\\U',
    '\\U0001f600',
    '\\U00110000',
    '\\N{',
    '\\N',
  ],
  ...[
    '\\A',
    '\\Z',
    '\\b',
    '\\B',
    '\\d',
    '\\W',
    '\\q',
    '\\e',
    '\\\\',
    '\\\n',
    '\\é',
    '\\ ',
    '(a)',
    '(?P<b>x)',
    '(b|c)',
  ],
  ...[
    '( 1)',
    '(+1)',
    '(1_0)',
    '(0)',
    '(-1)',
    '(٣)',
    '<é>',
    '<1>',
    '<a b>',
    '<>',
    "<'>",
    '(?(é)',
    '(?(b)x|y|z)',
  ],
];

/** A pattern that is probably wrong: a soup of pieces, or a right one with a few changes. */
export function brokenPattern(random: Random): string {
  if (random.oneIn(2)) {
    let soup = '';
    for (let count = 1 + random.below(8); count > 0; count -= 1) soup += random.pick(pieces);
    return soup;
  }
  const chars = Array.from(new PatternGenerator(random).case(0).ours);
  for (let count = 1 + random.below(3); count > 0; count -= 1) {
    const at = random.below(chars.length + 1);
    if (random.oneIn(2)) chars.splice(at, 1);
    else chars.splice(at, 0, random.pick(pieces));
  }
  return chars.join('');
}
