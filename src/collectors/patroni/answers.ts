import { z } from 'zod';

/** A field that is left out when it is missing or not what it should be: versions differ. */
function loose<Schema extends z.ZodType>(schema: Schema) {
  return schema.optional().catch(undefined);
}

const flag = loose(z.boolean());
const shortText = loose(z.string().min(1).max(64));
const identifier = loose(
  z.union([z.string().regex(/^\d{1,20}$/), z.int().min(0).transform(String)]),
);
const count = loose(z.int().min(0));

/** A WAL location or a lag in bytes: 64 bits, which a double does not hold. */
const wal = loose(
  z.union([z.int().min(0), z.string().regex(/^\d{1,20}$/)]).transform((value) => BigInt(value)),
);

const instantPattern =
  /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?) ?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)$/;

/** Unix seconds of a time as PostgreSQL or Python writes it; undefined without a clear offset. */
export function parseInstant(text: string): number | undefined {
  const [, date, time, zone] = instantPattern.exec(text) ?? [];
  if (zone === undefined) return undefined;
  const digits = zone.replace(':', '');
  const hasMinutes = digits.length > 3;
  const offset = /^[A-Z]/.test(zone)
    ? 'Z'
    : `${digits.slice(0, 3)}:${hasMinutes ? digits.slice(3) : '00'}`;
  const ms = Date.parse(`${date}T${time}${offset}`);
  return Number.isNaN(ms) ? undefined : ms / 1000;
}

const instant = loose(z.string().transform(parseInstant));

export const liveRoles = ['primary', 'standby_leader', 'replica', 'other'] as const;
export type LiveRole = (typeof liveRoles)[number];

/** `master` through 3.x, `primary` since 4.0. */
function liveRole(role: string): LiveRole {
  if (role === 'master') return 'primary';
  return liveRoles.find((known) => known === role) ?? 'other';
}

/** States of PostgreSQL that Patroni knows; a label, so any other is `other`. */
export const states = [
  'running',
  'streaming',
  'in archive recovery',
  'starting',
  'starting after custom bootstrap',
  'stopping',
  'stopped',
  'crashed',
  'restarting',
  'start failed',
  'stop failed',
  'restart failed',
  'creating replica',
  'initializing new cluster',
  'running custom bootstrap script',
  'initdb failed',
  'custom bootstrap failed',
  'unknown',
  'other',
] as const;
export type State = (typeof states)[number];

function knownState(state: string): State {
  return states.find((known) => known === state) ?? 'other';
}

/** Null where it is not what it should be, as for a role that may not see the rows' values. */
const walSenders = z
  .array(z.object({ application_name: z.string().min(1).max(256), state: z.string() }))
  .max(1024)
  .nullish()
  .catch(null);

/** `GET /patroni`: what a member says of itself. */
export const memberStatus = z
  .object({
    state: z.string().transform(knownState),
    role: z.string().transform(liveRole),
    server_version: count,
    postmaster_start_time: instant,
    timeline: count,
    xlog: loose(
      z.object({
        location: wal,
        received_location: wal,
        replayed_location: wal,
        paused: flag,
      }),
    ),
    /** Since 3.0.4, of a standby. */
    replication_state: loose(z.string().min(1).transform(knownState)),
    /** Left out without any. */
    replication: walSenders,
    sync_standby: flag,
    quorum_standby: flag,
    cluster_unlocked: flag,
    failsafe_mode_is_active: flag,
    /** Unix seconds; 0 until the store was first reached. */
    dcs_last_seen: count,
    pause: flag,
    pending_restart: flag,
    database_system_identifier: identifier,
    patroni: loose(z.object({ version: shortText, scope: shortText })),
  })
  .transform((raw) => ({
    state: raw.state,
    role: raw.role,
    serverVersion: raw.server_version,
    postmasterStartSeconds: raw.postmaster_start_time,
    timeline: raw.timeline === 0 ? undefined : raw.timeline,
    location: raw.xlog?.location,
    received: raw.xlog?.received_location,
    replayed: raw.xlog?.replayed_location,
    replicationState: raw.replication_state,
    streamingTo: raw.xlog === undefined ? undefined : streamingTo(raw.replication),
    isReplayPaused: raw.xlog?.paused ?? false,
    isSynchronous: (raw.sync_standby ?? false) || (raw.quorum_standby ?? false),
    isClusterUnlocked: raw.cluster_unlocked ?? false,
    isFailsafeActive: raw.failsafe_mode_is_active ?? false,
    dcsLastSeenSeconds: raw.dcs_last_seen === 0 ? undefined : raw.dcs_last_seen,
    isPaused: raw.pause ?? false,
    isRestartPending: raw.pending_restart ?? false,
    systemIdentifier: raw.database_system_identifier,
    version: raw.patroni?.version,
    scope: raw.patroni?.scope,
  }));
export type MemberStatus = z.output<typeof memberStatus>;

/** Names of the standbys that receive WAL from the member, in lower case as Patroni compares them. */
function streamingTo(senders: z.output<typeof walSenders>): string[] | undefined {
  if (senders === null) return undefined;
  return (senders ?? [])
    .filter(({ state }) => state === 'streaming')
    .map((sender) => sender.application_name.toLowerCase());
}

export const clusterRoles = [
  'leader',
  'standby_leader',
  'sync_standby',
  'quorum_standby',
  'replica',
  'other',
] as const;
export type ClusterRole = (typeof clusterRoles)[number];

/** `promoted` is a leader whose promotion has not ended; `master` is what old versions wrote. */
function clusterRole(role: string): ClusterRole {
  if (role === 'promoted' || role === 'master') return 'leader';
  return clusterRoles.find((known) => known === role) ?? 'other';
}

const clusterMember = z
  .object({
    name: z.string().min(1).max(256),
    role: z.string().transform(clusterRole),
    state: z.string().transform(knownState).catch('unknown'),
    api_url: loose(z.string().max(1024)),
    timeline: count,
    /** Bytes, or the string `unknown`; the leader has none. */
    lag: wal,
    receive_lag: wal,
    replay_lag: wal,
    scheduled_restart: loose(z.object({ schedule: shortText })),
  })
  .transform((raw) => ({
    name: raw.name,
    role: raw.role,
    state: raw.state,
    apiUrl: raw.api_url,
    timeline: raw.timeline === 0 ? undefined : raw.timeline,
    lag: raw.lag,
    receiveLag: raw.receive_lag,
    replayLag: raw.replay_lag,
    restartAt: raw.scheduled_restart?.schedule,
  }));
export type ClusterMember = z.output<typeof clusterMember>;

/** `GET /cluster`: what the configuration store holds of the cluster. */
export const clusterView = z
  .object({
    members: z.array(clusterMember).max(1024),
    pause: flag,
    scheduled_switchover: loose(z.object({ at: shortText, from: shortText, to: shortText })),
    /** Since 3.2. */
    scope: shortText,
  })
  .transform((raw) => ({
    members: raw.members,
    isPaused: raw.pause ?? false,
    switchover: raw.scheduled_switchover,
    scope: raw.scope,
  }));
export type ClusterView = z.output<typeof clusterView>;

const seconds = loose(
  z.union([
    z.number(),
    z
      .string()
      .regex(/^\d+(?:\.\d+)?$/)
      .transform(Number),
  ]),
);
/** YAML's ways to write a boolean, as Patroni takes them. */
const loosely = loose(
  z.union([
    z.boolean(),
    z.string().transform((text) => ['on', 'true', 'yes', '1'].includes(text.toLowerCase())),
  ]),
);

/**
 * `GET /config`: the dynamic configuration. What is left out has Patroni's default (30, 10, 10 and
 * 300 s). https://patroni.readthedocs.io/en/latest/dynamic_configuration.html
 */
export const dynamicConfig = z
  .object({
    ttl: seconds,
    loop_wait: seconds,
    retry_timeout: seconds,
    primary_start_timeout: seconds,
    master_start_timeout: seconds,
    maximum_lag_on_failover: seconds,
    synchronous_mode: loose(z.union([z.boolean(), z.string()])),
    synchronous_mode_strict: loosely,
    failsafe_mode: loosely,
    standby_cluster: loose(z.looseObject({}).nullable()),
  })
  .transform((raw) => ({
    ttlSeconds: raw.ttl ?? 30,
    loopWaitSeconds: raw.loop_wait ?? 10,
    retryTimeoutSeconds: raw.retry_timeout ?? 10,
    primaryStartTimeoutSeconds: raw.primary_start_timeout ?? raw.master_start_timeout ?? 300,
    maximumLagOnFailoverBytes: raw.maximum_lag_on_failover ?? 1_048_576,
    synchronousMode: synchronousMode(raw.synchronous_mode),
    isSynchronousModeStrict: raw.synchronous_mode_strict ?? false,
    isFailsafeModeOn: raw.failsafe_mode ?? false,
    isStandbyCluster: Object.keys(raw.standby_cluster ?? {}).length > 0,
  }));
export type DynamicConfig = z.output<typeof dynamicConfig>;

/** `quorum` since 4.0. */
function synchronousMode(value: boolean | string | undefined): 'off' | 'on' | 'quorum' {
  const text = String(value).toLowerCase();
  if (text === 'quorum') return 'quorum';
  return ['true', 'on', 'yes', '1'].includes(text) ? 'on' : 'off';
}

/**
 * `GET /history`: `[timeline, lsn, reason, timestamp, new_leader]`, the last two not in every
 * version. Cut to its newest rows by `max_timelines_history`: its length says nothing.
 */
export const history = z
  .array(z.array(z.unknown()).min(3))
  .max(10_000)
  .transform((rows) => {
    const [timeline, , , at, newLeader] = rows.at(-1) ?? [];
    return {
      endedTimeline: typeof timeline === 'number' ? timeline : undefined,
      changedAtSeconds: typeof at === 'string' ? parseInstant(at) : undefined,
      newLeader: typeof newLeader === 'string' ? newLeader.slice(0, 64) : undefined,
    };
  });
export type History = z.output<typeof history>;
