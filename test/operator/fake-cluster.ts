import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import {
  errorAnswer,
  jsonAnswer,
  message,
  ready,
  rowAnswer,
  startFakePostgres,
} from '../support/fake-postgres.js';
import { custom, startFaultyHttp, type FaultyHttp } from '../support/faulty-http.js';
import type { TcpServer } from '../support/faulty-tcp.js';

type Json = Record<string, unknown>;

/** What a write is answered with: a SQLSTATE, no answer, an ended connection. */
export type WriteAnswer = 'as it is' | 'silence' | 'end' | { readonly state: string };

/** A cluster of one member, as it stands; tests change it as they go. */
export interface ClusterState {
  config: Json;
  /** What GET answers where that is older: Patroni answers with what it read in its last round. */
  configAsRead?: Json;
  role: 'primary' | 'standby_leader';
  timeline: number;
  /** End of the log; of a standby also what it replayed. */
  lsn: string;
  /** Number and time of the newest heartbeat, in Unix seconds. */
  heartbeat: readonly [string, number];
  lastCommitSeconds: number | null;
  isStreaming: boolean;
  /** Nothing answers where it is false. */
  isUp: boolean;
  writes: WriteAnswer;
  /** What Patroni answers a PATCH with instead of doing it, one after another. */
  refusals: number[];
  /** Whether a PATCH is answered well and not done. */
  isDeaf: boolean;
  /** More of what PostgreSQL says of itself. */
  answer: Json;
}

/** Told of what reaches a cluster: `west PATCH {...}`, `east write refused`. */
export type Log = (line: string) => void;

const isMap = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** As Patroni does it: null takes away, and objects are merged; what is new is taken as it comes, nulls and all. */
function merged(into: Json, change: Json): Json {
  const result: Json = { ...into };
  for (const [key, value] of Object.entries(change)) {
    const before = into[key];
    if (value === null) delete result[key];
    else result[key] = isMap(before) && isMap(value) ? merged(before, value) : value;
  }
  return result;
}

function isReadOnly({ config }: ClusterState): boolean {
  const { parameters } = (config['postgresql'] ?? {}) as { parameters?: Json };
  return parameters?.['default_transaction_read_only'] === 'on';
}

const ended = (words: string) => Buffer.concat([message('C', Buffer.from(`${words}\0`)), ready]);
const isSetUp = (sql: string) => /^(?:BEGIN|ROLLBACK)/.test(sql);

async function bodyOf(request: IncomingMessage): Promise<Json> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Json;
}

function send(response: ServerResponse, status: number, body: unknown = {}): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Patroni, PostgreSQL and the write path of one region, on local servers. */
export class FakeCluster {
  readonly state: ClusterState = {
    config: { ttl: 30 },
    role: 'primary',
    timeline: 1,
    lsn: '0/3000',
    heartbeat: ['100', 1_790_000_000],
    lastCommitSeconds: 1_790_000_000,
    isStreaming: true,
    isUp: true,
    writes: 'as it is',
    refusals: [],
    isDeaf: false,
    answer: {},
  };
  /** What it follows while it streams. */
  source: FakeCluster | undefined;
  private patroni: FaultyHttp | undefined;
  private postgres: TcpServer | undefined;

  constructor(
    readonly region: string,
    readonly member: string,
    private readonly log: Log,
  ) {}

  get isWritable(): boolean {
    const { role, isUp } = this.state;
    return isUp && role === 'primary' && !isReadOnly(this.state);
  }

  get url(): string {
    return this.patroni!.url;
  }

  get address(): string {
    return `127.0.0.1:${this.postgres!.port}`;
  }

  async start(): Promise<this> {
    this.patroni = await startFaultyHttp(
      custom((request, response) => void this.answerHttp(request, response)),
    );
    this.postgres = await startFakePostgres({
      answer: (sql, socket) => this.answerSql(sql, socket),
    });
    return this;
  }

  async close(): Promise<void> {
    await Promise.all([this.patroni?.close(), this.postgres?.close()]);
  }

  private async answerHttp(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.state.isUp) return void request.socket.destroy();
    if (request.method === 'PATCH') return this.patch(await bodyOf(request), response);
    if (request.url === '/patroni') this.log(`${this.region} asked`);
    const answers: Json = {
      '/patroni': this.status(),
      '/config': this.state.configAsRead ?? this.state.config,
      '/history': [[this.state.timeline - 1, 0x3000, 'no recovery target specified']],
      '/cluster': { members: [] },
    };
    send(response, 200, answers[request.url ?? '']);
  }

  private status(): Json {
    const { role, timeline } = this.state;
    const patroni = { version: '3.0.2', scope: this.region };
    return { state: 'running', role, timeline, server_version: 150020, patroni };
  }

  private patch(change: Json, response: ServerResponse): void {
    const refusal = this.state.refusals.shift();
    this.log(`${this.region} PATCH ${JSON.stringify(change)}${refusal ? ` ${refusal}` : ''}`);
    if (refusal !== undefined) return send(response, refusal);
    const { state } = this;
    const config = merged(state.config, change);
    if (!state.isDeaf) {
      state.config = config;
      this.follow(config['standby_cluster'] !== undefined);
    }
    send(response, 200, config);
  }

  /** What the cluster does about its configuration. */
  private follow(isStandby: boolean): void {
    const { state } = this;
    if (isStandby) state.role = 'standby_leader';
    else if (state.role === 'standby_leader') {
      state.role = 'primary';
      state.timeline += 1;
    }
  }

  /** A standby goes over to the timeline of what it streams from. */
  private changeTimeline(): void {
    const { state, source } = this;
    if (state.role === 'primary' || !state.isStreaming || source?.isWritable !== true) return;
    state.timeline = Math.max(state.timeline, source.state.timeline);
  }

  answerSql(sql: string, socket: Socket): Buffer | undefined {
    if (!this.state.isUp) {
      if (sql.startsWith('BEGIN')) this.log(`${this.region} write refused`);
      return void socket.destroy();
    }
    if (sql.includes('json_build_object')) return jsonAnswer(this.standing());
    if (sql.includes('LIMIT 16')) return jsonAnswer(this.heartbeats());
    if (sql.includes('INSERT INTO')) return this.write(socket);
    if (isSetUp(sql)) return ended(sql.slice(0, 8));
    return rowAnswer({ seq: '9999999999999', standby: this.state.role !== 'primary' });
  }

  private heartbeats() {
    const [seq, seconds] = this.state.heartbeat;
    return [{ writer: 'orders', seq, written_at: seconds }];
  }

  private write(socket: Socket): Buffer | undefined {
    const { writes } = this.state;
    const isTaken = this.isWritable && writes === 'as it is';
    this.log(`${this.region} write ${isTaken ? 'accepted' : 'refused'}`);
    if (isTaken) return rowAnswer({ seq: '9999999999999', before: null });
    if (writes === 'silence') return undefined;
    if (writes === 'end') return void socket.destroy();
    const state = writes === 'as it is' ? '25006' : writes.state;
    return Buffer.concat([errorAnswer(state, 'cannot execute INSERT'), ready]);
  }

  private standing(): Json {
    this.changeTimeline();
    const { role, timeline, lsn, lastCommitSeconds, isStreaming, answer } = this.state;
    const isPrimary = role === 'primary';
    const receiver = { status: 'streaming', received_tli: timeline };
    return {
      version: '15.18',
      inRecovery: !isPrimary,
      systemIdentifier: '77',
      checkpointTimeline: timeline,
      currentLsn: isPrimary ? lsn : null,
      writtenTimeline: isPrimary ? timeline : null,
      receiveLsn: isPrimary ? null : lsn,
      replayLsn: isPrimary ? null : lsn,
      lastReplayedAt: isPrimary ? null : lastCommitSeconds,
      synchronousStandbyNames: '',
      replication: [],
      receiver: isPrimary || !isStreaming ? null : receiver,
      slots: [],
      archiver: null,
      ...answer,
    };
  }
}
