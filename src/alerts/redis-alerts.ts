import type { AlertPlan, Place } from './plan.js';
import { highest, seriesOf, type Series } from './promql.js';
import { about, perPlace, type AlertDefinition } from './rule.js';

const minute = 60_000;
const by = ['master', 'region'];

function sentinelAlerts(
  series: Series,
  { component }: Place,
  matchers: readonly string[],
): AlertDefinition[] {
  const common = { component, dashboard: 'redis' } as const;
  const answering = `sum by (master, region) (${highest([...by, 'sentinel'], series('sensei_sentinel_up', ...matchers))})`;
  const configured = highest(by, series('sensei_sentinel_sentinels_configured', ...matchers));
  const usable = highest(by, series('sensei_sentinel_replicas_usable', ...matchers));
  const expected = highest(by, series('sensei_sentinel_replicas_expected', ...matchers));
  return [
    {
      ...common,
      alert: 'SenseiSentinelNoQuorum',
      severity: 'page',
      expr: `${highest(by, series('sensei_sentinel_quorum_ok', ...matchers))} == 0\nor ${answering}\n  <= on (master, region) 0.5 * ${configured}`,
      forMs: minute,
      summary:
        'The Sentinels of {{ $labels.master }} have no quorum or no majority: nobody can order a failover',
      description:
        'Redis serves as long as its primary lives. When that fails, nothing takes its place.',
    },
    {
      ...common,
      alert: 'SenseiSentinelDisagreement',
      severity: 'page',
      expr: `${highest(by, series('sensei_sentinel_masters_claimed', ...matchers))} > 1`,
      forMs: minute,
      summary: 'The Sentinels of {{ $labels.master }} name {{ $value }} different primaries',
      description:
        'Clients that ask different Sentinels write to different servers. What goes to the wrong one will be dropped.',
    },
    {
      ...common,
      alert: 'SenseiRedundancyBelowMinimum',
      severity: 'page',
      expr: `${usable}\n< on (master, region) ${expected}`,
      forMs: 5 * minute,
      summary:
        '{{ $labels.master }} has {{ $value }} usable replica(s); expected {{ with printf "max(sensei_sentinel_replicas_expected{master=%q})" $labels.master | query }}{{ . | first | value }}{{ end }}',
      description:
        'It takes a primary and its replicas to be highly available. The next failure may find nothing to promote.',
    },
    {
      ...common,
      alert: 'SenseiSentinelDown',
      severity: 'ticket',
      expr: `${highest([...by, 'sentinel', 'zone'], series('sensei_sentinel_up', ...matchers))} == 0`,
      forMs: 5 * minute,
      labels: about.unknown,
      summary:
        'Sentinel {{ $labels.sentinel }} of {{ $labels.master }} has given no answer for five minutes',
      description: 'The others go on. One more, and there may be no majority for a failover.',
    },
  ];
}

/** Redis under Sentinel. */
export function redisAlerts({ settings, places }: AlertPlan): AlertDefinition[] {
  const series = seriesOf(settings.job);
  return perPlace(places.sentinel, 'master', (place, matchers) =>
    sentinelAlerts(series, place, matchers),
  );
}
