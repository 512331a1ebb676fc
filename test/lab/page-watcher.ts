import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { formatBracket } from '../../src/report/figures.js';
import type { SlosAnswer } from '../../src/slo/answers.js';
import type { Incident } from '../../src/slo/incident.js';
import { startBrowser } from '../../lab/chromium.js';
import { ask } from '../../lab/health.js';

const pollMs = 50;

/** When something was first told, in milliseconds of this process's clock. */
interface Told {
  readonly byApiMs: number;
  readonly byPageMs: number;
}

/** A status page that is open in chromium through whatever befalls the deployment. */
export class PageWatcher {
  /** How an outage of the SLO came to be told. */
  told: Told | undefined;
  /** What the browser complained of. */
  readonly complaints: string[] = [];
  private timer: NodeJS.Timeout | undefined;
  private byApi: { readonly incident: string; readonly atMs: number } | undefined;
  private isLooking = false;

  private constructor(
    private readonly browser: Browser,
    readonly page: Page,
    private readonly url: string,
    private readonly slo: string,
    private readonly onTold: (page: Page) => Promise<unknown>,
  ) {}

  static async open(
    url: string,
    slo: string,
    onTold: (page: Page) => Promise<unknown> = () => Promise.resolve(),
  ): Promise<PageWatcher> {
    const browser = await startBrowser();
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const watcher = new PageWatcher(browser, page, url, slo, onTold);
    page.on('pageerror', ({ message }) => watcher.complaints.push(message));
    await page.goto(url);
    await page.evaluate("document.body.dataset.loaded = 'once'");
    watcher.timer = setInterval(() => void watcher.look(), pollMs);
    return watcher;
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    while (this.isLooking) await sleep(pollMs);
    await this.browser.close();
  }

  /** Whether the page is still the one that was loaded at the beginning. */
  async isSamePage(): Promise<boolean> {
    return (await this.page.locator('body').getAttribute('data-loaded')) === 'once';
  }

  /** What the page says of an incident's length, and what it should say. */
  async bracketOf(incident: Incident): Promise<{ shown: string; wanted: string }> {
    const item = this.page.locator(`li[data-key="${incident.id}"] .lasted`);
    return { shown: await item.innerText(), wanted: formatBracket(incident) };
  }

  /** One look at both at a time; the page's is never taken to be earlier than it is. */
  private async look(): Promise<void> {
    if (this.told !== undefined || this.isLooking) return;
    this.isLooking = true;
    try {
      await this.lookByApi();
      if (this.byApi === undefined || !(await this.isShown(this.byApi.incident))) return;
      this.told = { byApiMs: this.byApi.atMs, byPageMs: performance.now() };
      await this.onTold(this.page);
    } finally {
      this.isLooking = false;
    }
  }

  /** Which outage of the SLO is under way, and since when; one that was too short to be shown is left. */
  private async lookByApi(): Promise<void> {
    const answer = await ask(`${this.url}/api/v1/slos`);
    if (answer?.status !== 200) return;
    const { slos } = JSON.parse(answer.body) as SlosAnswer;
    const incident = slos.find(({ name }) => name === this.slo)?.openIncident ?? null;
    if (incident === null) this.byApi = undefined;
    else if (incident !== this.byApi?.incident) this.byApi = { incident, atMs: performance.now() };
  }

  /** Among the outages under way: others can be down as well, and the headline names no more than three. */
  private async isShown(incident: string): Promise<boolean> {
    return (await this.page.locator(`#outages tr[data-key="${incident}"]`).count()) > 0;
  }
}
