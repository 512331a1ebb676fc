import { setImmediate as nextTurn } from 'node:timers/promises';
import { drillVerdicts } from '../drills/judge.js';
import type { DrillStanding, ShownDrill } from '../drills/standing.js';
import { count, gauge, type Increment, type Sample } from '../metrics/sample.js';
import type { SloEngine } from '../slo/engine.js';
import { worstExposure, type Exposure } from '../slo/exposure.js';
import { incidentClasses, verdictStatuses, type Incident } from '../slo/incident.js';
import type { Verdict } from '../slo/answers.js';
import type { Slo } from '../slo/objective.js';
import type { Instant } from '../slo/observation.js';
import { regionStates } from '../slo/region.js';
import type { SloTracker, Totals } from '../slo/tracker.js';
import { periodName, standingOf } from '../slo/views.js';
import { burnWindows } from '../slo/windows.js';
import type { MetricsPage } from '../telemetry/metrics-page.js';

const windowNames = [...burnWindows.map(({ name }) => name), 'period'];
/** SLOs written before the event loop gets a turn: a fraction of a millisecond each. */
const slosPerTurn = 20;

/** What does not change while an SLO is configured: its labels make their lines once. */
interface Lines {
  readonly slo: Slo;
  readonly owner: string;
  readonly labels: { readonly slo: string };
  readonly info: readonly Sample[];
  readonly byWindow: Readonly<Record<string, { readonly slo: string; readonly window: string }>>;
  counted: Totals;
}

/** An outage under way, and since when it answers again. */
interface Open {
  readonly incident: Incident;
  readonly answersSinceMs: number | null;
}

function openOf(engine: SloEngine, { name }: Slo): Open | undefined {
  const incident = engine.openIncident(name);
  return incident && { incident, answersSinceMs: engine.answersSinceMs(name) };
}

function linesOf(slo: Slo): Lines {
  const { name, sli, type, component, region, zone, period, objective, recoveryTargetMs } = slo;
  const labels = { slo: name };
  const described = { slo: name, sli, type, component, region, zone, period: periodName(period) };
  return {
    slo,
    owner: `slo:${name}`,
    labels,
    info: [
      gauge('sensei_slo_info', described, 1),
      gauge('sensei_slo_objective_ratio', labels, objective),
      ...(recoveryTargetMs === undefined
        ? []
        : [gauge('sensei_recovery_target_seconds', labels, recoveryTargetMs / 1000)]),
    ],
    byWindow: Object.fromEntries(windowNames.map((window) => [window, { slo: name, window }])),
    counted: { good: 0, bad: 0, unknown: 0, excluded: 0 },
  };
}

/** Counters of an SLO that exist from the start. */
function zeros({ name, recoveryTargetMs }: Slo): Increment[] {
  const labels = { slo: name };
  const slices = [
    count('sensei_slo_valid_slices_total', labels, 0),
    count('sensei_slo_bad_slices_total', labels, 0),
    count('sensei_slo_unknown_slices_total', labels, 0),
    count('sensei_slo_excluded_slices_total', labels, 0),
  ];
  if (recoveryTargetMs === undefined) return slices;
  return [...slices, ...outageZeros(name)];
}

function outageZeros(slo: string): Increment[] {
  return [
    ...incidentClasses.map((each) => count('sensei_outages_total', { slo, class: each }, 0)),
    count('sensei_recovery_target_breaches_total', { slo }, 0),
  ];
}

/** Writes budgets, outages, exposure and verdicts to `/metrics`. */
export class SloMetrics {
  private readonly lines = new Map<string, Lines>();
  /** Bounds of the last outage of each SLO, in seconds. */
  private readonly lastRecovery = new Map<string, readonly Sample[]>();
  private isPublishing = false;
  /** Names of what the loss of whole regions is timed against. */
  private regions: ReadonlySet<string> = new Set();

  constructor(private readonly page: MetricsPage) {}

  configure(slos: readonly Slo[], regions: readonly Slo[]): void {
    this.configureRegions(regions);
    const names = new Set(slos.map(({ name }) => name));
    for (const [name, { owner }] of this.lines) {
      if (names.has(name)) continue;
      this.page.series.forget(owner);
      this.lines.delete(name);
      this.lastRecovery.delete(name);
    }
    for (const slo of slos) {
      const known = this.lines.get(slo.name);
      this.lines.set(slo.name, { ...linesOf(slo), ...(known && { counted: known.counted }) });
      this.page.series.increment(`slo:${slo.name}`, zeros(slo));
    }
  }

  private configureRegions(regions: readonly Slo[]): void {
    const names = new Set(regions.map(({ name }) => name));
    for (const name of this.regions) if (!names.has(name)) this.page.series.forget(`slo:${name}`);
    this.regions = names;
    for (const { name } of regions) {
      this.page.series.increment(`slo:${name}`, outageZeros(name));
    }
  }

  publishRegions(engine: SloEngine, now: Instant): void {
    const { regions: standings, routing, peersUp, regionSlos } = engine;
    const nowMs = engine.nowMs(now);
    this.page.series.replaceGauges('regions', [
      ...regionSlos.flatMap((slo) => regionSamples(slo, openOf(engine, slo), nowMs)),
      ...standings.flatMap(({ region, state: found, votes, vantagePoints }) => [
        ...regionStates.map((state) =>
          gauge('sensei_region_state', { region, state }, state === found),
        ),
        gauge('sensei_region_votes', { region }, votes),
        gauge('sensei_region_vantage_points', { region }, vantagePoints),
      ]),
      ...[...routing].map(([region, isHealthy]) =>
        gauge('sensei_region_routing_healthy', { region }, isHealthy),
      ),
      ...[...peersUp].map(([peer, isHeard]) => gauge('sensei_peer_up', { peer }, isHeard)),
    ]);
  }

  /** An SLO that began to count anew: its totals are at 0 again, its counters stay. */
  restarted(name: string): void {
    const lines = this.lines.get(name);
    if (lines !== undefined) lines.counted = { good: 0, bad: 0, unknown: 0, excluded: 0 };
  }

  /** Once a second. A round that finds the one before still at work is left out. */
  async publish(engine: SloEngine, now: Instant): Promise<void> {
    if (this.isPublishing) return;
    this.isPublishing = true;
    const nowMs = engine.nowMs(now);
    let written = 0;
    for (const tracker of engine.slos) {
      this.publishSlo(tracker, openOf(engine, tracker.slo), nowMs);
      written += 1;
      if (written % slosPerTurn === 0) await nextTurn();
    }
    this.isPublishing = false;
  }

  closed(incident: Incident): void {
    const { slo, component, scenario, lowMs, highMs, verdict } = incident;
    this.page.series.increment(`slo:${slo}`, [
      count('sensei_outages_total', { slo, class: incident.class }),
      ...(incident.class === 'outage'
        ? [count('sensei_recovery_target_breaches_total', { slo }, Number(verdict === 'breached'))]
        : []),
    ]);
    this.remember(incident);
    if (incident.class !== 'outage') return;
    this.page.recoveryLow.observe({ component, scenario }, lowMs / 1000);
    if (highMs !== null) this.page.recoveryHigh.observe({ component, scenario }, highMs / 1000);
  }

  /** The last outage of an SLO, also one of before the process began. */
  remember({ slo, class: kind, lowMs, highMs }: Incident): void {
    if (kind !== 'outage') return;
    const low = gauge('sensei_outage_recovery_seconds', { slo, bound: 'low' }, lowMs / 1000);
    const high =
      highMs === null
        ? []
        : [gauge('sensei_outage_recovery_seconds', { slo, bound: 'high' }, highMs / 1000)];
    this.lastRecovery.set(slo, [low, ...high]);
  }

  publishVerdicts(verdicts: readonly Verdict[]): void {
    this.page.series.replaceGauges(
      'verdicts',
      verdicts.flatMap(({ tier, disruption, objective, status: found }) =>
        verdictStatuses.map((status) =>
          gauge('sensei_verdict', { tier, disruption, objective, status }, status === found),
        ),
      ),
    );
  }

  /** What was exercised of each kind of failure, and how often it is to be; drills have the newest first. */
  publishDrills(drills: readonly ShownDrill[], standings: readonly DrillStanding[]): void {
    this.page.series.replaceGauges(
      'drills',
      standings.flatMap((standing) => drillSamples(drills, standing)),
    );
  }

  publishExposures(exposures: readonly Exposure[], now: Instant): void {
    const worst = worstExposure(exposures);
    const ofDeployment =
      worst === undefined
        ? []
        : [
            gauge('sensei_rpo_worst_dataset_info', { dataset: worst.dataset }, 1),
            ...(worst.exposureMs === null
              ? []
              : [gauge('sensei_rpo_deployment_exposure_seconds', {}, worst.exposureMs / 1000)]),
          ];
    this.page.series.replaceGauges('exposures', [
      ...exposures.flatMap((exposure) => exposureSamples(exposure, now)),
      ...ofDeployment,
    ]);
  }

  private publishSlo(tracker: SloTracker, open: Open | undefined, nowMs: number): void {
    const lines = this.lines.get(tracker.slo.name);
    if (lines === undefined) return;
    this.count(lines, tracker.totals);
    this.page.series.replaceGauges(lines.owner, [
      ...lines.info,
      ...budgetSamples(lines, tracker, nowMs),
      ...outageSamples(lines, open, nowMs),
      ...(this.lastRecovery.get(tracker.slo.name) ?? []),
    ]);
  }

  private count({ owner, labels, counted }: Lines, totals: Totals): void {
    const grown = (outcome: keyof Totals) => Math.max(0, totals[outcome] - counted[outcome]);
    const bad = grown('bad');
    this.page.series.increment(owner, [
      count('sensei_slo_valid_slices_total', labels, grown('good') + bad),
      count('sensei_slo_bad_slices_total', labels, bad),
      count('sensei_slo_unknown_slices_total', labels, grown('unknown')),
      count('sensei_slo_excluded_slices_total', labels, grown('excluded')),
    ]);
    Object.assign(counted, totals);
  }
}

function drillSamples(
  drills: readonly ShownDrill[],
  { scenario, periodMs, newest }: DrillStanding,
): Sample[] {
  const counted = drills.find((drill) => drill.scenario === scenario && drill.counts);
  return [
    ...(periodMs === null
      ? []
      : [gauge('sensei_drill_period_seconds', { scenario }, periodMs / 1000)]),
    ...(counted === undefined
      ? []
      : [gauge('sensei_drill_last_timestamp_seconds', { scenario }, counted.atMs / 1000)]),
    ...(newest === null
      ? []
      : [
          gauge('sensei_drill_recorded_timestamp_seconds', { scenario }, newest.atMs / 1000),
          ...drillVerdicts.map((verdict) =>
            gauge('sensei_drill_verdict', { scenario, verdict }, verdict === newest.verdict),
          ),
        ]),
  ];
}

function exposureSamples(
  { dataset, exposureMs, targetMs, status, path, unproved }: Exposure,
  { wallMs }: Instant,
): Sample[] {
  const known =
    exposureMs === null
      ? []
      : [
          gauge('sensei_rpo_exposure_seconds', { dataset }, exposureMs / 1000),
          gauge(
            'sensei_rpo_restorable_timestamp_seconds',
            { dataset },
            (wallMs - exposureMs) / 1000,
          ),
        ];
  return [
    ...known,
    ...(path === null ? [] : [gauge('sensei_rpo_path_info', { dataset, path }, 1)]),
    gauge('sensei_rpo_target_seconds', { dataset }, targetMs / 1000),
    gauge('sensei_rpo_breached', { dataset }, status === 'breached'),
    gauge('sensei_rpo_unproved', { dataset }, unproved !== null),
  ];
}

function budgetSamples({ labels, byWindow }: Lines, tracker: SloTracker, nowMs: number): Sample[] {
  const { windows, period, budgetRemaining, exhaustionMs } = standingOf(tracker, nowMs);
  const samples: Sample[] = [
    gauge('sensei_slo_coverage_ratio', byWindow['period']!, period.coverage),
  ];
  for (const [name, { burnRate, coverage }] of Object.entries(windows)) {
    const of = byWindow[name]!;
    samples.push(gauge('sensei_slo_coverage_ratio', of, coverage));
    if (burnRate !== null) samples.push(gauge('sensei_slo_burn_rate', of, burnRate));
  }
  if (budgetRemaining !== null) {
    samples.push(
      gauge('sensei_slo_burn_rate', byWindow['period']!, 1 - budgetRemaining),
      gauge('sensei_slo_error_budget_remaining_ratio', labels, budgetRemaining),
    );
  }
  if (exhaustionMs !== null) {
    samples.push(gauge('sensei_slo_error_budget_exhaustion_seconds', labels, exhaustionMs / 1000));
  }
  return samples;
}

/** How the loss of a whole region stands against the RTO. */
function regionSamples(slo: Slo, open: Open | undefined, nowMs: number): Sample[] {
  const labels = { slo: slo.name };
  return [
    gauge('sensei_recovery_target_seconds', labels, (slo.recoveryTargetMs ?? 0) / 1000),
    ...outageSamples({ slo, labels }, open, nowMs),
  ];
}

function outageSamples(
  { slo, labels }: Pick<Lines, 'slo' | 'labels'>,
  open: Open | undefined,
  nowMs: number,
): Sample[] {
  if (slo.recoveryTargetMs === undefined) return [];
  const isOpen = open !== undefined && open.incident.class !== 'maintenance';
  const flag = gauge('sensei_outage_open', labels, isOpen);
  if (!isOpen) return [flag];
  const { firstFailMs } = open.incident;
  const endMs = open.answersSinceMs ?? nowMs;
  return [
    flag,
    gauge('sensei_outage_open_since_timestamp_seconds', labels, firstFailMs / 1000),
    gauge('sensei_outage_elapsed_seconds', labels, Math.max(0, endMs - firstFailMs) / 1000),
  ];
}
