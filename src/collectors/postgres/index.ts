import { count } from '../../metrics/sample.js';
import type { CanaryMemory } from '../canary.js';
import type { Collector } from '../contract.js';
import { failureReasons } from '../failure.js';
import { closeCanary, observeCanary, openCanary, type CanaryIo } from './canary.js';
import { measureCanary, measureCanaryFailure } from './measure-canary.js';
import { measurePostgres, type PostgresMemory } from './measure.js';
import { closePostgres, observePostgres, openPostgres, type PostgresIo } from './observe.js';
import type { CanarySnapshot, PostgresSnapshot } from './snapshot.js';
import {
  canaryTargets,
  clusterTargets,
  type CanaryTarget,
  type PostgresTarget,
} from './targets.js';

/** The statistics views of every member of a PostgreSQL cluster. */
export const postgresCollector: Collector<
  PostgresTarget,
  PostgresIo,
  PostgresSnapshot,
  PostgresMemory
> = {
  kind: 'postgres',
  targets: clusterTargets,
  counters: ({ name, region, members }) =>
    members.flatMap((member) => {
      const labels = { cluster: name, region, member: member.name };
      return [
        count('sensei_postgres_archived_segments_total', labels, 0),
        count('sensei_postgres_archive_failures_total', labels, 0),
        ...failureReasons.map((reason) =>
          count('sensei_postgres_member_failures_total', { ...labels, reason }, 0),
        ),
      ];
    }),
  open: openPostgres,
  observe: observePostgres,
  measure: measurePostgres,
  failed: (target, _reason, memory, span, partial) =>
    partial === undefined ? {} : measurePostgres(target, partial as PostgresSnapshot, memory, span),
  close: closePostgres,
};

/** A heartbeat committed and read back through the write path of a PostgreSQL cluster. */
export const postgresCanaryCollector: Collector<
  CanaryTarget,
  CanaryIo,
  CanarySnapshot,
  CanaryMemory
> = {
  kind: 'postgres-canary',
  targets: canaryTargets,
  counters: ({ name, region }) => {
    const labels = { cluster: name, region };
    return [
      count('sensei_postgres_canary_writes_total', labels, 0),
      count('sensei_postgres_canary_connections_total', labels, 0),
      count('sensei_postgres_canary_lost_heartbeats_total', labels, 0),
      ...failureReasons.map((reason) =>
        count('sensei_postgres_canary_failures_total', { ...labels, reason }, 0),
      ),
    ];
  },
  open: openCanary,
  observe: observeCanary,
  measure: measureCanary,
  failed: measureCanaryFailure,
  close: closeCanary,
};
