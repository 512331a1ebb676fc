import { describe, expect, it } from 'vitest';
import {
  subjectOf,
  switchOf,
  type Announcement,
} from '../../src/collectors/sentinel/announcement.js';
import {
  flagsOf,
  parseInstance,
  parseInstances,
  parseTilt,
} from '../../src/collectors/sentinel/answer.js';
import { sentinelCanaryCollector, sentinelCollector } from '../../src/collectors/sentinel/index.js';
import {
  isUsableReplica,
  knownSentinels,
  usableSentinels,
  type SentinelMemory,
} from '../../src/collectors/sentinel/measure.js';
import type { SentinelAnswer, SentinelResult } from '../../src/collectors/sentinel/snapshot.js';
import { AnnouncementQueue } from '../../src/collectors/sentinel/subscription.js';
import { configOf } from '../support/collect.js';
import { recordedAnnouncements, recordedSentinel } from './recorded.js';

const config = configOf(
  {
    sentinel: [
      {
        name: 'cache',
        region: 'a',
        sentinels: ['s1', 's2', 's3'].map((name) => ({ name, address: `${name}:26379` })),
        canary: {},
      },
    ],
  },
  { redis: { sentinel: { quorum: 2 }, replica: { replicaCount: 2 } } },
);
const target = sentinelCollector.targets(config)[0]!;
const canary = sentinelCanaryCollector.targets(config)[0]!;

const span = (seconds: number) => {
  const at = { wallMs: seconds * 1000, monoMs: seconds * 1000 };
  return { startedAt: at, endedAt: at };
};
const all = (situation: string, change: Partial<SentinelAnswer> = {}) =>
  ['s1', 's2', 's3'].map((name) => recordedSentinel(situation, name, change));

function measured(
  results: readonly SentinelResult[],
  memory?: SentinelMemory,
  announcements: readonly Announcement[] = [],
  seconds = 0,
) {
  const measurement = sentinelCollector.measure(
    target,
    { results, announcements, dropped: 0 },
    memory,
    span(seconds),
  );
  const value = (metric: string, labels: Record<string, string> = {}) => {
    const found = measurement.samples.filter(
      (sample) =>
        sample.metric === metric &&
        Object.entries(labels).every(([key, each]) => sample.labels[key] === each),
    );
    expect(found.length).toBeLessThanOrEqual(1);
    return found[0]?.value;
  };
  const counted = (metric: string) =>
    measurement.increments
      .filter((step) => step.metric === metric)
      .reduce((sum, { by }) => sum + by, 0);
  return { ...measurement, value, counted, outcome: measurement.observations[0] };
}

/** The answers with another primary and epoch. */
function naming(address: string, epoch: number): SentinelResult[] {
  const [ip = '', port = ''] = address.split(':');
  return all('healthy').map((result) => {
    if (!result.ok) return result;
    const master = { ...result.answer.master, ip, port, 'config-epoch': String(epoch) };
    return { ...result, answer: { ...result.answer, address, master } };
  });
}

const first = '127.0.1.21:6379';
const second = '127.0.1.22:6379';
const third = '127.0.1.23:6379';
const switchAt = (sentinel: string, from: string, to: string, seconds: number): Announcement => ({
  sentinel,
  channel: '+switch-master',
  message: `cache ${from.replace(':', ' ')} ${to.replace(':', ' ')}`,
  at: { wallMs: seconds * 1000, monoMs: seconds * 1000 },
});
const switches = 'sensei_sentinel_switches_total';

describe('sentinel on recorded answers', () => {
  it('sees a healthy deployment', () => {
    const { value, outcome } = measured(all('healthy'));
    expect(outcome).toMatchObject({ sli: 'sentinel/cache/agreement', outcome: 'good' });
    expect(value('sensei_sentinel_masters_claimed')).toBe(1);
    expect(value('sensei_sentinel_replicas_usable', { sentinel: 's1' })).toBe(2);
    expect(value('sensei_sentinel_replicas_expected')).toBe(2);
    expect(value('sensei_sentinel_sentinels_usable', { sentinel: 's2' })).toBe(3);
    expect(value('sensei_sentinel_down_after_seconds', { sentinel: 's3' })).toBe(1);
  });

  it('while the primary is dead: down by a quorum, and bad', () => {
    const { value, outcome } = measured(all('down1000-kill9-1-during'));
    expect(value('sensei_sentinel_master_flag', { sentinel: 's1', flag: 'o_down' })).toBe(1);
    expect(outcome).toMatchObject({ outcome: 'bad', reason: 'primary_down' });
  });

  it('a kill of the primary with its recorded announcements is one switch, and its evidence is told once', () => {
    const before = measured(all('healthy'));
    const announcements = ['s1', 's2', 's3'].flatMap(recordedAnnouncements);
    const after = measured(
      all('down1000-kill9-1-after'),
      before.memory,
      announcements,
      announcements[0]!.at.monoMs / 1000,
    );
    expect(after.counted(switches)).toBe(1);
    const types = after.events.map(({ type }) => type);
    expect(types.filter((type) => type === 'switch_master')).toHaveLength(1);
    expect(types.filter((type) => type === 'odown')).toHaveLength(1);
    expect(after.outcome?.outcome).toBe('good');
  });

  it('a dead Sentinel has up 0 and no other gauge', () => {
    const dead: SentinelResult = { ok: false, sentinel: 's3', reason: 'timeout', message: 'late' };
    const { samples, outcome } = measured([...all('healthy').slice(0, 2), dead]);
    expect(
      samples
        .filter(({ labels }) => labels['sentinel'] === 's3')
        .map(({ metric, value }) => `${metric} ${value}`),
    ).toEqual(['sensei_sentinel_up 0']);
    expect(outcome?.outcome).toBe('good');
  });
});

describe('switches are counted once', () => {
  const start = measured(naming(first, 1)).memory;

  it('at the first collection: none', () => {
    expect(measured(naming(second, 9)).counted(switches)).toBe(0);
  });

  it('when announced by three Sentinels, in one collection or over several', () => {
    const one = measured(
      naming(first, 2),
      start,
      [switchAt('s1', first, second, 1), switchAt('s2', first, second, 1.1)],
      1,
    );
    expect(one.counted(switches)).toBe(1);
    const two = measured(naming(second, 2), one.memory, [switchAt('s3', first, second, 2)], 2);
    expect(two.counted(switches)).toBe(0);
    expect(measured(naming(second, 2), two.memory, [], 30).counted(switches)).toBe(0);
  });

  it('in the middle of it, where the old address stands beside the new epoch: not twice', () => {
    const one = measured(naming(first, 2), start, [switchAt('s1', first, second, 1)], 1);
    const two = measured(naming(first, 2), one.memory, [], 2);
    const three = measured(naming(second, 2), two.memory, [], 3);
    expect([one, two, three].map((each) => each.counted(switches))).toEqual([1, 0, 0]);
  });

  it('when nobody was heard: by two collections that name another address in a higher epoch', () => {
    const one = measured(naming(second, 2), start, [], 5);
    const two = measured(naming(second, 2), one.memory, [], 10);
    const three = measured(naming(second, 2), two.memory, [], 15);
    expect([one, two, three].map((each) => each.counted(switches))).toEqual([0, 1, 0]);
  });

  it('there and on: two switches are two', () => {
    const one = measured(naming(second, 2), start, [switchAt('s1', first, second, 1)], 1);
    const two = measured(naming(third, 3), one.memory, [switchAt('s1', second, third, 30)], 30);
    expect([one, two].map((each) => each.counted(switches))).toEqual([1, 1]);
  });

  it('when a Sentinel was told anew (another address, no higher epoch): not a failover', () => {
    const one = measured(naming(second, 0), start, [], 20);
    const two = measured(naming(second, 0), one.memory, [], 25);
    expect([one, two].map((each) => each.counted(switches))).toEqual([0, 0]);
    expect(two.memory.address).toBe(second);
  });

  it("another master's switch is not ours", () => {
    const other = {
      ...switchAt('s1', first, second, 1),
      message: `sessions ${first.replace(':', ' ')} ${second.replace(':', ' ')}`,
    };
    expect(measured(naming(first, 1), start, [other], 1).counted(switches)).toBe(0);
  });
});

describe('pitfalls of Sentinel', () => {
  it('pitfall: ask every Sentinel and compare: the number of distinct masters claimed, and of epochs', () => {
    const [s1, s2] = naming(first, 1);
    const [, , s3] = naming(second, 2);
    const { value, outcome } = measured([s1!, s2!, s3!]);
    expect(value('sensei_sentinel_masters_claimed')).toBe(2);
    expect(value('sensei_sentinel_epochs_claimed')).toBe(2);
    expect(outcome?.outcome).toBe('good');
    expect(measured([s1!, s3!]).outcome).toMatchObject({ outcome: 'bad', reason: 'no_agreement' });
  });

  it('pitfall: num-other-sentinels excludes self', () => {
    const [s1] = all('healthy');
    if (!s1?.ok) throw new Error('recorded');
    expect(s1.answer.master['num-other-sentinels']).toBe('2');
    expect(knownSentinels(s1.answer)).toBe(3);
  });

  it('pitfall: dead peers and replicas are never forgotten: known and usable are two numbers', () => {
    const [s1] = all('down1000-kill9-1-after');
    if (!s1?.ok) throw new Error('recorded');
    const { value } = measured([s1]);
    expect(value('sensei_sentinel_replicas_known', { sentinel: 's1' })).toBe(2);
    const dead = { ...s1.answer.replicas[0]!, flags: 's_down,slave,disconnected' };
    const result: SentinelResult = {
      ...s1,
      answer: {
        ...s1.answer,
        replicas: [dead, s1.answer.replicas[1]!],
        sentinels: s1.answer.sentinels.map((each) => ({ ...each, flags: 's_down,sentinel' })),
      },
    };
    const after = measured([result]);
    expect(after.value('sensei_sentinel_replicas_known', { sentinel: 's1' })).toBe(2);
    expect(after.value('sensei_sentinel_sentinels_usable', { sentinel: 's1' })).toBe(1);
    expect(after.value('sensei_sentinel_sentinels_known', { sentinel: 's1' })).toBe(3);
  });

  it('pitfall: CKQUORUM ignores disconnected and TILT: usable says what it does not', () => {
    const [s1] = all('healthy');
    if (!s1?.ok) throw new Error('recorded');
    const blind: SentinelAnswer = {
      ...s1.answer,
      sentinels: s1.answer.sentinels.map((each) => ({ ...each, flags: 'sentinel,disconnected' })),
    };
    expect(blind.quorumOk).toBe(true);
    expect(usableSentinels(blind)).toBe(1);
  });

  it('pitfall: TILT: that Sentinel is not usable, and its word does not count', () => {
    const tilted = all('healthy', { tilt: true });
    expect(measured(tilted).outcome).toMatchObject({
      outcome: 'unknown',
      reason: 'no_usable_sentinel',
    });
    const [one] = tilted;
    expect(one?.ok && usableSentinels(one.answer)).toBe(2);
    expect(measured(tilted).value('sensei_sentinel_tilt', { sentinel: 's1' })).toBe(1);
  });

  it('pitfall: flags are split on commas: s_down is not found inside another word', () => {
    expect(flagsOf({ flags: 's_down,o_down,master,disconnected' })).toEqual([
      's_down',
      'o_down',
      'master',
      'disconnected',
    ]);
    expect(flagsOf({})).toEqual([]);
    const { value } = measured(
      all('healthy').map((each) =>
        each.ok
          ? {
              ...each,
              answer: {
                ...each.answer,
                master: { ...each.answer.master, flags: 'master,xs_down' },
              },
            }
          : each,
      ),
    );
    expect(value('sensei_sentinel_master_flag', { sentinel: 's1', flag: 's_down' })).toBe(0);
  });

  it('pitfall: durations are ages in milliseconds: exported in seconds', () => {
    const [s1] = all('healthy');
    if (!s1?.ok) throw new Error('recorded');
    const replica = {
      ...s1.answer.replicas[0]!,
      'master-link-status': 'err',
      'master-link-down-time': '4500',
    };
    const { value } = measured([{ ...s1, answer: { ...s1.answer, replicas: [replica] } }]);
    expect(value('sensei_sentinel_replica_link_down_seconds')).toBe(4.5);
    expect(value('sensei_sentinel_failover_timeout_seconds')).toBe(10);
    expect(isUsableReplica(replica)).toBe(false);
  });

  it('pitfall: the epoch counts forced failovers too: two counters', () => {
    const start = measured(naming(first, 1)).memory;
    const { counted } = measured(naming(first, 3), start, [], 5);
    expect(counted('sensei_sentinel_epoch_changes_total')).toBe(2);
    expect(counted(switches)).toBe(0);
  });

  it('pitfall: +switch-master times the switch: the event is stamped on receipt, not at the collection', () => {
    const start = measured(naming(first, 1)).memory;
    const { events } = measured(naming(second, 2), start, [switchAt('s2', first, second, 1.25)], 5);
    expect(events.find(({ type }) => type === 'switch_master')?.at.monoMs).toBe(1250);
  });

  it('settings against the recovery target: a down-after of 30 s leaves nothing of 30 s', () => {
    const slow = all('healthy').map((each) =>
      each.ok
        ? {
            ...each,
            answer: {
              ...each.answer,
              master: { ...each.answer.master, 'down-after-milliseconds': '30000' },
            },
          }
        : each,
    );
    expect(measured(slow).value('sensei_sentinel_detection_share_ratio')).toBe(1);
  });
});

describe('answers and announcements', () => {
  it.each([
    ['a flat list', ['name', 'cache', 'quorum', '2'], { name: 'cache', quorum: '2' }],
    ['a map of RESP3', new Map([['name', 'cache']]), { name: 'cache' }],
    ['an object', { name: 'cache', quorum: 2 }, { name: 'cache', quorum: '2' }],
    ['an odd list', ['name'], undefined],
    ['text', 'OK', undefined],
    ['nothing', null, undefined],
  ])('%s', (_title, value, expected) => {
    expect(parseInstance(value)).toEqual(expected);
  });

  it('refuses a list with something else in it', () => {
    expect(parseInstances([['name', 'a'], 7])).toBeUndefined();
    expect(parseInstances('x')).toBeUndefined();
    expect(parseTilt('# Sentinel\r\nsentinel_tilt:1\r\n')).toBe(true);
    expect(parseTilt('')).toBeUndefined();
  });

  it('reads subjects and switches, and nothing of other forms', () => {
    expect(subjectOf('slave 127.0.0.2:6379 127.0.0.2 6379 @ cache 127.0.0.1 6379')).toEqual({
      role: 'slave',
      address: '127.0.0.2:6379',
      masterName: 'cache',
    });
    expect(subjectOf('master cache 127.0.0.1 6379 #quorum 3/2')).toEqual({
      role: 'master',
      address: '127.0.0.1:6379',
      masterName: 'cache',
    });
    expect(subjectOf('#tilt mode entered')).toBeUndefined();
    expect(switchOf('cache 127.0.0.1')).toBeUndefined();
  });

  it('waits in a bounded queue, and what is dropped is counted', () => {
    const queue = new AnnouncementQueue();
    for (let index = 0; index < 1500; index += 1) queue.push(switchAt('s1', first, second, index));
    const { announcements, dropped } = queue.drain();
    expect([announcements.length, dropped]).toEqual([1000, 500]);
    expect(queue.drain()).toEqual({ announcements: [], dropped: 0 });
  });
});

describe('the Redis write canary', () => {
  const good = { address: first, connectSeconds: 0, writeSeconds: 0.001, reconnected: false };

  it('is lost once and restored with its bracket', () => {
    const start = sentinelCanaryCollector.measure(canary, good, undefined, span(0));
    const lost = sentinelCanaryCollector.failed!(canary, 'connect', start.memory, span(1));
    const still = sentinelCanaryCollector.failed!(canary, 'protocol', lost.memory, span(2));
    const back = sentinelCanaryCollector.measure(canary, good, still.memory, span(3));
    expect([lost, still, back].map(({ events }) => events?.map(({ type }) => type))).toEqual([
      ['write_path_lost'],
      [],
      ['write_path_restored'],
    ]);
    expect(back.events[0]?.detail).toContain('2.000 s to 3.000 s');
  });

  it('says nothing of writes where a secret of its own cannot be read', () => {
    const failed = sentinelCanaryCollector.failed!(canary, 'internal', undefined, span(1));
    expect(failed.observations).toMatchObject([{ outcome: 'unknown', reason: 'internal' }]);
    expect(failed.events).toEqual([]);
    const back = sentinelCanaryCollector.measure(canary, good, failed.memory, span(2));
    expect(back.events).toEqual([]);
  });

  it('is off unless its block is there', () => {
    const off = configOf({
      sentinel: [{ name: 'cache', sentinels: [{ name: 's1', address: 's1:26379' }] }],
    });
    expect(sentinelCanaryCollector.targets(off)).toEqual([]);
  });
});
