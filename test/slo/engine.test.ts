import { describe, expect, it } from 'vitest';
import { SloEngine, type Origin } from '../../src/slo/engine.js';
import type { Incident, RecordedEvent } from '../../src/slo/incident.js';
import type { Slo } from '../../src/slo/objective.js';
import type { EvidenceEvent, Instant, Outcome, RestorePoint } from '../../src/slo/observation.js';
import { sloOf } from './slo-of.js';

const start = Date.UTC(2026, 10, 1);
const settings = {
  stabilisationMs: 2000,
  exposureGraceMs: 5000,
  rpoTargetMs: 5000,
  rtoTargetMs: 60_000,
  peers: [] as readonly string[],
};
const day = 86_400_000;

const writes = sloOf({
  name: 'orders-writes',
  sli: 'postgres-canary/orders/write',
  component: 'postgresql',
  intervalMs: 100,
  timeoutMs: 300,
});
const cache = sloOf({
  name: 'cache-writes',
  sli: 'sentinel-canary/cache/write',
  component: 'redis',
  recoveryTargetMs: 30_000,
});
const apiA = sloOf({
  name: 'api-a',
  sli: 'lb/api-a/availability',
  zone: 'a',
  recoveryTargetMs: 1000,
});
const apiB = sloOf({
  name: 'api-b',
  sli: 'lb/api-b/availability',
  zone: 'b',
  recoveryTargetMs: 1000,
});

/** An engine on a clock of its own, with all that it tells. */
class Play {
  readonly told: { readonly incident: Incident; readonly change: string }[] = [];
  readonly renamed: string[] = [];
  readonly engine: SloEngine;
  private ids = 0;

  constructor(
    readonly slos: readonly Slo[],
    private wallMs = start,
    private monoMs = 1000,
    private readonly prefix = 'i',
  ) {
    this.engine = new SloEngine(
      settings,
      () => {
        this.ids += 1;
        return `${this.prefix}${this.ids}`;
      },
      {
        event: () => {},
        incident: (incident, change) => this.told.push({ incident, change }),
        renamed: (id) => this.renamed.push(id),
      },
    );
    this.engine.configure(slos, settings, () => false);
  }

  get now(): Instant {
    return { wallMs: this.wallMs, monoMs: this.monoMs };
  }

  get last(): Incident | undefined {
    return this.told.at(-1)?.incident;
  }

  pass(ms: number): void {
    this.wallMs += ms;
    this.monoMs += ms;
  }

  /** Observations of one SLO, one every interval: `g` good, `b` bad, `u` unknown. */
  observe(slo: Slo, outcomes: string): void {
    const names: Readonly<Record<string, Outcome>> = { g: 'good', b: 'bad', u: 'unknown' };
    for (const letter of Array.from(outcomes)) {
      const at = this.now;
      this.engine.observe(
        { target: 't', component: '', region: '', zone: '' },
        {
          observations: [
            { sli: slo.sli, outcome: names[letter]!, at, endedAt: at, reason: 'connect' },
          ],
        },
      );
      this.pass(slo.intervalMs);
      this.engine.tick(this.now);
    }
  }

  see(origin: Partial<Origin>, event: Partial<EvidenceEvent>): void {
    this.engine.observe(
      { target: 'patroni/orders', component: 'postgresql', region: 'eu', zone: '', ...origin },
      {
        events: [{ type: 'leader_changed', at: this.now, subject: 'a2', detail: '', ...event }],
      },
    );
  }
}

const good = (count: number) => 'g'.repeat(count);

describe('an outage that answers again', () => {
  it('is known to, since when, until it fails again or is over', () => {
    const play = new Play([writes]);
    const since = () => play.engine.answersSinceMs('orders-writes');
    play.observe(writes, `${good(5)}bbb`);
    expect(since()).toBeNull();
    play.observe(writes, 'ggg');
    expect(since()).toBe(start + 800);
    expect(play.engine.openIncident('orders-writes')?.firstOkMs).toBeNull();
    play.observe(writes, 'b');
    expect(since()).toBeNull();
    play.observe(writes, good(25));
    expect(play.last?.closedMs).not.toBeNull();
    expect(since()).toBeNull();
  });
});

describe('an incident', () => {
  it('is told when it opens, as it goes on, and when it is over, with bracket and phases', () => {
    const play = new Play([writes]);
    play.observe(writes, `${good(5)}bbb`);
    expect(play.told.map(({ change }) => change)).toEqual(['opened']);
    play.see({}, { type: 'leader_changed', planned: false });
    play.observe(writes, `bb${good(25)}`);
    const { id, ...rest } = play.last!;
    expect(play.told.at(-1)?.change).toBe('closed');
    expect(new Set(play.told.map(({ incident }) => incident.id))).toEqual(new Set([id]));
    expect(rest).toMatchObject({
      class: 'outage',
      scenario: 'primary_database',
      rule: 'primary_database: leader_changed a2',
      lastOkBeforeMs: start + 400,
      firstFailMs: start + 500,
      lastFailMs: start + 900,
      openedMs: start + 700,
      firstOkMs: start + 1000,
      lowMs: 400,
      highMs: 600,
      verdict: 'met',
      decidedMs: start + 800,
      detectedMs: start + 700,
      reasons: { connect: 5 },
      resumed: false,
    });
  });

  it('that is open is breached as soon as it has certainly lasted too long', () => {
    const play = new Play([{ ...writes, recoveryTargetMs: 1000 }]);
    play.observe(writes, `g${'b'.repeat(11)}`);
    expect(play.last?.verdict).toBe('indeterminate');
    play.observe(writes, 'bb');
    expect(play.last?.verdict).toBe('breached');
  });

  it('of a planned switchover is recorded as such', () => {
    const play = new Play([writes]);
    play.observe(writes, 'gbbb');
    play.see({}, { planned: true });
    play.observe(writes, good(25));
    expect(play.last).toMatchObject({ class: 'planned_switchover', scenario: 'primary_database' });
  });

  it('within a maintenance window is of maintenance, and excluded from the budget', () => {
    const window = {
      name: 'm',
      occurrenceAt: () => ({ startMs: start - 1000, endMs: start + day }),
    };
    const slo = { ...writes, maintenance: [window] };
    const play = new Play([slo]);
    play.observe(slo, `gbbb${good(25)}`);
    expect(play.last?.class).toBe('maintenance');
    const [tracker] = play.engine.slos;
    expect(tracker?.totals).toEqual({ good: 0, bad: 0, unknown: 0, excluded: 29 });
  });

  it('of Redis goes by what the Sentinels say', () => {
    const play = new Play([cache]);
    play.observe(cache, 'gbbb');
    play.see({ target: 'sentinel/cache', component: 'redis' }, { type: 'odown', subject: 'cache' });
    play.observe(cache, 'b');
    expect(play.last).toMatchObject({
      scenario: 'redis_primary',
      rule: 'redis_primary: odown cache',
    });
  });

  it('of one endpoint, while another of the component serves, is a pod; of all, with the rest, the region', () => {
    const play = new Play([apiA, apiB, cache]);
    for (let round = 0; round < 4; round += 1) {
      play.observe(apiA, 'b');
      play.observe(apiB, 'g');
      play.observe(cache, 'g');
    }
    expect(play.last).toMatchObject({ slo: 'api-a', scenario: 'pod' });
    for (let round = 0; round < 4; round += 1) {
      for (const slo of [apiA, apiB, cache]) play.observe(slo, 'b');
    }
    const found = play.engine.incidents.map(({ slo, scenario }) => `${slo}: ${scenario}`);
    expect(found.toSorted()).toEqual([
      'api-a: region',
      'api-b: region',
      'cache-writes: region',
      'region/eu: region',
    ]);
    // One that recovers first was in the loss of the region all the same.
    play.observe(apiA, good(5));
    const first = play.engine.incidents.find(({ slo }) => slo === 'api-a');
    expect(first).toMatchObject({
      scenario: 'region',
      partOf: expect.stringMatching(/^i/) as string,
    });
  });

  it('that takes two components of one zone, and nothing of another, is the zone', () => {
    const play = new Play([apiA, apiB]);
    const zones = { memberZones: { a1: 'a', a2: 'b' } };
    for (let round = 0; round < 4; round += 1) {
      play.observe(apiA, 'b');
      play.observe(apiB, 'g');
    }
    play.see(zones, { type: 'member_down', subject: 'a1' });
    play.observe(apiA, 'b');
    expect(play.last).toMatchObject({ scenario: 'zone', rule: 'zone: api, postgresql lost a' });
  });

  it('without evidence is unknown, not guessed', () => {
    const play = new Play([writes]);
    play.observe(writes, 'gbbb');
    expect(play.last).toMatchObject({ class: 'outage', scenario: 'unknown' });
  });
});

describe('a restart in the middle of an outage', () => {
  const events: readonly RecordedEvent[] = [];

  function interrupted(): { before: Play; open: Incident } {
    const before = new Play([writes]);
    before.observe(writes, `${good(20)}bbbbb`);
    return { before, open: before.last! };
  }

  it('goes on with it: one incident, bracketed from before the restart', () => {
    const { open } = interrupted();
    const after = new Play([writes], start + 10_000, 7, 'j');
    after.engine.restoreIncidents(
      { incidents: [open], events, drills: [], exposures: [] },
      after.now,
    );
    after.observe(writes, `bb${good(25)}`);
    expect(after.last).toMatchObject({
      id: open.id,
      resumed: true,
      firstFailMs: open.firstFailMs,
      lastOkBeforeMs: open.lastOkBeforeMs,
    });
    expect(after.last?.lowMs).toBeCloseTo(start + 10_100 - open.firstFailMs, 3);
    expect(after.last?.highMs).toBeCloseTo(start + 10_200 - open.lastOkBeforeMs!, 3);
  });

  it('that was seen again before the history was there is the same one', () => {
    const { open } = interrupted();
    const after = new Play([writes], start + 3000, 7, 'j');
    after.observe(writes, 'bbbb');
    expect(after.last?.id).not.toBe(open.id);
    const mine = after.last!.id;
    after.engine.restoreIncidents(
      { incidents: [open], events, drills: [], exposures: [] },
      after.now,
    );
    expect(after.renamed).toEqual([mine]);
    after.observe(writes, good(25));
    expect(after.last).toMatchObject({ id: open.id, firstFailMs: open.firstFailMs });
    expect(after.engine.incidents).toHaveLength(1);
  });

  it('is not mistaken for the one before, which was over', () => {
    const first = new Play([writes]);
    first.observe(writes, `gbbb${good(25)}`);
    const over = first.last!;
    const after = new Play([writes], over.closedMs! + 1000, 7, 'j');
    after.observe(writes, 'bbb');
    const mine = after.last!.id;
    after.engine.adopt([over], after.now);
    expect(after.last?.id).toBe(mine);
  });

  it('of an SLO that is gone is ended, unbounded', () => {
    const { open } = interrupted();
    const after = new Play([cache], start + 10_000, 7, 'j');
    after.engine.restoreIncidents(
      { incidents: [open], events, drills: [], exposures: [] },
      after.now,
    );
    expect(after.last).toMatchObject({ id: open.id, closedMs: open.lastFailMs, highMs: null });
    expect(after.last?.rule).toMatch(/no longer watched$/);
  });

  it('knows from kept counts when it was last good, so that the bracket has an upper end', () => {
    const { before } = interrupted();
    const rows = before.engine.takeSlices(before.now, true);
    const after = new Play([writes], start + 4000, 7, 'j');
    after.engine.restoreSlices(writes.name, rows, after.now);
    after.observe(writes, `bbb${good(25)}`);
    expect(after.last?.lastOkBeforeMs).toBe(start);
    expect(after.last?.highMs).toBeGreaterThan(2000);
  });
});

describe('exposure', () => {
  const rpo = sloOf({ name: 'orders-rpo', type: 'rpo', sli: 'rpo/orders', intervalMs: 1000 });
  const { recoveryTargetMs: _none, ...untimed } = rpo;
  const origin = { target: 'postgres/orders', component: 'postgresql', region: 'eu', zone: '' };

  it('is unknown until a point is seen, and breached once the grace is over', () => {
    const play = new Play([untimed]);
    play.engine.tick(play.now);
    expect(play.engine.exposuresAt(play.now)).toMatchObject([
      { exposureMs: null, status: 'unknown' },
    ]);
    for (let second = 0; second < 7; second += 1) {
      play.pass(1000);
      play.engine.tick(play.now);
    }
    expect(play.engine.exposuresAt(play.now)).toMatchObject([
      { exposureMs: null, status: 'breached' },
    ]);
    const { totals } = play.engine.slos[0]!;
    expect(totals.good).toBe(0);
    expect(totals.bad).toBeGreaterThanOrEqual(1);
  });

  const told = (play: Play, target: string, point: Omit<RestorePoint, 'dataset' | 'source'>) =>
    play.engine.observe(
      { ...origin, target },
      { restorePoints: [{ dataset: 'orders', source: `seen by ${target}`, ...point }] },
    );
  const exposureOf = (play: Play) => {
    play.engine.tick(play.now);
    return play.engine.exposuresAt(play.now)[0]!;
  };

  it('rests on the best target, and falls back to another one when the best goes back', () => {
    const play = new Play([untimed]);
    told(play, 'lag/orders', { path: 'copy', newestMs: start });
    told(play, 'backups/orders', { path: 'backup', newestMs: start - 2000 });
    expect(exposureOf(play)).toMatchObject({ exposureMs: 0, path: 'copy' });
    told(play, 'lag/orders', { path: 'copy', newestMs: start - 60_000 });
    expect(exposureOf(play)).toMatchObject({ exposureMs: 2000, path: 'backup' });
    told(play, 'backups/orders', { path: 'backup', newestMs: null });
    expect(exposureOf(play)).toMatchObject({ exposureMs: 60_000, status: 'breached' });
    play.engine.forget('lag/orders');
    expect(exposureOf(play)).toMatchObject({ exposureMs: null, source: 'seen by backups/orders' });
  });

  it('is unknown, never met, where it rests on what is no evidence, and breached where even that is too old', () => {
    const play = new Play([untimed]);
    const unproved = 'no backup was ever restored';
    told(play, 'backups/orders', { path: 'backup', newestMs: start, unproved });
    expect(exposureOf(play)).toMatchObject({ exposureMs: 0, status: 'unknown', unproved });
    play.pass(5001);
    expect(exposureOf(play)).toMatchObject({ exposureMs: 5001, status: 'breached' });
    told(play, 'backups/orders', { path: 'backup', newestMs: start + 5000 });
    expect(exposureOf(play)).toMatchObject({ exposureMs: 1, status: 'met', unproved: null });
  });

  it('goes on from what was recorded before a restart, as no evidence, until a target tells', () => {
    const play = new Play([untimed]);
    const row = { dataset: 'orders', startMs: start - 60_000, worstMs: 1000, targetMs: 5000 };
    const history = { incidents: [], events: [], drills: [], exposures: [row] };
    play.engine.restoreIncidents(history, play.now);
    expect(exposureOf(play)).toMatchObject({ exposureMs: 61_000, status: 'unknown' });
    play.pass(5001);
    expect(exposureOf(play)).toMatchObject({ exposureMs: 66_001, status: 'breached' });
    told(play, 'lag/orders', { path: 'copy', newestMs: start - 84_999 });
    expect(exposureOf(play)).toMatchObject({ exposureMs: 90_000, unproved: null });
    play.engine.restoreIncidents(history, play.now);
    expect(exposureOf(play)).toMatchObject({ exposureMs: 90_000 });
  });

  it('goes on with what is known through a change of the configuration', () => {
    const play = new Play([untimed]);
    told(play, 'lag/orders', { path: 'copy', newestMs: start });
    play.pass(2000);
    play.engine.configure([untimed], settings, () => true);
    expect(exposureOf(play)).toMatchObject({ exposureMs: 2000, status: 'met' });
  });

  it('grows while nobody tells of a newer point', () => {
    const play = new Play([untimed]);
    told(play, 'postgres/orders', { path: 'copy', newestMs: start });
    play.pass(3000);
    play.engine.tick(play.now);
    expect(play.engine.exposuresAt(play.now)).toMatchObject([{ exposureMs: 3000, status: 'met' }]);
    play.pass(3000);
    play.engine.tick(play.now);
    expect(play.engine.exposuresAt(play.now)).toMatchObject([
      { exposureMs: 6000, status: 'breached' },
    ]);
    expect(play.engine.exposureRows()).toMatchObject([{ dataset: 'orders', worstMs: 6000 }]);
  });
});
