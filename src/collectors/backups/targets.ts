import type { Config } from '../../config/schema.js';
import type { Target } from '../contract.js';
import type { BucketSettings } from '../s3/schema.js';
import type { ServerSettings } from '../sql/connection.js';
import { readOnlySettings } from '../sql/settings.js';

/** How pgBackRest is asked. */
export interface StanzaSource {
  readonly kind: 'pgbackrest';
  readonly stanza: string;
  /** Program and arguments, complete. */
  readonly command: readonly string[];
}

/** Where the objects are that are backups. */
export interface ObjectsSource {
  readonly kind: 'objects';
  readonly bucket: BucketSettings;
  readonly prefix: string;
  readonly minBytes: number;
  readonly maxPages: number;
}

/** The cluster whose primary archives WAL. */
export interface ArchiverTarget {
  readonly cluster: string;
  readonly members: readonly { readonly name: string; readonly settings: ServerSettings }[];
}

/** The backups of one dataset. */
export interface BackupsTarget extends Target {
  readonly dataset: string;
  readonly source: StanzaSource | ObjectsSource;
  readonly archiver: ArchiverTarget | undefined;
  /** How long all but the source has to answer, in milliseconds; the rest of the deadline is the source's. */
  readonly surroundingsMs: number;
  readonly restoreTest: { readonly file: string; readonly maxAgeMs: number } | undefined;
}

type BackupsConfig = Config['collectors']['backups'][number];

/** A primary that hangs must not take the backups' answer with it. */
const surroundingsShare = 0.25;

function infoCommand({
  stanza,
  command,
  configFile,
  repo,
}: NonNullable<BackupsConfig['pgbackrest']>): string[] {
  return [
    ...command,
    'info',
    '--output=json',
    `--stanza=${stanza}`,
    ...(configFile === undefined ? [] : [`--config=${configFile}`]),
    ...(repo === undefined ? [] : [`--repo=${repo}`]),
  ];
}

function sourceOf({ pgbackrest, objects }: BackupsConfig): BackupsTarget['source'] | undefined {
  if (pgbackrest !== undefined)
    return { kind: 'pgbackrest', stanza: pgbackrest.stanza, command: infoCommand(pgbackrest) };
  if (objects === undefined) return undefined;
  const { prefix, minBytes, maxPages, ...bucket } = objects;
  return { kind: 'objects', bucket, prefix, minBytes, maxPages };
}

function archiverOf(
  config: Config,
  cluster: string | undefined,
  timeoutMs: number,
): ArchiverTarget | undefined {
  const entry = config.collectors.postgres.find(({ name }) => name === cluster);
  if (entry === undefined) return undefined;
  const members = entry.members.map(({ name, address }) => ({
    name,
    settings: readOnlySettings(entry, address, timeoutMs),
  }));
  return { cluster: entry.name, members };
}

function targetOf(config: Config, entry: BackupsConfig): BackupsTarget | undefined {
  const source = sourceOf(entry);
  if (source === undefined) return undefined;
  const { name, dataset, component, region, zone, interval, restoreTest } = entry;
  const timeoutMs = Math.min(entry.timeout, interval);
  const surroundingsMs = Math.ceil(timeoutMs * surroundingsShare);
  return {
    name,
    component: component ?? 'backups',
    region: region ?? '',
    zone: zone ?? '',
    intervalMs: interval,
    timeoutMs,
    dataset,
    datasets: [dataset],
    source,
    archiver: archiverOf(config, entry.archiver?.cluster, surroundingsMs),
    surroundingsMs,
    restoreTest:
      restoreTest === undefined
        ? undefined
        : { file: restoreTest.file, maxAgeMs: restoreTest.maxAge },
  };
}

export function backupsTargets(config: Config): BackupsTarget[] {
  return config.collectors.backups.flatMap((entry) => targetOf(config, entry) ?? []);
}
