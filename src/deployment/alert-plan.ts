import { promDuration } from '../alerts/promql.js';
import { alertsOf } from '../alerts/rules.js';
import type { AlertPlan, Place } from '../alerts/plan.js';
import { backupsTargets } from '../collectors/backups/targets.js';
import type { Target } from '../collectors/contract.js';
import { lagTargets } from '../collectors/lag/targets.js';
import { objectsTargets } from '../collectors/objects/targets.js';
import { patroniTargets } from '../collectors/patroni/targets.js';
import { clusterTargets } from '../collectors/postgres/targets.js';
import { sentinelTargets } from '../collectors/sentinel/targets.js';
import type { CrossFault } from '../config/checks.js';
import { nearest } from '../config/nearest.js';
import type { Config } from '../config/schema.js';
import type { Slo } from '../slo/objective.js';
import { regionSlo, watchedRegions } from '../slo/region.js';
import { tiers } from '../slo/tiers.js';
import { slisOf } from './slis.js';

const hour = 3_600_000;

interface Named {
  readonly name: string;
  readonly component: string;
  readonly region?: string;
}

/** Places by component, and by region where it matters; names only where there are several places. */
function placesOf(named: readonly Named[], fallback: string): Place[] {
  const places = new Map<string, { component: string; region?: string; names: string[] }>();
  for (const { name, component, region } of named) {
    const key = JSON.stringify([component, region]);
    const place = places.get(key) ?? {
      component,
      ...(region !== undefined && { region }),
      names: [],
    };
    place.names.push(name);
    places.set(key, place);
  }
  if (places.size === 0) return [{ component: fallback, names: undefined }];
  if (places.size === 1)
    return [...places.values()].map((place) => ({ ...place, names: undefined }));
  return [...places.values()];
}

function byComponent(targets: readonly Target[], fallback: string): Place[] {
  return placesOf(
    targets.map(({ name, component }) => ({ name, component })),
    fallback,
  );
}

function datasetPlaces(config: Config): Place[] {
  const named = slisOf(config)
    .filter(({ type }) => type === 'rpo')
    .map(({ sli, place: { component, region } }) => ({
      name: sli.slice('rpo/'.length),
      component,
      region,
    }));
  return placesOf(named, 'data');
}

function backupAgeMs({ alerts, settings }: Config): number {
  const { backupAge } = alerts.limits;
  if (backupAge !== undefined) return backupAge;
  return settings.backups === undefined ? 36 * hour : 1.5 * settings.backups.interval;
}

/** What the rules of a configuration are made of. */
export function alertPlanOf(config: Config, slos: readonly Slo[], version: string): AlertPlan {
  const { deployment, tier, objectives, alerts } = config;
  const rtoMs = objectives.rto ?? tiers[tier].rtoMs;
  return {
    deployment,
    tier,
    version,
    slos,
    regions: watchedRegions(slos).map((region) => regionSlo(region, rtoMs)),
    places: {
      patroni: byComponent(patroniTargets(config), 'postgresql'),
      postgres: byComponent(clusterTargets(config), 'postgresql'),
      lag: byComponent(lagTargets(config), 'postgresql'),
      sentinel: byComponent(sentinelTargets(config), 'redis'),
      backups: byComponent(backupsTargets(config), 'backups'),
      objects: byComponent(objectsTargets(config), 'objects'),
      datasets: datasetPlaces(config),
    },
    settings: alerts,
    backupAgeMs: backupAgeMs(config),
  };
}

function unknownAlerts(config: Config): CrossFault[] {
  const names = alertsOf(alertPlanOf(config, [], '')).map(({ alert }) => alert);
  const known = [...new Set([...names, 'SenseiErrorBudgetBurnFast', 'SenseiErrorBudgetBurnSlow'])];
  return config.alerts.disabled.flatMap((name, index) => {
    if (known.includes(name)) return [];
    const close = nearest(name, known);
    const hint = close === undefined ? '' : `; did you mean "${close}"?`;
    return [
      {
        path: ['alerts', 'disabled', index],
        message: `found ${JSON.stringify(name)}; expected the name of an alert${hint} docs/alerts.md lists them`,
      },
    ];
  });
}

function receiverFaults({ alerts: { alertmanager } }: Config): CrossFault[] {
  if (alertmanager === undefined) return [];
  const path = ['alerts', 'alertmanager'];
  const { tickets, pagerduty } = alertmanager;
  const forAll = pagerduty.flatMap(({ components }, index) =>
    components === undefined ? [index] : [],
  );
  const faults: CrossFault[] = [];
  if (forAll.length !== 1) {
    faults.push({
      path: [...path, 'pagerduty', ...forAll.slice(1, 2)],
      message: `found ${forAll.length} services without components; expected one, where everything goes that no other takes`,
    });
  }
  if (
    tickets !== undefined &&
    (tickets.url === undefined) === (tickets.routingKeyFile === undefined)
  ) {
    faults.push({
      path: [...path, 'tickets'],
      message:
        'expected url, of a webhook, or routingKeyFile, of a PagerDuty service: one of the two',
    });
  }
  return faults;
}

/** What is in a region closes its outages after the stabilisation time: it must be silent until then. */
function settlingFaults({ alerts, slo }: Config): CrossFault[] {
  const { regionSettles } = alerts.limits;
  if (regionSettles > slo.stabilisation) return [];
  return [
    {
      path: ['alerts', 'limits', 'regionSettles'],
      message: `found ${promDuration(regionSettles)}; expected more than slo.stabilisation, ${promDuration(slo.stabilisation)}, or a region that is back pages for everything in it`,
    },
  ];
}

/** What is wrong with the alerts of a configuration that no single key shows. */
export function alertFaults(config: Config): CrossFault[] {
  return [...unknownAlerts(config), ...receiverFaults(config), ...settlingFaults(config)];
}
