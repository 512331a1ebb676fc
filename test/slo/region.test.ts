import { describe, expect, it } from 'vitest';
import { SloEngine, type Origin } from '../../src/slo/engine.js';
import type { Incident } from '../../src/slo/incident.js';
import type { Instant } from '../../src/slo/observation.js';
import { judgeRegion } from '../../src/slo/region.js';
import { verdictsOf } from '../../src/slo/verdict.js';
import { sloOf } from './slo-of.js';

const start = Date.UTC(2026, 10, 1);
const stepMs = 200;
const slos = [
  sloOf({
    name: 'writes',
    sli: 'writes',
    component: 'postgresql',
    region: 'a',
    outageThreshold: 3,
  }),
  sloOf({ name: 'api-a', sli: 'api-a', component: 'api', region: 'a', outageThreshold: 3 }),
  sloOf({ name: 'api-b', sli: 'api-b', component: 'api', region: 'b', outageThreshold: 3 }),
];
const { recoveryTargetMs: _untimed, ...rpo } = sloOf({
  name: 'orders-rpo',
  type: 'rpo',
  sli: 'rpo/orders',
  intervalMs: 1000,
});

interface Situation {
  /** SLIs that fail. */
  readonly down?: readonly string[];
  /** Where the one writer is seen; nowhere when absent. */
  readonly writer?: string;
  /** Age of the newest heartbeat at the copy, in milliseconds; none is told when absent. */
  readonly behindMs?: number;
}

/** An engine that watches regions a and b, observed every 200 ms. */
class Watching {
  readonly told: Incident[] = [];
  readonly engine: SloEngine;
  private ms = 0;
  private ids = 0;

  constructor(readonly peers: readonly string[] = []) {
    const settings = {
      stabilisationMs: 2000,
      exposureGraceMs: 5000,
      rpoTargetMs: 5000,
      rtoTargetMs: 60_000,
      peers,
    };
    this.engine = new SloEngine(settings, () => `i${(this.ids += 1)}`, {
      event: () => {},
      incident: (incident) => this.told.push(incident),
      renamed: () => {},
    });
    this.engine.configure([...slos, rpo], settings, () => false);
  }

  get now(): Instant {
    return { wallMs: start + this.ms, monoMs: 5000 + this.ms };
  }

  /** Lets so many seconds pass. */
  pass(seconds: number, { down = [], writer, behindMs }: Situation = {}): void {
    for (const endMs = this.ms + seconds * 1000; this.ms < endMs; this.ms += stepMs) {
      const at = this.now;
      const endedAt = { wallMs: at.wallMs + 20, monoMs: at.monoMs + 20 };
      const origin = (target: string): Origin => ({ target, component: 'x', region: '', zone: '' });
      for (const { sli } of slos) {
        const outcome = down.includes(sli) ? ('bad' as const) : ('good' as const);
        this.engine.observe(origin(sli), { observations: [{ sli, outcome, at, endedAt }] });
      }
      const serving = writer === undefined ? [] : [{ component: 'postgresql', region: writer }];
      const newestMs = at.wallMs - (behindMs ?? 0);
      this.engine.observe(origin('lag/orders'), {
        serving,
        moment: { at, endedAt },
        ...(behindMs !== undefined && {
          restorePoints: [{ dataset: 'orders', path: 'copy', newestMs, source: 'heartbeat' }],
        }),
      });
      if (this.ms % 1000 === 0) this.engine.tick(this.now);
    }
  }

  get states(): string[] {
    return this.engine.regions.map(({ region, state, votes }) => `${region} ${state} ${votes}`);
  }

  ofRegion(): Incident | undefined {
    return this.engine.incidents.find(({ slo }) => slo === 'region/a');
  }
}

const lost: Situation = { down: ['writes', 'api-a'] };

describe('a vote on a region', () => {
  it.each([
    ['seen up from here, whatever others say', false, [true, true], 'up'],
    ['seen down from here, nobody else to ask', true, [], 'down'],
    ['seen down from here and from the one peer', true, [true], 'down'],
    ['seen down from here, up from the peer', true, [false], 'suspected'],
    ['seen down from here, the peer is not heard', true, [undefined], 'suspected'],
    ['seen down from two of three', true, [true, undefined], 'down'],
    ['seen down from two of four', true, [true, undefined, false], 'suspected'],
  ])('%s', (_title, isDownHere, peers, state) => {
    expect(judgeRegion('a', isDownHere, peers).state).toBe(state);
  });
});

describe('the loss of a whole region', () => {
  it('is one incident of its own, and the outages within are parts of it', () => {
    const watching = new Watching();
    watching.pass(10, { writer: 'a', behindMs: 300 });
    watching.pass(10, lost);
    expect(watching.states).toEqual(['a down 1']);
    const region = watching.ofRegion()!;
    expect(region).toMatchObject({ scenario: 'region', class: 'outage', region: 'a' });
    expect(region.rule).toContain('everything in a is down, seen from 1 of 1 vantage points');
    const parts = watching.engine.incidents.filter(({ slo }) => slo !== 'region/a');
    expect(
      parts
        .map(({ slo, partOf }) => [slo, partOf])
        .toSorted(([a], [b]) => (a ?? '').localeCompare(b ?? '')),
    ).toEqual([
      ['api-a', region.id],
      ['writes', region.id],
    ]);
    const counted = verdictsOf({
      tier: 'enhanced',
      agreed: {},
      incidents: watching.engine.incidents,
      drills: [],
      exposures: [],
      probed: new Set(),
      nowMs: watching.now.wallMs,
    }).find(({ tier, disruption }) => tier === 'enhanced' && disruption === 'region')!;
    expect(counted.evidence).toHaveLength(1);
  });

  it('carries what was lost with it: the age of the copy when something in it last worked', () => {
    const watching = new Watching();
    watching.pass(10, { writer: 'a', behindMs: 800 });
    watching.pass(30, lost);
    expect(watching.ofRegion()?.exposureMs).toBe(800);
  });

  it('is bracketed by what its parts saw', () => {
    const watching = new Watching();
    watching.pass(10, { writer: 'a' });
    watching.pass(20, lost);
    watching.pass(5, { writer: 'a' });
    const { lowMs, highMs, closedMs } = watching.ofRegion()!;
    expect(closedMs).not.toBeNull();
    expect(lowMs).toBeLessThanOrEqual(20_000);
    expect(highMs).toBeGreaterThanOrEqual(20_000);
    expect(highMs! - lowMs).toBeLessThanOrEqual(3000);
  });

  it('is over when another region serves in its stead, though the region is still gone', () => {
    const watching = new Watching();
    watching.pass(10, { writer: 'a' });
    watching.pass(20, lost);
    expect(watching.ofRegion()?.closedMs).toBeNull();
    watching.pass(6, { ...lost, writer: 'b' });
    const { closedMs, highMs, verdict } = watching.ofRegion()!;
    expect(closedMs).not.toBeNull();
    expect(highMs).toBeGreaterThanOrEqual(20_000);
    expect(verdict).toBe('met');
    expect(watching.states).toEqual(['a down 1']);
    watching.pass(30, { ...lost, writer: 'b' });
    expect(watching.engine.incidents.filter(({ slo }) => slo === 'region/a')).toHaveLength(1);
  });

  it('is not over when the other region has the writer and is itself down', () => {
    const watching = new Watching();
    watching.pass(10, { writer: 'a' });
    watching.pass(10, lost);
    watching.pass(10, { down: ['writes', 'api-a', 'api-b'], writer: 'b' });
    expect(watching.ofRegion()?.closedMs).toBeNull();
  });

  it('is over only when all of its parts are back', () => {
    const watching = new Watching();
    watching.pass(10, { writer: 'a' });
    watching.pass(10, lost);
    watching.pass(20, { down: ['writes'] });
    expect(watching.ofRegion()?.closedMs).toBeNull();
    watching.pass(5, { writer: 'a' });
    const { closedMs, lowMs, highMs } = watching.ofRegion()!;
    expect(closedMs).not.toBeNull();
    expect(lowMs).toBeGreaterThan(28_000);
    expect(highMs).toBeGreaterThanOrEqual(30_000);
  });

  it('is not told while a part of it works', () => {
    const watching = new Watching();
    watching.pass(10, { writer: 'a' });
    watching.pass(30, { down: ['writes'] });
    expect(watching.ofRegion()).toBeUndefined();
    expect(watching.states).toEqual(['a up 0']);
  });
});

describe('without a quorum', () => {
  it('a region that looks down from here is suspected: no incident of a region', () => {
    const watching = new Watching(['west']);
    watching.pass(10, { writer: 'a' });
    watching.pass(20, lost);
    expect(watching.states).toEqual(['a suspected 1']);
    expect(watching.ofRegion()).toBeUndefined();
    expect(watching.engine.incidents.map(({ scenario }) => scenario)).not.toContain('region');
  });

  it('becomes one as soon as the peer sees it too, back-dated to the first sight', () => {
    const watching = new Watching(['west']);
    watching.pass(10, { writer: 'a' });
    watching.pass(10, lost);
    watching.engine.heard('west', new Map([['a', true]]));
    watching.pass(2, lost);
    expect(watching.states).toEqual(['a down 2']);
    expect(watching.ofRegion()?.firstFailMs).toBe(start + 10_000);
  });

  it('is suspected again when the peer is not heard any more', () => {
    const watching = new Watching(['west']);
    watching.engine.heard('west', new Map([['a', true]]));
    watching.pass(10, { writer: 'a' });
    watching.pass(10, lost);
    expect(watching.states).toEqual(['a down 2']);
    watching.engine.heard('west', undefined);
    watching.pass(2, lost);
    expect(watching.states).toEqual(['a suspected 1']);
    expect(watching.ofRegion()?.closedMs).toBeNull();
  });
});
