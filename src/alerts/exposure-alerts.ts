import type { AlertPlan, Place } from './plan.js';
import { highest, lowest, number, promDuration, seriesOf, type Series } from './promql.js';
import { about, crossRegion, perPlace, type AlertDefinition } from './rule.js';

const minute = 60_000;

const target =
  '{{ with printf "max(sensei_rpo_target_seconds{dataset=%q})" $labels.dataset | query }}{{ . | first | value | humanizeDuration }}{{ end }}';

/** A dataset has no region on its series: it has that of the place. */
function labelsOf({ region }: Place): Record<string, string> {
  return { ...(region === undefined || region === '' ? {} : { region }), ...crossRegion };
}

function exposureAlertsOf(
  series: Series,
  place: Place,
  matchers: readonly string[],
): AlertDefinition[] {
  const exposure = highest(['dataset'], series('sensei_rpo_exposure_seconds', ...matchers));
  const limit = highest(['dataset'], series('sensei_rpo_target_seconds', ...matchers));
  const breached = highest(['dataset'], series('sensei_rpo_breached', ...matchers));
  const common = { component: place.component, dashboard: 'disasterRecovery' } as const;
  return [
    {
      ...common,
      alert: 'SenseiRpoHalfOfTarget',
      severity: 'ticket',
      expr: `${exposure}\n> on (dataset) 0.5 * ${limit}`,
      forMs: minute,
      labels: labelsOf(place),
      summary: `{{ $value | humanizeDuration }} of {{ $labels.dataset }} would be lost now, more than half of the ${target} that may be`,
      description:
        'The newest point that the dataset could be brought back to is growing old: a copy lags, or backups do not come.',
    },
    {
      ...common,
      alert: 'SenseiRpoBreached',
      severity: 'page',
      expr: `${exposure}\n> on (dataset) ${limit}`,
      forMs: minute,
      labels: labelsOf(place),
      summary: `{{ $value | humanizeDuration }} of {{ $labels.dataset }} would be lost now; at most ${target} may be`,
      description:
        'Were the data lost now, more than was promised would be gone. Do not fail over without knowing what that loses.',
    },
    {
      ...common,
      alert: 'SenseiRpoUnknown',
      severity: 'page',
      expr: `${breached} == 1\nunless on (dataset) ${exposure}`,
      labels: { ...labelsOf(place), ...about.unknown },
      summary: `What would be lost of {{ $labels.dataset }} has been unknown for longer than the grace time; at most ${target} may be`,
      description:
        'Nothing tells how far behind the copy or the backup is. What is not known counts as breached.',
    },
  ];
}

function certificateAlerts(series: Series, { settings }: AlertPlan): AlertDefinition[] {
  const ends = lowest(
    ['target', 'component', 'region', 'zone'],
    series('sensei_lb_tls_chain_not_after_timestamp_seconds'),
  );
  const within = (ms: number) => `${ends} - time() < ${number(ms / 1000)}`;
  const { certificate, certificateUrgent } = settings.limits;
  const summary =
    'A certificate of {{ $labels.target }} {{ if gt $value 0.0 }}ends in {{ $value | humanizeDuration }}{{ else }}has ended{{ end }}';
  return [
    {
      alert: 'SenseiCertificateExpiring',
      severity: 'ticket',
      expr: within(certificate),
      dashboard: 'endpoints',
      summary,
      description: `Less than ${promDuration(certificate)} is left, of the endpoint's own certificate or of one above it. Whatever renews it has not done so.`,
    },
    {
      alert: 'SenseiCertificateExpiresSoon',
      severity: 'page',
      expr: within(certificateUrgent),
      dashboard: 'endpoints',
      summary,
      description: `Less than ${promDuration(certificateUrgent)} is left. When it has ended no client that verifies it gets in.`,
    },
  ];
}

function backupAlertsOf(
  series: Series,
  { component }: Place,
  matchers: readonly string[],
  maxAgeMs: number,
): AlertDefinition[] {
  const by = ['backup', 'region'];
  const newest = highest(by, series('sensei_backup_newest_timestamp_seconds', ...matchers));
  const common = { component, dashboard: 'disasterRecovery' } as const;
  return [
    {
      ...common,
      alert: 'SenseiBackupStale',
      severity: 'ticket',
      expr: `time() - ${newest} > ${number(maxAgeMs / 1000)}`,
      forMs: 5 * minute,
      summary: `The newest good backup of {{ $labels.backup }} is {{ $value | humanizeDuration }} old; expected one every ${promDuration(maxAgeMs)} at least`,
      description:
        'Backups have ceased to come, or to be good. Archived WAL may still bring everything back, for longer and longer.',
    },
    {
      ...common,
      alert: 'SenseiBackupNotRestorable',
      severity: 'page',
      expr: `${highest(by, series('sensei_backup_restorable', ...matchers))} == 0`,
      forMs: 10 * minute,
      summary: 'There is no backup of {{ $labels.backup }} that could be restored',
      description:
        'As far as its records tell, none is whole. What is deleted by mistake now is gone.',
    },
    {
      ...common,
      alert: 'SenseiWalArchivingFailing',
      severity: 'ticket',
      expr: `${highest(by, series('sensei_backup_archiving', ...matchers))} == 0\nor ${highest(by, series('sensei_backup_archive_missing', ...matchers))} == 1`,
      forMs: 10 * minute,
      summary:
        'WAL of {{ $labels.backup }} is not archived, or has gaps: {{ with printf "max(sensei_backup_segments_waiting{backup=%q})" $labels.backup | query }}{{ . | first | value }}{{ else }}an unknown number of{{ end }} segments wait',
      description:
        'What is written now can be brought back from nowhere but the servers themselves, and the log fills their disk.',
    },
    {
      ...common,
      alert: 'SenseiRestoreUnproved',
      severity: 'ticket',
      expr: `${highest(by, series('sensei_backup_proved', ...matchers))} == 0`,
      forMs: 60 * minute,
      summary: 'No restore of {{ $labels.backup }} that succeeded is on record, or it is too old',
      description:
        'A backup that was never restored is no evidence. `restoreTest` says where its record is looked for.',
    },
  ];
}

function objectAlertsOf(
  series: Series,
  { component }: Place,
  matchers: readonly string[],
): AlertDefinition[] {
  const by = ['replication'];
  const outstanding = highest(
    by,
    series('sensei_objects_canaries_outstanding', 'state="corrupt"', ...matchers),
  );
  return [
    {
      alert: 'SenseiObjectReplicationStalled',
      severity: 'ticket',
      expr: `${highest(by, series('sensei_objects_stalled', ...matchers))} == 1`,
      forMs: 5 * minute,
      component,
      labels: { ...crossRegion, ...about.replication },
      dashboard: 'disasterRecovery',
      summary:
        'Objects of {{ $labels.replication }} are not copied: {{ with printf "sum(max by (state) (sensei_objects_canaries_outstanding{replication=%q}))" $labels.replication | query }}{{ . | first | value }}{{ end }} canary object(s) have no true copy',
      description:
        'What is put in the source now exists once. RPO exposure grows from the first one that was not copied.',
    },
    {
      alert: 'SenseiObjectsCorrupt',
      severity: 'ticket',
      expr: `${outstanding} > 0`,
      forMs: 5 * minute,
      component,
      labels: crossRegion,
      dashboard: 'disasterRecovery',
      summary:
        '{{ $value }} canary object(s) of {{ $labels.replication }} were copied with other bytes',
      description: 'The copies are not the originals: what is copied beside them may be as wrong.',
    },
  ];
}

/** What would be lost, and what it would be brought back from. */
export function exposureAlerts(plan: AlertPlan): AlertDefinition[] {
  const series = seriesOf(plan.settings.job);
  const { places, backupAgeMs } = plan;
  return [
    ...perPlace(places.datasets, 'dataset', (place, matchers) =>
      exposureAlertsOf(series, place, matchers),
    ),
    ...certificateAlerts(series, plan),
    ...perPlace(places.backups, 'backup', (place, matchers) =>
      backupAlertsOf(series, place, matchers, backupAgeMs),
    ),
    ...perPlace(places.objects, 'replication', (place, matchers) =>
      objectAlertsOf(series, place, matchers),
    ),
  ];
}
