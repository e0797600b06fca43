import type { SeededRandom } from '../../test/support/random.ts';
import { guestAddress } from './addresses.ts';
import { triedNames } from './names.ts';
import { attack, type Episode, plain } from './stream.ts';

/** Stands where the time goes: in access logs it is in the middle of a line. */
export const timeMark = '\u0000';

const pages =
  '/ /about /blog/2026/11/some-longer-title /shop/cart /api/v1/items?page=3 /static/app.3f2a91.js /static/site.css /favicon.ico /img/logo.png /search?q=a+b'.split(
    ' ',
  );
const browsers: readonly string[] = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
];

/** Scanners, as an access log in the combined format shows them. */
export function accessAttack(random: SeededRandom, attackers: readonly string[]): Episode {
  const peer = random.pick(attackers);
  return random.times(1, 4, () => attack(request(peer, random, random.pick(scans)(random))));
}

type Scan = (random: SeededRandom) => Request;

interface Request {
  readonly line: string;
  readonly status: number;
  readonly referrer?: string;
  readonly agent?: string;
}

const get = (path: string): string => `GET ${path} HTTP/1.1`;

const scans: readonly Scan[] = [
  (random) => ({
    line: get(`/${random.pick(['phpmyadmin', 'pma', 'myadmin'])}/scripts/setup.php`),
    status: 404,
  }),
  (random) => ({
    line: get(`/${random.pick(['cgi-bin/test.cgi', 'wp-login.php', 'roundcube/'])}`),
    status: 404,
    agent: 'zgrab/0.x',
  }),
  () => ({ line: '\\x16\\x03\\x01\\x02\\x00\\x01\\x00\\x01\\xFC\\x03\\x03', status: 400, agent: '-' }),
  () => ({ line: '', status: 400, agent: '-' }),
  () => ({ line: get('/'), status: 200, agent: 'EmailCollector' }),
  (random) => ({ line: get(`/index.php?page=http://203.0.113.${random.integer(1, 9)}/x.txt`), status: 404 }),
  () => ({ line: 'POST /xmlrpc.php HTTP/1.1', status: 405 }),
  () => ({ line: get('/.env'), status: 403 }),
  () => ({ line: get('/.git/config'), status: 404 }),
  () => ({
    line: get('/'),
    status: 200,
    agent: 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  }),
];

/** People who read pages, and what their browsers fetch with them. */
export function accessRoutine(random: SeededRandom): Episode {
  const peer = guestAddress(random);
  const agent = random.pick(browsers);
  return random.times(3, 12, () => {
    const status = random.pick([200, 200, 200, 200, 304, 301, 404]);
    const referrer = random.chance(0.5) ? 'https://www.example.org/' : '-';
    return plain(request(peer, random, { line: get(random.pick(pages)), status, referrer, agent }));
  });
}

function request(peer: string, random: SeededRandom, { line, status, referrer, agent }: Request): string {
  const size = status === 304 ? 0 : random.integer(150, 60_000);
  return `${peer} - - [${timeMark}] "${line}" ${status} ${size} "${referrer ?? '-'}" "${agent ?? random.pick(browsers)}"`;
}

/** What nginx writes into its error log about attackers. */
export function errorAttack(random: SeededRandom, attackers: readonly string[]): Episode {
  const peer = random.pick(attackers);
  const end = `client: ${peer}, server: www.example.org, request: "${get('/admin/')}", host: "www.example.org"`;
  return random.times(1, 4, () => {
    const user = random.pick(triedNames);
    const says = random.pick([
      `user "${user}" was not found in "/etc/nginx/htpasswd", ${end}`,
      `user "${user}": password mismatch, ${end}`,
      `limiting requests, excess: ${random.integer(1, 20)}.${random.integer(100, 999)} by zone "one", ${end}`,
    ]);
    return attack(worker(random, 'error', says));
  });
}

/** What it writes of itself and its guests. */
export function errorRoutine(random: SeededRandom): Episode {
  const peer = guestAddress(random);
  const end = `client: ${peer}, server: www.example.org, request: "${get(random.pick(pages))}", host: "www.example.org"`;
  const says = random.pick([
    `open() "/var/www/html/favicon.ico" failed (2: No such file or directory), ${end}`,
    `upstream timed out (110: Connection timed out) while reading response header from upstream, ${end}, upstream: "http://127.0.0.1:8080/"`,
    `connect() failed (111: Connection refused) while connecting to upstream, ${end}, upstream: "http://127.0.0.1:8080/"`,
  ]);
  if (random.chance(0.1)) return [plain(worker(random, 'notice', 'signal process started'))];
  const buffered = `an upstream response is buffered to a temporary file /var/lib/nginx/proxy/1/02/0000000021 while reading upstream, ${end}`;
  return [plain(worker(random, 'error', says)), plain(worker(random, 'warn', buffered))];
}

function worker(random: SeededRandom, level: string, text: string): string {
  const pid = random.integer(900, 904);
  return `${timeMark} [${level}] ${pid}#${pid}: *${random.integer(1, 9_999_999)} ${text}`;
}
