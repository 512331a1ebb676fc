import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import {
  clusterView,
  dynamicConfig,
  history,
  memberStatus,
} from '../../src/collectors/patroni/answers.js';
import type { PatroniMemory } from '../../src/collectors/patroni/changes.js';
import { patroniCollector } from '../../src/collectors/patroni/index.js';
import type { MemberAnswer, PatroniSnapshot } from '../../src/collectors/patroni/snapshot.js';
import type { PatroniTarget } from '../../src/collectors/patroni/targets.js';
import type { Measurement, Span } from '../../src/collectors/contract.js';
import { configSchema } from '../../src/config/schema.js';

const fixtures = new URL('./fixtures/', import.meta.url).pathname;

export type Json = Record<string, unknown>;

/** A recorded answer as it stands; undefined where the member did not answer. */
export function recordedJson(situation: string, file: string): Json | undefined {
  const path = join(fixtures, situation, file);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Json) : undefined;
}

export function targetOf(
  members: readonly string[],
  settings: Record<string, unknown> = {},
  rest: Record<string, unknown> = {},
): PatroniTarget {
  const config = configSchema.parse({
    deployment: 'test',
    collectors: {
      patroni: [
        {
          name: 'orders',
          region: 'eu',
          members: members.map((name) => ({
            name,
            url: `http://${name}.test:8008`,
            zone: `z-${name}`,
          })),
          ...settings,
        },
      ],
    },
    ...rest,
  });
  return patroniCollector.targets(config)[0]!;
}

function shared<Schema extends z.ZodType>(
  schema: Schema,
  situation: string,
  from: string,
  endpoint: string,
) {
  const json = recordedJson(situation, `${from}-${endpoint}.json`);
  return json === undefined ? undefined : { from, value: schema.parse(json) };
}

export function answerOf(name: string, json: unknown): MemberAnswer {
  if (json === undefined) {
    return {
      name,
      failure: { reason: 'timeout', message: `GET ${name}: no complete answer in time` },
    };
  }
  return { name, status: memberStatus.parse(json) };
}

/** What a collection would have seen in a recorded situation, `from` being asked of the cluster. */
export function recorded(
  situation: string,
  members: readonly string[],
  from: string,
): PatroniSnapshot {
  return {
    members: members.map((name) => answerOf(name, recordedJson(situation, `${name}-patroni.json`))),
    cluster: shared(clusterView, situation, from, 'cluster'),
    config: shared(dynamicConfig, situation, from, 'config'),
    history: shared(history, situation, from, 'history'),
  };
}

/** The collection was made when its freshest member last saw the store. */
export function spanOf(snapshot: PatroniSnapshot, laterSeconds = 0): Span {
  const seen = snapshot.members.map(({ status }) => status?.dcsLastSeenSeconds ?? 0);
  const wallMs = (Math.max(...seen) + 1 + laterSeconds) * 1000;
  return { startedAt: { wallMs, monoMs: 1000 }, endedAt: { wallMs: wallMs + 20, monoMs: 1020 } };
}

export type Measured = Measurement<PatroniMemory>;

export function measure(
  target: PatroniTarget,
  snapshot: PatroniSnapshot,
  memory?: PatroniMemory,
  laterSeconds = 0,
): Measured {
  return patroniCollector.measure(target, snapshot, memory, spanOf(snapshot, laterSeconds));
}

function matches(
  labels: Readonly<Record<string, string>>,
  wanted: Record<string, string>,
): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}

/** The value of the one series with these labels; undefined without one. */
export function valueOf(
  { samples }: Partial<Pick<Measured, 'samples'>>,
  metric: string,
  labels: Record<string, string> = {},
): number | undefined {
  const found = (samples ?? []).filter(
    (sample) => sample.metric === `sensei_patroni_${metric}` && matches(sample.labels, labels),
  );
  if (found.length > 1) throw new Error(`${metric}: ${found.length} series`);
  return found[0]?.value;
}

/** What a counter rose by. */
export function stepOf(
  { increments }: Partial<Pick<Measured, 'increments'>>,
  metric: string,
  labels: Record<string, string> = {},
): number {
  return (increments ?? [])
    .filter((step) => step.metric === `sensei_patroni_${metric}` && matches(step.labels, labels))
    .reduce((sum, { by }) => sum + by, 0);
}

export function eventsOf({ events }: Partial<Pick<Measured, 'events'>>): string[] {
  return (events ?? []).map(({ type, subject }) => `${type} ${subject}`);
}

export function outcomeOf({ observations }: Partial<Pick<Measured, 'observations'>>): string {
  const [observation] = observations ?? [];
  const { outcome, reason } = observation ?? {};
  return reason === undefined ? `${outcome}` : `${outcome} ${reason}`;
}

export function factOf({ facts }: Pick<Measured, 'facts'>, name: string) {
  return facts.find((fact) => fact.name === name)?.value;
}
