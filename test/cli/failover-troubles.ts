import type { GateName } from '../../src/dr/gates.js';
import type { ExposureRow } from '../../src/slo/slice.js';
import type { Json } from '../patroni/recorded.js';
import { startFakeRedis, type RespValue } from '../support/fake-redis.js';
import { refusedPort, type TcpServer } from '../support/faulty-tcp.js';
import { drillThatTook, hour, type Trouble, type WholeDeployment } from '../dr/whole-deployment.js';

/** What a failover is refused for: the gate that it is about first, then those that go with it. */
export type Blocked = readonly [name: GateName, verdict: 'FAIL' | 'UNKNOWN'];

export interface Case {
  /** Ends a sentence that begins with "a failover". */
  readonly title: string;
  readonly blocked: readonly [Blocked, ...Blocked[]];
  /** Brings the trouble about. What it answers with is undone afterwards. */
  readonly bring: (deployment: WholeDeployment) => Promise<Trouble> | Trouble;
  readonly mend?: (deployment: WholeDeployment) => Promise<void> | void;
}

/** Where one member's PostgreSQL says something else. */
function postgresOf(name: string, change: Partial<Parameters<Postgres>[1]>): Trouble {
  return { postgres: (member, healthy) => (member === name ? { ...healthy, ...change } : healthy) };
}
type Postgres = NonNullable<Trouble['postgres']>;

function postgresDead(...names: readonly string[]): Trouble {
  return { postgres: (member, healthy) => (names.includes(member) ? undefined : healthy) };
}

/** Where Patroni of the members says something else to a path. */
function patroniOf(
  names: readonly string[],
  path: string,
  change: (healthy: Json) => unknown,
): Trouble {
  return {
    patroni: (member, asked, healthy) =>
      names.includes(member) && asked === path ? change(healthy) : healthy,
  };
}

function patroniDead(...names: readonly string[]): Trouble {
  return { patroni: (member, _path, healthy) => (names.includes(member) ? 503 : healthy) };
}

function collectors(change: Json): Trouble {
  return {
    config: (healthy) => ({
      ...healthy,
      collectors: { ...(healthy['collectors'] as Json), ...change },
    }),
  };
}

function withHeartbeats(trouble: Trouble, address: string): Trouble {
  const config = (healthy: Json): Json => {
    const { postgres, ...others } = healthy['collectors'] as { postgres: Json[] };
    const canaries = postgres.map((each) => ({ ...each, canary: { address, user: 'canary' } }));
    return { ...healthy, collectors: { ...others, postgres: canaries } };
  };
  return { ...trouble, config };
}

/** A copy that has had nothing for long, and streams. */
const stuck = { receiveLsn: '0/4000', replayLsn: '0/4000' };

const receiver = { status: 'streaming', received_tli: 2, slot_name: 'region_b' } as const;

function leaderIs(name: string) {
  return (healthy: Json): Json => ({
    ...healthy,
    members: (healthy['members'] as Json[]).map((member) => ({
      ...member,
      role: member['name'] === name ? 'leader' : 'replica',
    })),
  });
}

const bucket = {
  bucket: 'documents',
  endpoint: 'http://127.0.0.1:1',
  accessKeyId: { env: 'SENSEI_TEST_ID' },
  secretAccessKey: { env: 'SENSEI_TEST_KEY' },
};

/** Objects that are copied to the region, and what the exporter has recorded of them. */
async function objects(
  deployment: WholeDeployment,
  name: string,
  exposures: readonly ExposureRow[],
): Promise<Trouble> {
  const file = await deployment.record(name, { drills: [drillThatTook(60_000)], exposures });
  const target = {
    name: 'documents',
    source: { ...bucket, region: 'region-a' },
    destination: { ...bucket, region: 'region-b' },
  };
  const watched = collectors({ objects: [target] });
  return {
    config: (healthy) => ({
      ...watched.config!(healthy),
      store: { file },
      disasterRecovery: {
        ...(healthy['disasterRecovery'] as Json),
        replication: { objectStorage: { enabled: true } },
      },
    }),
  };
}

function redisAt(port: number): Trouble {
  const sentinels = [{ name: 's1', address: `127.0.0.1:${port}` }];
  const watched = collectors({ sentinel: [{ name: 'cache', region: 'region-b', sentinels }] });
  return {
    config: (healthy) => ({
      ...watched.config!(healthy),
      redis: { sentinel: { enabled: true, quorum: 1 } },
    }),
  };
}

/** A Sentinel whose primary is down, and that has nobody to agree with. */
function lonelySentinel([word = '', what = '']: readonly string[]): RespValue {
  const words = [
    'name',
    'cache',
    'ip',
    '127.0.0.1',
    'port',
    '6379',
    'flags',
    'master,s_down,o_down',
  ];
  const numbers = ['num-other-sentinels', '0', 'quorum', '1', 'config-epoch', '3'];
  const answers: Readonly<Record<string, RespValue>> = {
    'GET-MASTER-ADDR-BY-NAME': ['127.0.0.1', '6379'],
    MASTER: [...words, ...numbers, 'down-after-milliseconds', '1000', 'failover-timeout', '10000'],
    REPLICAS: [],
    SENTINELS: [],
    CKQUORUM: 'OK 1 usable Sentinels. Quorum and failover authorization can be reached',
    INFO: '# Sentinel\r\nsentinel_tilt:0\r\n',
  };
  const key = word.toUpperCase() === 'SENTINEL' ? what : word;
  return answers[key.toUpperCase()] ?? 'OK';
}

let sentinel: TcpServer | undefined;

function thisMinute(worstMs: number | null): ExposureRow {
  const startMs = Math.floor(Date.now() / 60_000) * 60_000;
  return { dataset: 'documents', startMs, worstMs, targetMs: 60_000 };
}

/** Every gate, made to fail. */
export const failing: readonly Case[] = [
  {
    title: 'where both regions write',
    blocked: [
      ['one-writer', 'FAIL'],
      ['same-timeline', 'FAIL'],
      ['streaming', 'FAIL'],
      ['received-position', 'FAIL'],
      ['replay-running', 'FAIL'],
    ],
    bring: () => postgresOf('b1', { inRecovery: false, currentLsn: '0/9000', writtenTimeline: 2 }),
  },
  {
    title: 'where a member of the other region writes without the lock',
    blocked: [['one-writer', 'FAIL']],
    bring: () => patroniOf(['a1'], '/cluster', leaderIs('a2')),
  },
  {
    title: 'to a copy of another database',
    blocked: [
      ['same-system', 'FAIL'],
      ['received-position', 'UNKNOWN'],
    ],
    bring: () => postgresOf('b1', { systemIdentifier: '78' }),
  },
  {
    title: 'to a copy that has a history of its own',
    blocked: [
      ['same-timeline', 'FAIL'],
      ['received-position', 'UNKNOWN'],
    ],
    bring: () => postgresOf('b1', { receiver, checkpointTimeline: 2 }),
  },
  {
    title: 'to a region whose standby leader is stopped',
    blocked: [['standby-leader', 'FAIL']],
    bring: () => patroniOf(['b2'], '/patroni', (healthy) => ({ ...healthy, state: 'stopped' })),
  },
  {
    title: 'to a copy that receives nothing',
    blocked: [
      ['streaming', 'FAIL'],
      ['received-position', 'UNKNOWN'],
    ],
    bring: () => postgresOf('b1', { receiver: null }),
  },
  {
    title: 'that would lose more than the RPO',
    blocked: [['received-position', 'FAIL']],
    bring: () =>
      withHeartbeats(
        {
          ...postgresOf('b1', stuck),
          heartbeatMs: (member) => Date.now() - (member === 'a1' ? 0 : hour),
        },
        '127.0.0.1:1',
      ),
  },
  {
    title: 'to a copy whose replay is paused',
    blocked: [['replay-running', 'FAIL']],
    bring: () => postgresOf('b1', { replayPaused: true }),
  },
  {
    title: 'to a leader without a replica',
    blocked: [['healthy-replica', 'FAIL']],
    bring: () => patroniOf(['b1'], '/patroni', (healthy) => ({ ...healthy, state: 'stopped' })),
  },
  {
    title: 'while Patroni is paused',
    blocked: [['no-pause', 'FAIL']],
    bring: () => patroniOf(['b1', 'b2'], '/cluster', (healthy) => ({ ...healthy, pause: true })),
  },
  {
    title: 'while a member does not reach the configuration store',
    blocked: [['dcs', 'FAIL']],
    bring: () =>
      patroniOf(['b2'], '/patroni', (healthy) => ({
        ...healthy,
        dcs_last_seen: Number(healthy['dcs_last_seen']) - 600,
      })),
  },
  {
    title: 'to a region with too few instances',
    blocked: [['capacity', 'FAIL']],
    bring: async ({ kubernetes }) => {
      await kubernetes.scale('sensei-workers', 1);
      return {};
    },
    mend: ({ kubernetes }) => kubernetes.scale('sensei-workers', 6),
  },
  {
    title: 'to a region whose objects are behind',
    blocked: [['objects', 'FAIL']],
    bring: (deployment) => objects(deployment, 'behind.db', [thisMinute(3_600_000)]),
  },
  {
    title: 'to a region whose Redis has no primary',
    blocked: [['redis', 'FAIL']],
    bring: async () => {
      sentinel = await startFakeRedis(lonelySentinel);
      return redisAt(sentinel.port);
    },
    mend: () => sentinel?.close(),
  },
  {
    title: 'without a good backup',
    blocked: [['backups', 'FAIL']],
    bring: (deployment) => {
      deployment.writeStanza((stanza) => stanza.backup.splice(0));
      return {};
    },
    mend: (deployment) => deployment.writeStanza(),
  },
  {
    title: 'after a drill that took too long',
    blocked: [['last-drill', 'FAIL']],
    bring: async (deployment) => {
      const file = await deployment.record('slow.db', { drills: [drillThatTook(2 * hour)] });
      return { config: (healthy) => ({ ...healthy, store: { file } }) };
    },
  },
];

/** Every gate, where nothing tells. */
export const unknown: readonly Case[] = [
  {
    title: 'where a member of the copy may be a second writer',
    blocked: [['one-writer', 'UNKNOWN']],
    bring: () => postgresDead('b2'),
  },
  {
    title: 'where the region that is given up does not answer',
    blocked: [
      ['one-writer', 'UNKNOWN'],
      ['same-system', 'UNKNOWN'],
      ['same-timeline', 'UNKNOWN'],
      ['received-position', 'UNKNOWN'],
    ],
    bring: () => ({ ...postgresDead('a1'), ...patroniDead('a1') }),
  },
  {
    title: 'where nobody may read whose database it is',
    blocked: [['same-system', 'UNKNOWN']],
    bring: () => ({ postgres: (_member, healthy) => ({ ...healthy, systemIdentifier: null }) }),
  },
  {
    title: 'where the primary does not tell its timeline',
    blocked: [
      ['same-timeline', 'UNKNOWN'],
      ['received-position', 'UNKNOWN'],
    ],
    bring: () => postgresOf('a1', { writtenTimeline: null, checkpointTimeline: null }),
  },
  {
    title: 'where the standby leader does not answer',
    blocked: [['standby-leader', 'UNKNOWN']],
    bring: () => patroniDead('b2'),
  },
  {
    title: 'where there is nothing left to stream from',
    blocked: [
      ['streaming', 'UNKNOWN'],
      ['one-writer', 'UNKNOWN'],
      ['same-system', 'UNKNOWN'],
      ['same-timeline', 'UNKNOWN'],
      ['received-position', 'UNKNOWN'],
    ],
    bring: () => ({
      postgres: (member, healthy) =>
        member === 'a1' ? undefined : { ...healthy, receiver: member === 'b1' ? null : receiver },
    }),
  },
  {
    title: 'where nothing bounds what would be lost',
    blocked: [['received-position', 'UNKNOWN']],
    bring: () => postgresOf('b1', stuck),
  },
  {
    title: 'where nothing tells whether it replays',
    blocked: [['replay-running', 'UNKNOWN']],
    bring: () => postgresOf('b1', { replayPaused: null }),
  },
  {
    title: 'where the replica does not answer',
    blocked: [['healthy-replica', 'UNKNOWN']],
    bring: () => patroniDead('b1'),
  },
  {
    title: 'where nothing tells whether it is paused',
    blocked: [
      ['no-pause', 'UNKNOWN'],
      ['standby-leader', 'UNKNOWN'],
      ['dcs', 'UNKNOWN'],
    ],
    bring: () => patroniOf(['b1', 'b2'], '/cluster', () => 503),
  },
  {
    title: 'where no member ever reached the configuration store',
    blocked: [['dcs', 'UNKNOWN']],
    bring: () =>
      patroniOf(['b1', 'b2'], '/patroni', (healthy) => ({ ...healthy, dcs_last_seen: 0 })),
  },
  {
    title: 'where nobody counts instances',
    blocked: [['capacity', 'UNKNOWN']],
    bring: () => collectors({ replicas: [] }),
  },
  {
    title: 'where nothing was recorded of objects',
    blocked: [['objects', 'UNKNOWN']],
    bring: (deployment) => objects(deployment, 'silent.db', []),
  },
  {
    title: 'where no Sentinel answers',
    blocked: [['redis', 'UNKNOWN']],
    bring: async () => redisAt(await refusedPort()),
  },
  {
    title: 'where no backup was ever restored',
    blocked: [['backups', 'UNKNOWN']],
    bring: () => ({
      config: (healthy) => {
        const { backups, ...others } = healthy['collectors'] as { backups: Json[] };
        const unproved = backups.map(({ restoreTest: _gone, ...each }) => each);
        return { ...healthy, collectors: { ...others, backups: unproved } };
      },
    }),
  },
  {
    title: 'where no drill was ever held',
    blocked: [['last-drill', 'UNKNOWN']],
    bring: async (deployment) => {
      const file = await deployment.record('empty.db', {});
      return { config: (healthy) => ({ ...healthy, store: { file } }) };
    },
  },
];
