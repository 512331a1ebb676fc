import { describe, expect, it } from 'vitest';
import { bracketChart } from '../../src/status-page/charts/bracket-chart.js';
import { burnDownChart, burnDownSparkline } from '../../src/status-page/charts/burn-down-chart.js';
import { exposureChart } from '../../src/status-page/charts/exposure-chart.js';
import { incidentStrip } from '../../src/status-page/charts/incident-strip.js';
import { dayMs, incidentOf } from '../support/slo-fixtures.js';
import { burnDownOf, nowMs, past, statusModelOf } from './status-model.js';

const [exposure] = statusModelOf().exposures;
const span = { fromMs: nowMs - 30 * dayMs, toMs: nowMs };

function pathOf(html: string, kind: string): string {
  return new RegExp(`<path class="${kind}" d="([^"]*)"`).exec(html)?.[1] ?? '';
}

describe('the exposure chart', () => {
  it('is interrupted where nothing was known: unknown is not drawn as nothing', () => {
    const history = [10, 20, null, null, 40].map((worstMs, minute) => ({
      atMs: nowMs - (50 - 10 * minute) * 60_000,
      worstMs,
    }));
    const { html } = exposureChart(exposure!, history, nowMs);
    expect(pathOf(html, 'line').match(/M/g)).toHaveLength(2);
  });

  it('says in words what it shows', () => {
    const { html } = exposureChart(exposure!, [{ atMs: nowMs - 1000, worstMs: 7200 }], nowMs);
    expect(html).toContain('over the last hour: 7.2 s at worst; the target is 15 min');
    const unknown = exposureChart({ ...exposure!, exposureMs: null }, [], nowMs);
    expect(unknown.html).toContain('over the last hour: unknown');
    expect(pathOf(unknown.html, 'line')).toBe('');
  });

  it('keeps its target within it, also where the exposure is far above', () => {
    const { html } = exposureChart({ ...exposure!, exposureMs: 1e9 }, [], nowMs);
    const [, at] = /<line class="target"[^>]* y1="([\d.]+)%"/.exec(html)!;
    expect(Number(at)).toBeGreaterThan(0);
    expect(Number(at)).toBeLessThan(100);
  });
});

describe('the burn-down', () => {
  it('is drawn as overspent below nothing', () => {
    const { html } = burnDownSparkline('api', burnDownOf([0.5, 0.7]), span, '30d');
    expect(html).toContain('class="line overspent"');
    expect(html).toContain('Error budget of api over 30d: -20.0 % is left');
  });

  it('leaves out points that lie on a flat line, and no others', () => {
    const flat = burnDownOf(Array.from({ length: 720 }, (_, hour) => (hour === 300 ? 0.25 : 0)));
    const path = pathOf(burnDownChart('api', flat, span, '30d', []).html, 'line ');
    expect(path.split('L')).toHaveLength(4);
  });

  it('says that nothing was observed where nothing was', () => {
    expect(burnDownSparkline('api', [], span, '30d').html).toContain('nothing was observed');
  });
});

describe('the bracket', () => {
  it('is solid for what it was at least and pale up to what it was at most', () => {
    const incident = incidentOf({ lowMs: 30_000, highMs: 45_000, targetMs: 60_000 });
    const { html } = bracketChart(incident, 0);
    const width = (kind: string) => Number(/h(\d+)v/.exec(pathOf(html, `${kind} good`))![1]);
    expect(width('low') / width('high')).toBeCloseTo(2, 1);
    expect(html).toContain('aria-label="30 s to 45 s, target 1 min"');
  });

  it('of an outage under way grows with the time', () => {
    const open = incidentOf({ firstOkMs: null, closedMs: null, highMs: null, lowMs: 1000 });
    const low = (ms: number) =>
      Number(/h(\d+)v/.exec(pathOf(bracketChart(open, ms).html, 'low doubtful'))![1]);
    expect(low(20_000)).toBeGreaterThan(1.9 * low(10_000));
  });
});

describe('the strip of incidents', () => {
  it('shows 30 days, a lane for each component, and counts', () => {
    const { html } = incidentStrip(past, nowMs);
    expect(html).toContain('5 incidents in the last 30 days');
    expect(html).toContain('postgresql · 3');
    expect(html).toContain('redis · 1');
  });

  it('leaves out what is older', () => {
    const old = past.map((each) => ({ ...each, firstFailMs: 0, firstOkMs: 1 }));
    expect(incidentStrip(old, nowMs).html).toContain('None in the last 30 days.');
  });

  it('does not grow with the number of incidents', () => {
    const many = Array.from({ length: 5000 }, (_, index) => ({
      ...past[index % past.length]!,
      component: `component-${index % 40}`,
      firstFailMs: nowMs - ((index * 7919) % (30 * dayMs)),
      firstOkMs: nowMs - ((index * 7919) % (30 * dayMs)) + 5000,
    }));
    const { html } = incidentStrip(many, nowMs);
    expect(html).toContain('31 other components');
    expect(html.length).toBeLessThan(80_000);
  });
});
