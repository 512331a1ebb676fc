import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StatusModel } from '../../src/status-page/model.js';
import { startBrowser } from '../../lab/chromium.js';
import {
  nowMs,
  outageModel,
  past,
  statusModelOf,
  storeDownModel,
} from '../status-page/status-model.js';
import { startStatusServer, type StatusServer } from '../status-page/status-server.js';

interface Fault {
  readonly id: string;
  readonly impact: string | null | undefined;
  readonly nodes: readonly { readonly html: string }[];
}

const paths = [
  '/',
  '/incidents',
  `/incidents/${past[0]!.id}`,
  '/slos',
  '/slos/orders-writes',
  '/targets',
];

describe('the status page in a browser', () => {
  let browser: Browser;
  let server: StatusServer;
  let model: StatusModel;
  const complaints: string[] = [];
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    model = statusModelOf();
    complaints.length = 0;
    server = await startStatusServer(() => model);
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    await server.close();
    if (complaints.length > 0) throw new Error(`the browser complained: ${complaints.join('; ')}`);
  });

  /** A page at a path; whatever the browser complains of, or asks elsewhere, is a fault. */
  const open = async (path = '/', options: BrowserContextOptions = {}): Promise<Page> => {
    const page = await (await browser.newContext(options)).newPage();
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning')
        complaints.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(server.url)) complaints.push(`asked ${request.url()}`);
    });
    await page.goto(`${server.url}${path}`);
    return page;
  };
  const updated = (page: Page, times = 1) =>
    page.waitForFunction(
      (least) => Number(document.documentElement.dataset['updates'] ?? 0) >= least,
      times,
    );
  const serious = async (page: Page): Promise<string[]> => {
    // The page's own policy forbids scripts that are put into it; axe comes by the debugger's way.
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate<{ violations: Fault[] }>(
      'axe.run(document, { resultTypes: ["violations"] })',
    );
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  };

  it('follows a failure and its end without being loaded again', async () => {
    const page = await open();
    await page.evaluate(() => (document.body.dataset['mine'] = 'kept'));
    await updated(page);
    model = outageModel();
    await page.getByText('orders-writes is down.').waitFor();
    await page.getByRole('heading', { name: 'Under way' }).waitFor();
    expect(await page.title()).toBe('✖ orders-writes is down. · orders');
    const lasted = { firstOkMs: nowMs, closedMs: nowMs, highMs: 7600, lowMs: 7400 };
    const over = { ...outageModel().open[0]!, ...lasted };
    model = { ...statusModelOf(), incidents: [over, ...past], incidentRevision: 3 };
    await page.getByText('orders-writes is down.').waitFor({ state: 'hidden' });
    await page.locator(`[data-key="${over.id}"]`).getByText('7.4 s to 7.6 s').first().waitFor();
    expect(await page.evaluate(() => document.body.dataset['mine'])).toBe('kept');
  });

  it('leaves open what a reader has opened, and the focus where it is', async () => {
    const page = await open();
    const id = `#incident-${past[1]!.id}`;
    await page.locator(`${id} > summary`).focus();
    await page.keyboard.press('Enter');
    await page.locator(id).getByText('Inferred by rule').waitFor();
    model = outageModel();
    await page.getByText('orders-writes is down.').waitFor();
    await page.locator(`[data-key="${model.open[0]!.id}"]`).first().waitFor();
    expect(await page.locator(id).getAttribute('open')).not.toBeNull();
    expect(await page.evaluate(() => document.activeElement?.parentElement?.id)).toBe(id.slice(1));
  });

  it('says that it is not live when the exporter is gone', async () => {
    const page = await open();
    await updated(page);
    await server.close();
    await page.getByText('Not live: the exporter does not answer.').waitFor();
    expect(await page.locator('body').getAttribute('class')).toBe('stale');
    // Chromium says of every connection that it was refused.
    complaints.length = 0;
    server = await startStatusServer(() => model);
  });

  it('tells a screen reader of a change once, and not of every second', async () => {
    const page = await open();
    await page.evaluate(() => {
      const status = document.getElementById('headline')!;
      new MutationObserver((changes) => {
        status.dataset['heard'] = String(Number(status.dataset['heard'] ?? 0) + changes.length);
      }).observe(status, { childList: true, characterData: true, subtree: true });
    });
    const before = Number(
      await page.evaluate(() => document.documentElement.dataset['updates'] ?? 0),
    );
    model = { ...model, atMs: nowMs + 1000 };
    await updated(page, before + 1);
    model = { ...model, atMs: nowMs + 2000 };
    await updated(page, before + 2);
    expect(await page.locator('#headline').getAttribute('data-heard')).toBeNull();
    model = outageModel();
    await page.getByText('orders-writes is down.').waitFor();
  });

  it.each(paths)('has no serious fault of accessibility at %s, in either theme', async (path) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      expect(await serious(await open(path, { colorScheme }))).toEqual([]);
    }
  });

  it.each([
    ['an outage', outageModel],
    ['its store down', storeDownModel],
  ])('has none with %s either, all of it opened', async (_what, make) => {
    model = make();
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await open('/', { colorScheme });
      await page.evaluate(() => {
        for (const each of document.querySelectorAll('details')) each.open = true;
      });
      expect(await serious(page)).toEqual([]);
    }
  });

  it.each(paths)('needs no sideways scrolling of the page at 360 px at %s', async (path) => {
    model = outageModel();
    const page = await open(path, { viewport: { width: 360, height: 740 } });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  });

  it('shows all of it without JavaScript, and loads itself again', async () => {
    model = outageModel();
    const page = await open('/', { javaScriptEnabled: false });
    await page.getByText('orders-writes is down.').waitFor();
    for (const name of [
      'What would be lost now',
      'Error budgets',
      'Incidents',
      'What has no evidence',
    ])
      await page.getByRole('heading', { name }).first().waitFor();
    await page.locator(`#incident-${past[0]!.id} > summary`).click();
    await page
      .locator(`#incident-${past[0]!.id}`)
      .getByText('the leader was pg1 and is pg2')
      .waitFor();
    expect(await page.content()).toContain('<meta http-equiv="refresh" content="15">');
  });

  it('is used by keyboard alone: to the content, into a verdict, to an incident', async () => {
    const page = await open();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('To the content');
    const verdict = page.locator('#verdict-enhanced-primary_database-rto');
    await verdict.locator('summary').focus();
    await page.keyboard.press('Space');
    await verdict.getByText('41.3 s to 41.8 s').first().waitFor();
    await verdict.getByRole('link').first().focus();
    await Promise.all([page.waitForURL('**/incidents/*'), page.keyboard.press('Enter')]);
  });

  it('prints every section with what verdicts rest on, on paper as light as it is', async () => {
    const page = await open('/', { colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    expect(await page.locator('#verdicts details').first().getAttribute('open')).not.toBeNull();
    const colour = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(colour).toBe('rgb(255, 255, 255)');
    expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(10_000);
  });
});
