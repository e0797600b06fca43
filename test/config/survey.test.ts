import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigSurvey } from '../../src/config/index.ts';
import { memoryFiles } from './memory-files.ts';

const files = {
  '/low/filter.d/common.conf': '[DEFAULT]\n_pre = app\n',
  '/low/filter.d/f.conf': [
    '[INCLUDES]',
    'before = common.conf',
    '[Definition]',
    'prefregex = ^%(_pre)s: <F-CONTENT>.+</F-CONTENT>$',
    'failregex = ^one <HOST>$',
    '            %(more)s',
    '            ^<kind> <HOST>$',
    '            <rules-<mode>>',
    'more = ^two <HOST>$',
    '# between',
    '',
    '       ^three <HOST>$',
    'rules-soft = ^four <HOST>$',
    'rules-hard = %(rules-soft)s',
    '             ^five <HOST>$',
    'ignoreregex = ^good',
    '[Init]',
    'mode = soft',
    'kind = kind',
  ].join('\n'),
  '/high/filter.d/f.local': '[Definition]\nfailregex = %(known/failregex)s\n            ^six <HOST>$\n',
  '/high/filter.d/own.conf': '[Definition]\nfailregex = ^own <HOST>$\n[Init?family=inet6]\nx?y = 1\n',
  '/high/filter.d/.hidden.conf': '[Definition]\n',
};
const survey = new ConfigSurvey(['/low', '/high'], memoryFiles(files));

test('all filters of all layers are there by name', () => {
  assert.deepEqual(survey.names('filter.d'), ['common', 'f', 'own']);
  assert.deepEqual(survey.names('action.d'), []);
});

test('each rule is told with the line it is written in, whatever it was made of', () => {
  const placesOf = (text: string): string[] =>
    survey.filter(text).rules.map((rule) => {
      return `${rule.kind} ${rule.text} ${rule.origin?.file}:${rule.origin?.line} ${rule.option}`;
    });
  const file = '/low/filter.d/f.conf';
  const common = [
    `prefregex ^app: <F-CONTENT>.+</F-CONTENT>$ ${file}:4 prefregex`,
    `failregex ^one <HOST>$ ${file}:5 failregex`,
    `failregex ^two <HOST>$ ${file}:9 more`,
    `failregex ^three <HOST>$ ${file}:12 more`,
    `failregex ^kind <HOST>$ ${file}:7 failregex`,
    `failregex ^four <HOST>$ ${file}:13 rules-soft`,
  ];
  const last = [
    'failregex ^six <HOST>$ /high/filter.d/f.local:3 failregex',
    `ignoreregex ^good ${file}:16 ignoreregex`,
  ];
  assert.deepEqual(placesOf('f'), [...common, ...last]);
  const five = `failregex ^five <HOST>$ ${file}:15 rules-hard`;
  assert.deepEqual(placesOf('f[mode=hard]'), [...common, five, ...last]);
});

test('the options of a file are told as they are written, conditions left out', () => {
  const [own] = survey.filesOf('filter.d/own');
  assert.deepEqual(own?.sections, ['Definition', 'Init']);
  assert.deepEqual(
    own?.options.map(({ section, name, text, line }) => [section, name, text, line]),
    [
      ['Definition', 'failregex', '^own <HOST>$', 2],
      ['Init', 'x', '1', 4],
    ],
  );
  assert.deepEqual(
    survey.filesOf('filter.d/f').map(({ path }) => path),
    ['/low/filter.d/common.conf', '/low/filter.d/f.conf', '/high/filter.d/f.local'],
  );
});
