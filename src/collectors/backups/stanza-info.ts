import { z } from 'zod';
import { CollectionError } from '../failure.js';

const segmentName = z.string().nullish();
const repoKey = z.number().optional().default(1);
const database = z.object({ id: z.number(), 'repo-key': repoKey });
const status = z.object({ code: z.number(), message: z.string() });

const backup = z.object({
  label: z.string().max(128),
  type: z.string().max(16),
  /** Whether pages of it failed their checksum. */
  error: z.boolean().nullish(),
  archive: z.object({ start: segmentName, stop: segmentName }).nullish(),
  database,
  reference: z.array(z.string()).nullish(),
  timestamp: z.object({ start: z.number(), stop: z.number() }),
  info: z.object({ size: z.number() }).nullish(),
});
export type Backup = z.infer<typeof backup>;

const archive = z.object({ database, min: segmentName, max: segmentName });
export type Archive = z.infer<typeof archive>;

const stanza = z.object({
  name: z.string(),
  status,
  archive: z.array(archive),
  backup: z.array(backup),
  db: z
    .array(z.object({ id: z.number(), 'repo-key': repoKey, 'system-id': z.string() }))
    .optional(),
  repo: z.array(z.object({ key: z.number(), status })).optional(),
});

/** One repository of a stanza. */
export interface Repository {
  readonly key: number;
  readonly status: { readonly code: number; readonly message: string };
  readonly backups: readonly Backup[];
  readonly archives: readonly Archive[];
  /** The system identifier of each database id: what is backed up under it. */
  readonly systems: ReadonlyMap<number, string>;
}

/** What `pgbackrest info` says of one stanza. */
export type StanzaInfo = readonly Repository[];

/** Codes of `pgbackrest info`: https://pgbackrest.org/command.html#command-info */
export const statusCodes = {
  ok: 0,
  missingPath: 1,
  noBackups: 2,
  missingData: 3,
} as const;
const answers: ReadonlySet<number> = new Set(Object.values(statusCodes));

/** Whether a repository was read, be it that nothing was there; any other code is a failure to read. */
export function isAnswered({ status: { code } }: Repository): boolean {
  return answers.has(code);
}

/** System identifiers are longer than a number of JavaScript holds. */
function quoteIdentifiers(text: string): string {
  return text.replaceAll(/"system-id":\s*(\d+)/g, '"system-id":"$1"');
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(quoteIdentifiers(text));
  } catch (cause) {
    throw new CollectionError('body', `${where}: the answer is not JSON`, { cause });
  }
}

/** @throws CollectionError `body` where it is no answer, or none for the stanza */
export function parseStanzaInfo(text: string, stanzaName: string): StanzaInfo {
  const where = `pgBackRest stanza ${stanzaName}`;
  const parsed = z.array(stanza).safeParse(parseJson(text, where));
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.join('.') ?? '';
    throw new CollectionError('body', `${where}: unexpected answer at ${path}`);
  }
  const found = parsed.data.find(({ name }) => name === stanzaName);
  if (found === undefined) throw new CollectionError('body', `${where}: the answer lacks it`);
  const repos = found.repo ?? [{ key: 1, status: found.status }];
  return repos.map(({ key, status }) => {
    const isOfRepo = (each: { readonly 'repo-key': number }) => each['repo-key'] === key;
    return {
      key,
      status,
      backups: found.backup.filter((each) => isOfRepo(each.database)),
      archives: found.archive.filter((each) => isOfRepo(each.database)),
      systems: new Map(
        (found.db ?? []).filter(isOfRepo).map((each) => [each.id, each['system-id']]),
      ),
    };
  });
}
