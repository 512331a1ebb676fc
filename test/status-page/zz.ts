import { startBrowser } from './browser.js';
const [, , url, out, scheme = 'light', width = '1280'] = process.argv;
const browser = await startBrowser();
const page = await browser.newPage({
  colorScheme: scheme as 'light',
  viewport: { width: Number(width), height: 900 },
});
page.on('console', (m) => console.log('console', m.text()));
await page.goto(url!);
await page.waitForTimeout(1500);
await page.screenshot({ path: out!, fullPage: true });
await browser.close();
