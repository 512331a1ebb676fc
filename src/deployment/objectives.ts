import type { CrossFault } from '../config/checks.js';
import { nearest } from '../config/nearest.js';
import type { Config } from '../config/schema.js';
import type { Warning } from '../config/warnings.js';
import { policyFault } from '../slo/burn-rate.js';
import type { Period, Slo, SloType } from '../slo/objective.js';
import { maintenanceOf, type ScopedWindow } from './maintenance.js';
import { periodLengthMs } from '../slo/views.js';
import { recoveryTargetOf, slisOf, type SliSource } from './slis.js';

/** An objective as somebody wrote it: in the configuration, or in an OpenSLO file. */
export interface Wanted {
  readonly name: string;
  readonly enabled: boolean;
  readonly sli?: string | undefined;
  readonly type?: SloType | undefined;
  readonly objective?: number | undefined;
  readonly period?: Config['slo']['period'] | undefined;
  readonly timeZone?: string | undefined;
  readonly latencyThreshold?: number | undefined;
  readonly recoveryTarget?: number | undefined;
  /** Where it was written, for people. */
  readonly source: string;
  /** A fault of one of its keys, where it can be shown. */
  readonly faultAt: (key: string, message: string) => ObjectiveFault;
}

/** A fault in the configuration, or, with its own words for the place, in another file. */
export type ObjectiveFault = CrossFault | { readonly file: string; readonly message: string };

export interface Objectives {
  readonly slos: readonly Slo[];
  readonly faults: readonly ObjectiveFault[];
  readonly warnings: readonly Warning[];
}

const redundancyObjective = 0.99;
/** What a default SLO falls back to where its probes are too few for more. */
const ladder = [0.9995, 0.999, 0.995, 0.99, 0.98, 0.95];

function periodOf(period: Config['slo']['period'], timeZone: string): Period {
  return typeof period === 'number'
    ? { kind: 'rolling', ms: period }
    : { kind: 'calendar', unit: period, timeZone };
}

function windowsFor(component: string, windows: readonly ScopedWindow[]) {
  return windows
    .filter(({ components }) => components === undefined || components.includes(component))
    .map(({ window }) => window);
}

/** What all SLOs of a configuration have in common. */
interface Shared {
  readonly config: Config;
  readonly windows: readonly ScopedWindow[];
}

function sloOn(source: SliSource, objective: number, { config, windows }: Shared): Slo {
  const { sli, type, name, place, intervalMs, timeoutMs } = source;
  const { slo } = config;
  return {
    name,
    type,
    sli,
    ...place,
    objective,
    period: periodOf(slo.period, slo.timeZone),
    intervalMs,
    timeoutMs,
    ...(isTimed(type) && {
      recoveryTargetMs: source.recoveryTargetMs ?? recoveryTargetOf(place.component),
    }),
    ...(source.toldBy !== undefined && { toldBy: source.toldBy }),
    outageThreshold: source.outageThreshold ?? slo.outageThreshold,
    maintenance: windowsFor(place.component, windows),
    source: 'default',
  };
}

function isSound(slo: Slo, objective: number): boolean {
  const { intervalMs, period } = slo;
  return policyFault({ objective, intervalMs, periodMs: periodLengthMs(period) }) === undefined;
}

/** The default SLO of an SLI: the configured objective, or the highest below that its probes allow. */
function defaultSlo(source: SliSource, shared: Shared): Slo | Warning {
  const { objective: configured } = shared.config.slo;
  const first =
    source.type === 'redundancy' || source.type === 'capacity'
      ? Math.min(configured, redundancyObjective)
      : configured;
  const slo = sloOn(source, first, shared);
  const objective = [first, ...ladder.filter((each) => each < first)].find((each) =>
    isSound(slo, each),
  );
  if (objective !== undefined) return { ...slo, objective };
  return {
    path: 'slo.defaults',
    title: `no SLO for ${source.sli}`,
    reason: `one probe every ${source.intervalMs / 1000} s is too few to tell a page from a lost packet`,
    remedy: 'probe it more often, or write an objective of its own under slo.objectives',
  };
}

function defaultsOf(sources: readonly SliSource[], shared: Shared) {
  const made = shared.config.slo.defaults
    ? sources.filter(({ isDefault }) => isDefault).map((source) => defaultSlo(source, shared))
    : [];
  const slos = made.flatMap((each) => ('sli' in each ? [each] : []));
  const warnings = made.flatMap((each) => ('sli' in each ? [] : [each]));
  return { slos, warnings };
}

function unknownSli(sli: string, sources: readonly SliSource[]): string {
  const names = sources.map((source) => source.sli);
  const close = nearest(sli, names);
  const hint = close === undefined ? '' : `; did you mean "${close}"?`;
  return `found ${JSON.stringify(sli)}; expected an SLI of a configured target${hint} there are: ${names.join(', ') || 'none'}`;
}

/** Whether outages of such an SLO are timed. */
function isTimed(type: SloType): boolean {
  return type === 'availability' || type === 'capacity';
}

function typeFault(wanted: Wanted, type: SloType, source: SliSource): ObjectiveFault | undefined {
  const { latencyThreshold, recoveryTarget, faultAt } = wanted;
  if (type === 'latency' && source.type !== 'availability') {
    return faultAt('type', `found latency; ${source.sli} has no latency, it is ${source.type}`);
  }
  if (type !== 'latency' && type !== source.type) {
    return faultAt('type', `found ${type}; ${source.sli} is ${source.type}`);
  }
  if (type === 'latency' && latencyThreshold === undefined) {
    return faultAt('type', 'found latency without latencyThreshold; expected both');
  }
  if (type !== 'latency' && latencyThreshold !== undefined) {
    return faultAt('latencyThreshold', `found with type ${type}; expected type latency`);
  }
  if (!isTimed(type) && recoveryTarget !== undefined) {
    return faultAt(
      'recoveryTarget',
      `found with type ${type}; expected type availability or capacity`,
    );
  }
  return undefined;
}

/** An SLO as wanted, over what the SLI gives it by default. */
function merged(wanted: Wanted, base: Slo, type: SloType, { config }: Shared): Slo {
  const { recoveryTargetMs, ...rest } = base;
  const { latencyThreshold, period, timeZone } = wanted;
  const target = wanted.recoveryTarget ?? recoveryTargetMs;
  return {
    ...rest,
    name: wanted.name,
    type,
    objective: wanted.objective ?? base.objective,
    period: period === undefined ? base.period : periodOf(period, timeZone ?? config.slo.timeZone),
    ...(latencyThreshold !== undefined && { latencyThresholdMs: latencyThreshold }),
    ...(isTimed(type) && target !== undefined && { recoveryTargetMs: target }),
    source: wanted.source,
  };
}

function sloFor(
  wanted: Wanted,
  replaced: Slo | undefined,
  sources: readonly SliSource[],
  shared: Shared,
): Slo | { readonly fault: ObjectiveFault } {
  const { faultAt } = wanted;
  const sli = wanted.sli ?? replaced?.sli;
  if (sli === undefined) {
    return {
      fault: faultAt('name', 'found without sli; expected one, for no default SLO has this name'),
    };
  }
  const source = sources.find((each) => each.sli === sli);
  if (source === undefined) return { fault: faultAt('sli', unknownSli(sli, sources)) };
  const type = wanted.type ?? source.type;
  const fault = typeFault(wanted, type, source);
  if (fault !== undefined) return { fault };
  const slo = merged(wanted, sloOn(source, shared.config.slo.objective, shared), type, shared);
  const { objective, intervalMs, period } = slo;
  const unsound = policyFault({ objective, intervalMs, periodMs: periodLengthMs(period) });
  if (unsound === undefined) return slo;
  return {
    fault: faultAt(
      wanted.objective === undefined ? 'name' : 'objective',
      `found ${objective}: ${unsound}`,
    ),
  };
}

/** Of several SLOs on one SLI the first alone times its outages: an outage is one incident. */
function timedOnce(slos: readonly Slo[]): Slo[] {
  const timed = new Set<string>();
  return slos.map((slo) => {
    if (slo.recoveryTargetMs === undefined) return slo;
    if (!timed.has(slo.sli)) {
      timed.add(slo.sli);
      return slo;
    }
    const { recoveryTargetMs: _untimed, ...rest } = slo;
    return rest;
  });
}

function doubledNames(wanted: readonly Wanted[]): ObjectiveFault[] {
  const seen = new Set<string>();
  return wanted.flatMap(({ name, faultAt }) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [
      faultAt('name', `found ${JSON.stringify(name)}; expected a name that no other objective has`),
    ];
  });
}

function configured(config: Config): Wanted[] {
  return config.slo.objectives.map((entry, index) => ({
    ...entry,
    source: `slo.objectives[${index}]`,
    faultAt: (key: string, message: string) => ({
      path: ['slo', 'objectives', index, key],
      message,
    }),
  }));
}

/** The SLOs of a configuration: those made for everything collected, and those that somebody wrote. */
export function objectivesOf(config: Config, imported: readonly Wanted[]): Objectives {
  const { windows, faults: windowFaults } = maintenanceOf(config);
  const shared = { config, windows };
  const sources = slisOf(config);
  const defaults = defaultsOf(sources, shared);
  const wanted = [...configured(config), ...imported];
  const byName = new Map(defaults.slos.map((slo) => [slo.name, slo]));
  const faults: ObjectiveFault[] = [...windowFaults, ...doubledNames(wanted)];
  for (const each of wanted) {
    const replaced = byName.get(each.name);
    if (!each.enabled) {
      byName.delete(each.name);
      continue;
    }
    const made = sloFor(each, replaced, sources, shared);
    if ('fault' in made) faults.push(made.fault);
    else byName.set(each.name, made);
  }
  return { slos: timedOnce([...byName.values()]), faults, warnings: defaults.warnings };
}
