import { count, gauge, type Increment, type Sample, optional } from '../../metrics/sample.js';
import type { EventType, EvidenceEvent, Fact, Observation } from '../../slo/observation.js';
import { componentTargets, recoveryTargetsMs } from '../../slo/tiers.js';
import type { Measurement, Span } from '../contract.js';
import { subjectOf, type Announcement } from './announcement.js';
import { flagsOf, isUsable, numberIn, type Instance } from './answer.js';
import {
  agreedAddress,
  foldSwitches,
  type CountedSwitch,
  type SwitchMemory,
} from './measure-switches.js';
import type { SentinelAnswer, SentinelResult, SentinelSnapshot } from './snapshot.js';
import type { SentinelTarget } from './targets.js';

type Answered = Extract<SentinelResult, { ok: true }>;

export interface SentinelMemory extends SwitchMemory {
  /** Highest configuration epoch that any Sentinel has shown. */
  readonly highestEpoch: number | undefined;
  readonly up: ReadonlyMap<string, boolean>;
  /** Announcements reported lately: the same one from another Sentinel is not reported again. */
  readonly reported: readonly { readonly id: string; readonly monoMs: number }[];
}

/** Flags of a primary that are exported; others are shown by SENTINEL MASTER alone. */
const masterFlags = [
  's_down',
  'o_down',
  'disconnected',
  'master_down',
  'failover_in_progress',
  'force_failover',
] as const;
const sameAnnouncementMs = 10_000;

const eventTypes: Readonly<Record<string, EventType>> = {
  '+sdown': 'sdown',
  '-sdown': 'sdown_cleared',
  '+odown': 'odown',
  '-odown': 'odown_cleared',
  '+tilt': 'tilt_began',
  '-tilt': 'tilt_ended',
  '+try-failover': 'failover_state',
  '+elected-leader': 'failover_state',
  '+failover-end': 'failover_state',
  '-failover-abort-no-good-slave': 'failover_state',
  '-failover-abort-not-elected': 'failover_state',
};

function labelsOf({ name, region }: SentinelTarget) {
  return { master: name, region };
}

/** Peers that a Sentinel can count on, itself included; in TILT it does not count itself. */
export function usableSentinels({ sentinels, tilt }: SentinelAnswer): number {
  return sentinels.filter(isUsable).length + (tilt === true ? 0 : 1);
}

/** `num-other-sentinels` leaves the Sentinel itself out. */
export function knownSentinels({ master, sentinels }: SentinelAnswer): number {
  return (numberIn(master, 'num-other-sentinels') ?? sentinels.length) + 1;
}

export function isUsableReplica(replica: Instance): boolean {
  return isUsable(replica) && replica['master-link-status'] === 'ok';
}

function settingSamples(target: SentinelTarget, { sentinel, answer }: Answered): Sample[] {
  const labels = { ...labelsOf(target), sentinel };
  const downAfterMs = numberIn(answer.master, 'down-after-milliseconds');
  const timeoutMs = numberIn(answer.master, 'failover-timeout');
  const inSeconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1000);
  return [
    ...optional(
      (value) => gauge('sensei_sentinel_down_after_seconds', labels, value),
      inSeconds(downAfterMs),
    ),
    ...optional(
      (value) => gauge('sensei_sentinel_failover_timeout_seconds', labels, value),
      inSeconds(timeoutMs),
    ),
    ...optional(
      (value) => gauge('sensei_sentinel_quorum', labels, value),
      numberIn(answer.master, 'quorum'),
    ),
    ...optional(
      (value) => gauge('sensei_sentinel_config_epoch', labels, value),
      numberIn(answer.master, 'config-epoch'),
    ),
  ];
}

function replicaSamples(target: SentinelTarget, { sentinel, answer }: Answered): Sample[] {
  return answer.replicas.flatMap((replica) => {
    const labels = {
      ...labelsOf(target),
      sentinel,
      replica: `${replica['ip']}:${replica['port']}`,
    };
    const downMs = numberIn(replica, 'master-link-down-time');
    return [
      gauge('sensei_sentinel_replica_link_up', labels, replica['master-link-status'] === 'ok'),
      ...optional(
        (value) => gauge('sensei_sentinel_replica_link_down_seconds', labels, value / 1000),
        downMs,
      ),
      ...optional(
        (value) => gauge('sensei_sentinel_replica_offset_bytes', labels, value),
        numberIn(replica, 'slave-repl-offset'),
      ),
    ];
  });
}

function sentinelSamples(target: SentinelTarget, result: Answered): Sample[] {
  const { sentinel, answer } = result;
  const labels = { ...labelsOf(target), sentinel };
  const flags = flagsOf(answer.master);
  return [
    gauge('sensei_sentinel_master_info', { ...labels, address: answer.address }, 1),
    gauge('sensei_sentinel_quorum_ok', labels, answer.quorumOk),
    gauge('sensei_sentinel_sentinels_usable', labels, usableSentinels(answer)),
    gauge('sensei_sentinel_sentinels_known', labels, knownSentinels(answer)),
    gauge(
      'sensei_sentinel_replicas_usable',
      labels,
      answer.replicas.filter(isUsableReplica).length,
    ),
    gauge('sensei_sentinel_replicas_known', labels, answer.replicas.length),
    ...masterFlags.map((flag) =>
      gauge('sensei_sentinel_master_flag', { ...labels, flag }, flags.includes(flag)),
    ),
    ...(answer.tilt === undefined ? [] : [gauge('sensei_sentinel_tilt', labels, answer.tilt)]),
    ...settingSamples(target, result),
    ...replicaSamples(target, result),
  ];
}

function distinct(values: readonly unknown[]): number {
  return new Set(values).size;
}

function clusterSamples(target: SentinelTarget, answers: readonly SentinelAnswer[]): Sample[] {
  const labels = labelsOf(target);
  const configured = [
    gauge('sensei_sentinel_sentinels_configured', labels, target.sentinels.length),
    gauge('sensei_sentinel_quorum_expected', labels, target.quorumExpected),
    ...optional(
      (value) => gauge('sensei_sentinel_replicas_expected', labels, value),
      target.replicasExpected,
    ),
  ];
  if (answers.length === 0) return configured;
  const downAfter = answers.flatMap(
    ({ master }) => numberIn(master, 'down-after-milliseconds') ?? [],
  );
  return [
    ...configured,
    gauge(
      'sensei_sentinel_masters_claimed',
      labels,
      distinct(answers.map(({ address }) => address)),
    ),
    gauge(
      'sensei_sentinel_epochs_claimed',
      labels,
      distinct(answers.map(({ master }) => master['config-epoch'])),
    ),
    ...(downAfter.length === 0
      ? []
      : [
          gauge(
            'sensei_sentinel_detection_share_ratio',
            labels,
            Math.max(...downAfter) / recoveryTargetsMs.redis,
          ),
        ]),
  ];
}

function upSamples(target: SentinelTarget, results: readonly SentinelResult[]): Sample[] {
  const zones = new Map(target.sentinels.map(({ name, zone }) => [name, zone]));
  return results.map(({ sentinel, ok }) =>
    gauge(
      'sensei_sentinel_up',
      { ...labelsOf(target), zone: zones.get(sentinel) ?? '', sentinel },
      ok,
    ),
  );
}

function highestEpoch(
  before: number | undefined,
  answers: readonly SentinelAnswer[],
): number | undefined {
  const epochs = answers.flatMap(({ master }) => numberIn(master, 'config-epoch') ?? []);
  return epochs.length === 0 ? before : Math.max(before ?? 0, ...epochs);
}

function increments(
  target: SentinelTarget,
  snapshot: SentinelSnapshot,
  switches: number,
  rise: number,
): Increment[] {
  const labels = labelsOf(target);
  return [
    count('sensei_sentinel_switches_total', labels, switches),
    count('sensei_sentinel_epoch_changes_total', labels, rise),
    count('sensei_sentinel_events_dropped_total', labels, snapshot.dropped),
    ...snapshot.results.flatMap((result) =>
      result.ok
        ? []
        : [
            count('sensei_sentinel_failures_total', {
              ...labels,
              sentinel: result.sentinel,
              reason: result.reason,
            }),
          ],
    ),
  ];
}

function switchEvent(found: CountedSwitch, span: Span): EvidenceEvent {
  const { from, to, announcement } = found;
  const how =
    announcement === undefined
      ? 'seen in a higher epoch, no announcement was heard'
      : `announced by ${announcement.sentinel}`;
  return {
    type: 'switch_master',
    at: announcement?.at ?? span.endedAt,
    subject: to,
    detail: `the primary changed from ${from} to ${to} (${how})`,
  };
}

interface Reported {
  readonly events: readonly EvidenceEvent[];
  readonly reported: SentinelMemory['reported'];
}

/** An announcement about our master as an event, unless another Sentinel's was reported just before. */
function report(so: Reported, target: SentinelTarget, announcement: Announcement): Reported {
  const { channel, message, at, sentinel } = announcement;
  const type = eventTypes[channel];
  const subject = subjectOf(message);
  const isTilt = channel.endsWith('tilt');
  if (type === undefined || (!isTilt && subject?.masterName !== target.masterName)) return so;
  const what = isTilt ? sentinel : `${subject?.role} ${subject?.address}`;
  const id = `${channel} ${what}`;
  const recent = so.reported.filter((each) => at.monoMs - each.monoMs < sameAnnouncementMs);
  if (recent.some((each) => each.id === id)) return { ...so, reported: recent };
  const event: EvidenceEvent = {
    type,
    at,
    subject: what,
    detail: `${sentinel} announced ${channel} ${message}`,
  };
  return { events: [...so.events, event], reported: [...recent, { id, monoMs: at.monoMs }] };
}

function upEvents(
  results: readonly SentinelResult[],
  before: ReadonlyMap<string, boolean> | undefined,
  span: Span,
): EvidenceEvent[] {
  return results.flatMap((result) => {
    const { sentinel, ok } = result;
    const was = before?.get(sentinel);
    if (was === undefined || was === ok) return [];
    const detail = result.ok
      ? `${sentinel} answers again`
      : `${sentinel} gives no answer: ${result.message}`;
    return [
      {
        type: ok ? ('member_up' as const) : ('member_down' as const),
        at: span.endedAt,
        subject: sentinel,
        detail,
      },
    ];
  });
}

/** Whether enough usable Sentinels name one primary that none of them calls down. */
function agreement(
  target: SentinelTarget,
  answers: readonly SentinelAnswer[],
): Pick<Observation, 'outcome' | 'reason'> {
  const usable = answers.filter(({ tilt }) => tilt !== true);
  const agreed = agreedAddress(usable);
  if (agreed === undefined) return { outcome: 'unknown', reason: 'no_usable_sentinel' };
  if (agreed.claims < target.quorumExpected) return { outcome: 'bad', reason: 'no_agreement' };
  const down = usable.filter(({ master }) => !isUsable(master)).length;
  if (down >= target.quorumExpected) return { outcome: 'bad', reason: 'primary_down' };
  if (usable.every(({ quorumOk }) => !quorumOk)) return { outcome: 'bad', reason: 'no_quorum' };
  return { outcome: 'good' };
}

/** The SLI of having enough instances that a failover keeps the service. */
export function redundancySli(target: SentinelTarget): string {
  return `sentinel/${target.name}/redundancy`;
}

/** A usable primary and as many usable replicas as are expected, as the best informed Sentinel sees it. */
function redundancyOf(
  target: SentinelTarget,
  answers: readonly SentinelAnswer[],
): Pick<Observation, 'outcome' | 'reason'> {
  const usable = answers.filter(({ tilt }) => tilt !== true);
  if (usable.length === 0) return { outcome: 'unknown', reason: 'no_usable_sentinel' };
  const counts = usable.map(
    ({ master, replicas }) => Number(isUsable(master)) + replicas.filter(isUsableReplica).length,
  );
  const least =
    target.replicasExpected === undefined
      ? componentTargets.redis.minimumInstances
      : target.replicasExpected + 1;
  if (Math.max(...counts) < least) return { outcome: 'bad', reason: 'instances_missing' };
  return { outcome: 'good' };
}

function facts(
  target: SentinelTarget,
  results: readonly SentinelResult[],
  answers: readonly SentinelAnswer[],
): Fact[] {
  const agreed = agreedAddress(answers);
  const master = 'SENTINEL GET-MASTER-ADDR-BY-NAME of every Sentinel';
  return [
    { name: 'master', value: agreed?.address ?? null, source: master },
    {
      name: 'agreement',
      value: agreed === undefined ? null : `${agreed.claims} of ${target.sentinels.length}`,
      source: master,
    },
    { name: 'epoch', value: agreed?.epoch ?? null, source: 'SENTINEL MASTER' },
    ...results.flatMap((result): Fact[] => {
      const { sentinel } = result;
      if (!result.ok) return [{ name: `${sentinel}.master`, value: null, source: result.message }];
      const { answer } = result;
      return [
        {
          name: `${sentinel}.master`,
          value: answer.address,
          source: `SENTINEL GET-MASTER-ADDR-BY-NAME on ${sentinel}`,
        },
        {
          name: `${sentinel}.quorum`,
          value: answer.quorumText,
          source: `SENTINEL CKQUORUM on ${sentinel}`,
        },
        {
          name: `${sentinel}.usable_replicas`,
          value: answer.replicas.filter(isUsableReplica).length,
          source: `SENTINEL REPLICAS on ${sentinel}`,
        },
      ];
    }),
  ];
}

/** What one collection of a Redis deployment says. Pure. */
export function measureSentinel(
  target: SentinelTarget,
  snapshot: SentinelSnapshot,
  memory: SentinelMemory | undefined,
  span: Span,
): Measurement<SentinelMemory> {
  const { results, announcements } = snapshot;
  const answered = results.filter((result) => result.ok);
  const answers = answered.map(({ answer }) => answer);
  const { memory: next, switches } = foldSwitches(
    memory,
    target.masterName,
    answers,
    announcements,
    span.endedAt.monoMs,
  );
  const highest = highestEpoch(memory?.highestEpoch, answers);
  const rise = memory?.highestEpoch === undefined ? 0 : (highest ?? 0) - memory.highestEpoch;
  const nothing: Reported = { events: [], reported: memory?.reported ?? [] };
  const { events, reported } = announcements.reduce(
    (so, each) => report(so, target, each),
    nothing,
  );
  return {
    samples: [
      ...upSamples(target, results),
      ...clusterSamples(target, answers),
      ...answered.flatMap((result) => sentinelSamples(target, result)),
    ],
    increments: increments(target, snapshot, switches.length, rise),
    observations: [
      {
        sli: `sentinel/${target.name}/agreement`,
        at: span.startedAt,
        endedAt: span.endedAt,
        ...agreement(target, answers),
      },
      {
        sli: redundancySli(target),
        at: span.startedAt,
        endedAt: span.endedAt,
        ...redundancyOf(target, answers),
      },
    ],
    events: [
      ...events,
      ...switches.map((each) => switchEvent(each, span)),
      ...upEvents(results, memory?.up, span),
    ],
    facts: facts(target, results, answers),
    memory: {
      ...next,
      highestEpoch: highest,
      up: new Map(results.map(({ sentinel, ok }) => [sentinel, ok])),
      reported,
    },
  };
}
