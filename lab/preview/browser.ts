import type { Browser } from 'playwright-core';
import { startBrowser } from '../chromium.js';

export interface Shot {
  readonly html: string;
  readonly width: number;
  readonly height: number;
}

/** A browser that turns pages into pictures. */
export class Camera {
  private constructor(private readonly browser: Browser) {}

  static async open(): Promise<Camera> {
    const shown = { args: ['--hide-scrollbars=false'], without: ['--hide-scrollbars'] };
    return new Camera(await startBrowser(shown));
  }

  /** @throws Error with what a script of the page stumbled over */
  async shoot({ html, width, height }: Shot, file: string): Promise<void> {
    const tab = await this.browser.newPage({ viewport: { width, height: Math.round(height) } });
    const faults: string[] = [];
    tab.on('pageerror', (error) => faults.push(error.message));
    try {
      await tab.setContent(html);
      await tab.waitForSelector('body[data-drawn]', { timeout: 15_000 }).catch(() => undefined);
      if (faults.length > 0) throw new Error(`the page failed: ${faults.join('; ')}`);
      await tab.screenshot({ path: file });
    } finally {
      await tab.close();
    }
  }

  close(): Promise<void> {
    return this.browser.close();
  }
}
