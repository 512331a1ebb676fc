import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { startBrowser } from '../lab/chromium.js';

/** What a browser says of a page; times in milliseconds, sizes in bytes as transferred. */
export interface Seen {
  readonly firstPaintMs: readonly number[];
  readonly interactiveMs: readonly number[];
  readonly requests: number;
  readonly bytes: number;
  /** From a click on an incident to the picture that shows it opened. */
  readonly openMs: readonly number[];
  /** Work of one live update on the page's thread. */
  readonly updateMs: readonly number[];
}

const firstLoad = `(() => {
  const [page] = performance.getEntriesByType('navigation');
  const paint = performance.getEntriesByName('first-contentful-paint')[0];
  const resources = performance.getEntriesByType('resource').filter(({ name }) => !name.includes('/live'));
  return {
    firstPaintMs: paint ? paint.startTime : NaN,
    interactiveMs: page.domContentLoadedEventEnd,
    requests: 1 + resources.length,
    bytes: [page, ...resources].reduce((sum, { transferSize }) => sum + transferSize, 0),
  };
})()`;

const openOne = (index: number) => `new Promise((resolve) => {
  const summary = document.querySelectorAll('.incidents summary')[${index}];
  const from = performance.now();
  summary.click();
  requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - from)));
})`;

const watchUpdates = `(() => {
  const morph = Idiomorph.morph;
  window.updates = [];
  Idiomorph.morph = (...given) => {
    const from = performance.now();
    const done = morph(...given);
    window.updates.push(performance.now() - from);
    return done;
  };
})()`;

type Load = { firstPaintMs: number; interactiveMs: number; requests: number; bytes: number };

/** Polls from here: the page's own policy forbids scripts that poll within it. */
async function until(page: Page, expression: string): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (await page.evaluate<boolean>(expression)) return;
    await sleep(50);
  }
  throw new Error(`the page never came to ${expression}`);
}

async function loadOnce(page: Page, url: string): Promise<Load> {
  await page.goto(url, { waitUntil: 'load' });
  await until(page, "performance.getEntriesByName('first-contentful-paint').length > 0");
  return page.evaluate<Load>(firstLoad);
}

/** Looks at the page as somebody does who has never been there, several times. */
export async function lookAt(url: string, times: number): Promise<Seen> {
  const browser = await startBrowser();
  try {
    const loads: Load[] = [];
    for (let time = 0; time < times; time += 1) {
      const context = await browser.newContext();
      loads.push(await loadOnce(await context.newPage(), url));
      await context.close();
    }
    const page = await browser.newPage();
    await loadOnce(page, url);
    await page.evaluate(watchUpdates);
    const openMs: number[] = [];
    for (let index = 0; index < 15; index += 1)
      openMs.push(await page.evaluate<number>(openOne(index)));
    await until(page, 'window.updates.length >= 20');
    const updateMs = await page.evaluate<number[]>('window.updates');
    const { requests, bytes } = loads[0]!;
    return {
      firstPaintMs: loads.map((load) => load.firstPaintMs),
      interactiveMs: loads.map((load) => load.interactiveMs),
      requests,
      bytes,
      openMs,
      updateMs,
    };
  } finally {
    await browser.close();
  }
}
