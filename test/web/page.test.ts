import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { WarderError } from '../../src/base/index.ts';
import { browserPath, builtPage, openBrowser, Tab, type TabOptions } from '../support/browser.ts';
import { hostileText, sampleAnswers, sampleEvents, sampleNowSec } from '../support/page-samples.ts';
import { requireThat } from '../support/tools.ts';
import { WebBench } from '../support/web-bench.ts';

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const views = ['overview', 'bans', 'history', 'rules', 'events', 'tarpit'];
const shared: { browser?: Promise<Browser>; folder?: Promise<string> } = {};

after(async () => {
  await (await shared.browser)?.close();
  if (shared.folder !== undefined) rmSync(await shared.folder, { recursive: true, force: true });
});

/** One browser for the whole file. */
function browser(): Promise<Browser> {
  shared.browser ??= openBrowser();
  return shared.browser;
}

/** The page, built once. */
function pageFolder(): Promise<string> {
  shared.folder ??= builtPage();
  return shared.folder;
}

function requireBrowser(context: TestContext): boolean {
  return requireThat(context, existsSync(browserPath), 'MISSING TOOL: chromium is not installed');
}

/** A page with sample answers. */
async function samplePage(context: TestContext): Promise<WebBench> {
  const bench = new WebBench(context, {}, { WARDER_PAGE: await pageFolder() });
  bench.answers = { ...sampleAnswers };
  return bench.start();
}

/** A tab that has it open. */
async function openTab(context: TestContext, bench: WebBench, options: TabOptions): Promise<Tab> {
  const tab = await Tab.open(await browser(), bench.origin, { nowSec: sampleNowSec, ...options });
  context.after(() => tab.close());
  await tab.page.goto(`${bench.origin}#token=${bench.token}`);
  await tab.page.locator('.pill.live').waitFor();
  await bench.until(() => bench.events.listenerCount > 0);
  return tab;
}

async function openSample(context: TestContext, options: TabOptions): Promise<{ bench: WebBench; tab: Tab }> {
  const bench = await samplePage(context);
  return { bench, tab: await openTab(context, bench, options) };
}

/** No violation, and nothing beyond the right edge. In the second theme only what depends on colours is looked at. */
async function axe(page: Page, where: string, theme: 'light' | 'dark'): Promise<void> {
  const rules = theme === 'light' ? '' : `runOnly: ['color-contrast', 'link-in-text-block'],`;
  const { found, passed } = (await page.evaluate(
    `axe.run(document, { ${rules} }).then(({ violations, passes }) => ({
      found: violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).slice(0, 3).join(' | ')),
      passed: passes.length,
    }))`,
  )) as { found: string[]; passed: number };
  assert.deepEqual(found, [], where);
  assert.ok(passed >= (theme === 'light' ? 12 : 1), `${where}: ${passed} rules were looked at`);
  const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
  assert.ok(Number(overflow) <= 0, `${where} is ${overflow} pixels too wide`);
}

test('every view fits three widths in both themes, for everybody and without a request to elsewhere', async (context) => {
  if (!requireBrowser(context)) return;
  const folder = mkdtempSync(join(tmpdir(), 'warder-screenshots-'));
  context.diagnostic(`screenshots in ${folder}`);
  const bench = await samplePage(context);
  // Few rows, which axe looks at one by one, of several pages.
  bench.answers.bans = { ...sampleAnswers.bans, total: 120, bans: sampleAnswers.bans.bans.slice(0, 10) };
  for (const width of [360, 768, 1440]) {
    const themes = ['light', 'dark'] as const;
    const tabs = await Promise.all(themes.map((theme) => openTab(context, bench, { width, theme })));
    for (const event of sampleEvents) bench.events.publish(() => event);
    await Promise.all(themes.map((theme, index) => walk(tabs[index]!, theme, `${width}-${theme}`, folder)));
  }
});

/** Goes through all views, and looks at each. */
async function walk(
  { page, wrongs }: Tab,
  theme: 'light' | 'dark',
  name: string,
  folder: string,
): Promise<void> {
  // By the protocol of the browser, which the policy of the page does not concern.
  await page.evaluate(readFileSync(axePath, 'utf8'));
  for (const view of views) {
    await page.evaluate(`location.hash = '#/${view}'`);
    await page.getByRole('heading', { level: 1, name: new RegExp(view, 'i') }).waitFor();
    await page.locator('.row, .event').nth(3).waitFor();
    await axe(page, `${view} ${name}`, theme);
    await page.screenshot({ path: join(folder, `${view}-${name}.png`) });
  }
  await page.evaluate(`location.hash = '#/bans'`);
  await page.getByRole('button', { name: /^Why is 203.0.113.7 / }).click();
  await page.getByRole('heading', { name: 'Log lines' }).first().waitFor();
  await axe(page, `why ${name}`, theme);
  await page.screenshot({ path: join(folder, `why-${name}.png`) });
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByLabel('Token').waitFor();
  await axe(page, `login ${name}`, theme);
  assert.deepEqual(wrongs, []);
}

test('what an attacker wrote is text, wherever it stands', async (context) => {
  if (!requireBrowser(context)) return;
  const { bench, tab } = await openSample(context, { width: 1440 });
  const { page } = tab;
  const [first] = sampleAnswers.overview.jails;
  const ban = { ...sampleAnswers.bans.bans[0]!, id: hostileText, jail: hostileText };
  bench.answers.overview = {
    ...sampleAnswers.overview,
    host: hostileText,
    jails: [{ ...first, name: hostileText, problems: [hostileText] }],
  };
  bench.answers.bans = { total: 1, offset: 0, bans: [ban] };
  const event = { jail: hostileText, timeSec: sampleNowSec, id: hostileText, matches: [hostileText] };
  bench.events.publish(() => ({ ...event, type: 'found', failures: 1 }));
  bench.events.publish(() => ({
    ...event,
    type: 'error',
    action: hostileText,
    step: 'ban',
    message: hostileText,
  }));
  for (const view of views) {
    await page.evaluate(`location.hash = '#/${view}'`);
    await page.getByRole('heading', { level: 1, name: new RegExp(view, 'i') }).waitFor();
  }
  await page.evaluate(`location.hash = '#/events'`);
  await page.locator('.event-line', { hasText: hostileText }).first().waitFor();
  await page.evaluate(`location.hash = '#/bans'`);
  await page.getByRole('button', { name: 'Why' }).first().click();
  await page.locator('.log-lines', { hasText: hostileText }).waitFor();
  assert.equal(await page.locator('img, script:not([src])').count(), 0);
  assert.match(await page.title(), /Warder$/);
  assert.deepEqual(tab.wrongs, []);
});

test('the token opens the page, stays in its tab, and is in no address', async (context) => {
  if (!requireBrowser(context)) return;
  const { bench, tab } = await openSample(context, { width: 768 });
  const { page } = tab;
  assert.equal(new URL(page.url()).hash, '');
  await page.reload();
  await page.locator('.pill.live').waitFor();
  await page.getByRole('button', { name: 'Log out' }).click();
  assert.equal(await page.evaluate('sessionStorage.length'), 0);
  await page.getByLabel('Token').fill('wrong-wrong-wrong-wrong-wrong');
  await page.keyboard.press('Enter');
  await page.getByText('This token does not open the page.').waitFor();
  await page.getByLabel('Token').fill(bench.token);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await page.evaluate(`location.hash = '#token=' + encodeURIComponent('wrong%wrong"wrong#wrong')`);
  await page.getByText('This token does not open the page').waitFor();
  assert.equal(new URL(page.url()).hash, '');
  // The browser itself tells of the refused answer.
  assert.deepEqual(
    tab.wrongs.filter((wrong) => !wrong.includes('status of 401')),
    [],
  );
});

test('a daemon that does not answer and a process that is gone are told, and both come back', async (context) => {
  if (!requireBrowser(context)) return;
  const { bench, tab } = await openSample(context, { width: 768 });
  const { page } = tab;
  bench.answers.bans = new WarderError('WEB_NO_ANSWER', 'x');
  await page.getByRole('link', { name: 'Bans' }).click();
  await page.getByText('The daemon does not answer.').waitFor();
  bench.answers.bans = sampleAnswers.bans;
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('42 bans in force').waitFor();
  bench.kill();
  await page.getByText('Connection lost').waitFor();
  // It listens at another port now, as no daemon does: the port is in the configuration there.
  await bench.until(() => bench.starts === 2);
});

test('the theme follows the system, and a switch goes before it', async (context) => {
  if (!requireBrowser(context)) return;
  const { tab } = await openSample(context, { width: 768, theme: 'dark' });
  const { page } = tab;
  const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
  const dark = await ground();
  await page.getByRole('button', { name: 'Theme: system' }).click();
  const light = await ground();
  assert.notEqual(light, dark);
  await page.reload();
  await page.getByRole('button', { name: 'Theme: light' }).click();
  assert.equal(await ground(), dark);
});
