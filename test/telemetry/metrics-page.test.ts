import { Gauge } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { count, gauge } from '../../src/metrics/sample.js';
import type { ExpositionFormat } from '../../src/telemetry/exposition.js';
import { MetricsPage } from '../../src/telemetry/metrics-page.js';

const labels = { kind: 'lb', target: 'api' };

async function text(page: MetricsPage, format: ExpositionFormat = 'prometheus'): Promise<string> {
  let whole = '';
  for await (const chunk of page.render(format)) whole += chunk;
  return whole;
}

function sampleLines(page: string): string[] {
  return page.split('\n').filter((line) => line.startsWith('sensei_'));
}

function pageWith(seriesCount: number): MetricsPage {
  const page = new MetricsPage();
  const samples = Array.from({ length: seriesCount }, (_, index) =>
    gauge('sensei_collector_success', { kind: 'lb', target: `t${index}` }, 1),
  );
  page.series.replaceGauges('owner', samples);
  return page;
}

describe('the metrics page', () => {
  it('writes the same samples as prom-client does from the same registry', async () => {
    const page = pageWith(30);
    page.series.increment('owner', [count('sensei_collector_attempts_total', labels, 3)]);
    page.startDelay.observe(0.003);
    const ours = sampleLines(await text(page)).toSorted();
    const theirs = sampleLines(await page.registry.metrics()).toSorted();
    expect(ours).toEqual(theirs);
    expect(ours.length).toBeGreaterThan(40);
  });

  it('escapes backslash, quote and line feed in a label', async () => {
    const page = new MetricsPage();
    page.series.replaceGauges('o', [
      gauge('sensei_collector_success', { kind: 'lb', target: 'a"b\\c\nd' }, 1),
    ]);
    expect(await text(page)).toContain('target="a\\"b\\\\c\\nd"} 1');
  });

  it.each([
    [NaN, 'NaN'],
    [Infinity, '+Inf'],
    [-Infinity, '-Inf'],
    [0, '0'],
    [1e21, '1e+21'],
  ])('writes %s as %s', async (value, written) => {
    const page = new MetricsPage();
    page.series.replaceGauges('o', [gauge('sensei_collector_success', labels, value)]);
    expect(await text(page)).toContain(
      `sensei_collector_success{kind="lb",target="api"} ${written}\n`,
    );
  });

  it('pitfall: one rejecting collect() of a process metric leaves the rest of the scrape whole', async () => {
    const page = pageWith(1);
    const rejecting = new Gauge({
      name: 'broken',
      help: 'x',
      registers: [page.processRegistry],
      collect: () => {
        throw new Error('no /proc here');
      },
    });
    await page.start();
    page.stop();
    const shown = await text(page);
    expect(rejecting).toBeDefined();
    expect(shown).toContain('sensei_collector_success');
    expect(shown).toContain('process_cpu_seconds_total');
    expect(shown).not.toContain('broken');
  });

  it('pitfall: an unlabelled gauge exports nothing, not 0, before its first set', async () => {
    expect(await text(new MetricsPage())).not.toContain('sensei_config_last_reload_successful');
  });

  it('pitfall: series live until removed: what a collection does not repeat vanishes', async () => {
    const page = new MetricsPage();
    const other = { kind: 'lb', target: 'web' };
    page.series.replaceGauges('o', [
      gauge('sensei_collector_success', labels, 1),
      gauge('sensei_collector_success', other, 1),
    ]);
    page.series.replaceGauges('o', [gauge('sensei_collector_success', other, 0)]);
    expect(sampleLines(await text(page)).filter((line) => line.includes('success'))).toEqual([
      'sensei_collector_success{kind="lb",target="web"} 0',
    ]);
  });

  it('pitfall: counters of a failing target stay while its gauges vanish, and go when it is removed', async () => {
    const page = new MetricsPage();
    page.series.replaceGauges('o', [gauge('sensei_collector_success', labels, 1)]);
    page.series.increment('o', [count('sensei_collector_attempts_total', labels)]);
    page.series.replaceGauges('o', []);
    expect(await text(page)).toContain('sensei_collector_attempts_total{kind="lb",target="api"} 1');
    page.series.forget('o');
    expect(await text(page)).not.toContain('sensei_collector_attempts_total');
  });

  it('pitfall: one content type a registry: both formats at once from one page, each as its own', async () => {
    const page = pageWith(2500);
    const [plain, open] = await Promise.all([text(page), text(page, 'openmetrics')]);
    expect(plain).not.toContain('# EOF');
    expect(open.endsWith('# EOF\n')).toBe(true);
    expect(sampleLines(plain)).toEqual(sampleLines(open));
  });

  it('pitfall: OpenMetrics strips _total from the family alone, and not from what is stored', async () => {
    const page = new MetricsPage();
    page.series.increment('o', [count('sensei_collector_attempts_total', labels)]);
    const open = await text(page, 'openmetrics');
    expect(open).toContain('# TYPE sensei_collector_attempts counter\n');
    expect(open).toContain('\nsensei_collector_attempts_total{kind="lb",target="api"} 1\n');
    expect(await text(page)).toContain('# TYPE sensei_collector_attempts_total counter\n');
  });

  it('pitfall: serialising grows with series: the event loop gets a turn every thousand lines', async () => {
    const page = pageWith(10_000);
    let turns = 0;
    let running = true;
    const turn = () => {
      turns += 1;
      if (running) setImmediate(turn);
    };
    setImmediate(turn);
    await text(page);
    running = false;
    expect(turns).toBeGreaterThanOrEqual(10);
  });

  it('refuses a counter that steps back', () => {
    const page = new MetricsPage();
    expect(() =>
      page.series.increment('o', [count('sensei_collector_attempts_total', labels, -1)]),
    ).toThrow(RangeError);
  });
});
