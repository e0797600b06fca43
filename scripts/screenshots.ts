// Makes the pictures of the page in docs/images/ anew, from sample data and in Debian's Chromium:
//
//     node_modules/.bin/node scripts/screenshots.ts [DIR]
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { MemoryLogger, systemClock } from '../src/base/index.ts';
import { EventHub } from '../src/control/index.ts';
import { readToken, WebProcess, webStarter } from '../src/web/index.ts';
import { openBrowser, Tab, type TabOptions, writePage } from '../test/support/browser.ts';
import { hostileText, sampleAnswers, sampleEvents, sampleNowSec } from '../test/support/page-samples.ts';

interface Shot extends TabOptions {
  readonly name: string;
  readonly view: string;
  /** What is done before the picture is taken. */
  readonly prepare?: (page: Page) => Promise<void>;
}

const openWhy = async (page: Page): Promise<void> => {
  await page
    .getByRole('button', { name: /^Why is 203/ })
    .first()
    .click();
  await page.getByRole('heading', { name: 'Log lines' }).first().waitFor();
};

const shots: readonly Shot[] = [
  { name: 'overview-light', view: 'overview', width: 1280, height: 900, theme: 'light' },
  { name: 'overview-dark', view: 'overview', width: 1280, height: 900, theme: 'dark' },
  { name: 'why', view: 'bans', width: 960, height: 760, theme: 'light', prepare: openWhy },
  { name: 'phone', view: 'overview', width: 390, height: 844, theme: 'dark' },
];

/** Without what only a test wants to see. */
const shownAnswers = JSON.parse(
  JSON.stringify(sampleAnswers).replaceAll(JSON.stringify(hostileText).slice(1, -1), 'ubuntu'),
) as typeof sampleAnswers;
const outDir = resolve(process.argv[2] ?? join(import.meta.dirname, '..', 'docs', 'images'));
const folder = mkdtempSync(join(tmpdir(), 'warder-shots-'));
const hub = new EventHub();
const web = new WebProcess({
  settings: { at: { host: '127.0.0.1', port: 0 }, hosts: [], tokenFile: join(folder, 'token') },
  clock: systemClock,
  logger: new MemoryLogger(),
  events: hub,
  answer: async ({ what }) => (what === 'figures' ? undefined : shownAnswers[what]),
  start: webStarter({ WARDER_PAGE: join(folder, 'page') }),
});
try {
  await writePage(join(folder, 'page'));
  await mkdir(outDir, { recursive: true });
  web.start();
  while (web.report().state !== 'listening') await setTimeout(20);
  const browser = await openBrowser();
  for (const shot of shots) await take(browser, shot);
  await browser.close();
} finally {
  web.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function take(browser: Browser, shot: Shot): Promise<void> {
  const origin = web.report().url ?? '';
  const tab = await Tab.open(browser, origin, { ...shot, nowSec: sampleNowSec });
  const { page } = tab;
  await page.goto(`${origin}#token=${readToken(join(folder, 'token'))}`);
  await page.getByText('Live', { exact: true }).first().waitFor();
  while (hub.listenerCount === 0) await setTimeout(20);
  for (const event of sampleEvents) hub.publish(() => event);
  await page.locator('.event').nth(10).waitFor();
  await page.goto(`${origin}#/${shot.view}`);
  await page.locator('.row').nth(2).waitFor();
  await shot.prepare?.(page);
  const path = join(outDir, `${shot.name}.png`);
  await page.screenshot({ path });
  await tab.close();
  const { size } = await stat(path);
  process.stdout.write(
    `${path} ${Math.round(size / 1000)} kB${tab.wrongs.map((wrong) => `\n  ${wrong}`).join('')}\n`,
  );
}
