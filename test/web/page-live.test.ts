import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { ManualClock } from '../../src/base/index.ts';
import { readToken, webStarter } from '../../src/web/index.ts';
import { browserPath, builtPage, openBrowser, Tab } from '../support/browser.ts';
import { TestDaemon, TestHome } from '../support/daemon.ts';
import { requireThat } from '../support/tools.ts';

/** A daemon with its page, and a browser that has it open. */
async function openDaemon(context: TestContext): Promise<{ daemon: TestDaemon; tab: Tab }> {
  const folder = await builtPage();
  const home = new TestHome(context);
  const tokenFile = join(home.path, 'http-token');
  const daemon = new TestDaemon(home, new ManualClock(Date.now() / 1000), {
    settings: { at: { host: '127.0.0.1', port: 0 }, hosts: [], tokenFile },
    start: webStarter({ WARDER_PAGE: folder }),
  });
  await daemon.start();
  while (daemon.daemon.server.web().state !== 'listening') await setTimeout(10);
  const origin = daemon.daemon.server.web().url ?? '';
  const browser = await openBrowser();
  context.after(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const tab = await Tab.open(browser, origin, { width: 1024 });
  await tab.page.goto(`${origin}#token=${readToken(tokenFile)}`);
  await tab.page.locator('.pill.live').waitFor();
  return { daemon, tab };
}

/** The name of what has the focus. */
function focused(page: Page): Promise<unknown> {
  return page.evaluate(`document.activeElement?.getAttribute('aria-label')`);
}

test('a ban shows up at once, and is ended with the keyboard alone', async (context) => {
  if (!requireThat(context, existsSync(browserPath), 'MISSING TOOL: chromium is not installed')) return;
  const { daemon, tab } = await openDaemon(context);
  const { page } = tab;
  await page.getByRole('link', { name: 'Bans' }).click();
  await page.getByText('Nobody is banned').waitFor();
  const startedMs = performance.now();
  daemon.fail('203.0.113.7', 3);
  const button = page.getByRole('button', { name: 'Unban 203.0.113.7 in app' });
  await button.waitFor();
  context.diagnostic(`the ban was seen after ${Math.round(performance.now() - startedMs)} ms`);
  await page.getByRole('status').filter({ hasText: 'ban 203.0.113.7 in app' }).waitFor({ state: 'attached' });
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press('Tab');
    if ((await focused(page)) === 'Unban 203.0.113.7 in app') break;
  }
  assert.equal(await focused(page), 'Unban 203.0.113.7 in app');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Unban this address?' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal(await focused(page), 'Unban 203.0.113.7 in app', 'the focus is back');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Enter');
  await page.getByText('Nobody is banned').waitFor();
  await daemon.settle();
  assert.deepEqual(daemon.home.acts(), ['start app', 'ban app 203.0.113.7', 'unban app 203.0.113.7']);
  assert.match((await page.evaluate('document.activeElement.tagName')) as string, /^H1$/);
  assert.deepEqual(tab.wrongs, []);
});

test('why tells of a real ban, from the list and from an event', async (context) => {
  if (!requireThat(context, existsSync(browserPath), 'MISSING TOOL: chromium is not installed')) return;
  const { daemon, tab } = await openDaemon(context);
  const { page } = tab;
  daemon.fail('203.0.113.7', 3);
  await page.locator('.event.ban').getByRole('button', { name: '203.0.113.7' }).click();
  const dialog = page.getByRole('dialog', { name: 'Why 203.0.113.7?' });
  await dialog.getByText('Banned after 3 failures').waitFor();
  assert.equal(await dialog.locator('.log-lines li').count(), 3);
  await dialog.getByText('failregex 0, 3 failures').waitFor();
  await dialog.getByText(/note.*in force/).waitFor();
  await page.keyboard.press('Escape');
  daemon.fail('203.0.113.8', 2);
  await page.getByRole('link', { name: 'Bans' }).click();
  await page.getByLabel('Search').fill('203.0.113.8');
  await page.getByRole('button', { name: 'Why is 203.0.113.8 not banned?' }).click();
  await page.getByText('Not banned: 2 of 3 failures').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'Rules' }).click();
  await page.getByText('failregex 0').waitFor();
  assert.deepEqual(tab.wrongs, []);
});
