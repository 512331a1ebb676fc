import { z } from 'zod';

const instantWords = {
  error: 'an instant such as 2026-01-31T04:00:00Z, with its offset',
};

/** What the job that restores backups writes down; strict, as it is the operator's own. */
const restoreRecord = z.strictObject({
  at: z.iso.datetime({ offset: true, ...instantWords }).transform((text) => Date.parse(text)),
  success: z.boolean({ error: 'true or false' }),
  backup: z.string().min(1).max(128).optional(),
  durationSeconds: z.number().min(0).optional(),
});

/** A restore that was tried; `at` in Unix milliseconds. */
export type RestoreRecord = z.output<typeof restoreRecord>;

function faultOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'unrecognized_keys') return `${issue.keys.join(', ')}: unknown key`;
  const path = issue?.path.join('.') ?? '';
  return path === '' ? 'expected a JSON object' : `${path}: expected ${issue?.message}`;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error('not JSON', { cause });
  }
}

/** @throws Error naming the key that is wrong */
export function parseRestoreRecord(text: string): RestoreRecord {
  const parsed = restoreRecord.safeParse(jsonOf(text));
  if (!parsed.success) throw new Error(faultOf(parsed.error.issues[0]));
  return parsed.data;
}
