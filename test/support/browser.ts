import { mkdtempSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { buildPage } from '../../scripts/build-page.ts';

export const browserPath = '/usr/bin/chromium';

/** Starts Debian's browser. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: browserPath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--force-color-profile=srgb'],
  });
}

/** The page, built into a folder of its own. */
export async function builtPage(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'warder-page-'));
  await writePage(folder);
  return folder;
}

export async function writePage(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const file of await buildPage(folder)) await writeFile(file.path, file.contents);
}

export interface TabOptions {
  readonly width: number;
  readonly height?: number;
  readonly theme?: 'light' | 'dark';
  /** The time that the page sees; its timers run all the same. */
  readonly nowSec?: number;
}

/** A tab that notes whatever should not happen: requests that leave the origin, errors, violations of the policy. */
export class Tab {
  readonly page: Page;
  readonly wrongs: string[] = [];
  readonly #context: BrowserContext;

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
  }

  static async open(browser: Browser, origin: string, options: TabOptions): Promise<Tab> {
    const context = await browser.newContext({
      viewport: { width: options.width, height: options.height ?? 900 },
      colorScheme: options.theme ?? 'light',
      reducedMotion: 'reduce',
      locale: 'en-GB',
      timezoneId: 'UTC',
    });
    const page = await context.newPage();
    const tab = new Tab(context, page);
    await context.route('**/*', async (route) => {
      const url = route.request().url();
      if (url.startsWith(origin)) await route.continue();
      else {
        tab.wrongs.push(`request to ${url}`);
        await route.abort();
      }
    });
    page.on('pageerror', (error) => tab.wrongs.push(`error ${error.message}`));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) tab.wrongs.push(`console ${message.text()}`);
    });
    await page.addInitScript(
      `addEventListener('securitypolicyviolation', (event) => {
        console.error('policy ' + event.violatedDirective + ' ' + event.blockedURI);
      })`,
    );
    if (options.nowSec !== undefined) await page.clock.setFixedTime(options.nowSec * 1000);
    return tab;
  }

  close(): Promise<void> {
    return this.#context.close();
  }
}
