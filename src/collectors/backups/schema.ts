import { z } from 'zod';
import { cadence, duration, name, place } from '../../config/values.js';
import { bucketSettings } from '../s3/schema.js';

const word = z.string().min(1).max(4096);

const pgbackrest = z
  .strictObject({
    stanza: name.describe('The stanza whose backups count.'),
    command: z
      .array(word)
      .min(1)
      .max(64)
      .prefault(['pgbackrest'])
      .describe(
        'Program and arguments that run pgBackRest, one word each, never through a shell; `info` and its options are put behind them.',
      ),
    configFile: word.optional().describe('Configuration file of pgBackRest; its own when absent.'),
    repo: z
      .int()
      .min(1)
      .max(256)
      .optional()
      .describe('The one repository to look at; all of the stanza when absent.'),
  })
  .describe('Backups and archived WAL of pgBackRest, as its `info` tells of them.');

const objects = z
  .strictObject({
    ...bucketSettings,
    prefix: z
      .string()
      .max(1024)
      .describe('What the keys of the backups begin with; every object under it is looked at.'),
    minBytes: z
      .int()
      .min(0)
      .prefault(1)
      .describe('Least size of an object that is a backup, in bytes.'),
    maxPages: z
      .int()
      .min(1)
      .max(1000)
      .prefault(20)
      .describe(
        'Most pages of a thousand objects that are read; more under the prefix is a failure.',
      ),
  })
  .describe('Backups that are objects in a bucket: the newest that is large enough counts.');

const restoreTest = z
  .strictObject({
    file: word.describe(
      'JSON file that the restore job writes: {"at": "2026-01-31T04:00:00Z", "success": true, "backup": LABEL, "durationSeconds": 310}; the last two may be absent.',
    ),
    maxAge: duration({ min: '1m', max: '3650d' })
      .prefault('100d')
      .describe('Age above which a restore test is no evidence any more.'),
  })
  .describe(
    'The record of the last restore test: a backup that was never restored is no evidence.',
  );

/** The backups of one dataset, and the WAL that is archived between them. */
export const backupsTarget = z
  .strictObject({
    name: name.describe('Name of the backups.'),
    dataset: name
      .optional()
      .describe('Dataset that they restore; archiver.cluster when absent, else the name.'),
    pgbackrest: pgbackrest.optional(),
    objects: objects.optional(),
    archiver: z
      .strictObject({
        cluster: name.describe(
          'Name of the cluster under collectors.postgres whose WAL is archived.',
        ),
      })
      .optional()
      .describe(
        'The primary that archives WAL: its positions over time tell what an archived segment stands for.',
      ),
    restoreTest: restoreTest.optional(),
    ...place,
    ...cadence({ interval: '60s', timeout: '20s' }),
  })
  .transform((given) => ({
    ...given,
    dataset: given.dataset ?? given.archiver?.cluster ?? given.name,
  }));
