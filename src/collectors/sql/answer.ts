import { z } from 'zod';

const text = z.string().nullish();
const number = z.number().nullish();

const replicationRow = z.object({
  application_name: z.string(),
  state: text,
  sync_state: text,
  sent_lsn: text,
  write_lsn: text,
  flush_lsn: text,
  replay_lsn: text,
  write_lag_seconds: number,
  flush_lag_seconds: number,
  replay_lag_seconds: number,
});
export type ReplicationRow = z.infer<typeof replicationRow>;

const slotRow = z.object({
  slot_name: z.string(),
  active: z.boolean(),
  restart_lsn: text,
  wal_status: text,
});

/** What a member said of itself; only the fields in use, and loosely. */
export const memberAnswer = z.object({
  version: z.string(),
  inRecovery: z.boolean(),
  startedAt: number,
  systemIdentifier: text,
  checkpointTimeline: number,
  currentLsn: text,
  writtenTimeline: number,
  receiveLsn: text,
  replayLsn: text,
  replayPaused: z.boolean().nullish(),
  /** When the newest commit that was replayed was made, by the clock of the server that made it. */
  lastReplayedAt: number,
  synchronousStandbyNames: text,
  replication: z.array(replicationRow),
  receiver: z
    .object({
      status: text,
      received_tli: number,
      slot_name: text,
      sender_host: text,
      last_message_at: number,
    })
    .nullish(),
  slots: z.array(slotRow),
  archiver: z
    .object({
      archived_count: number,
      failed_count: number,
      last_archived_at: number,
      last_failed_at: number,
    })
    .nullish(),
});
export type MemberAnswer = z.infer<typeof memberAnswer>;

export const heartbeatRows = z.array(
  z.object({ writer: z.string(), seq: z.string(), written_at: z.number() }),
);
export type HeartbeatRow = z.infer<typeof heartbeatRows>[number];

const sequence = z
  .string()
  .regex(/^-?\d{1,19}$/)
  .transform(BigInt)
  .refine((value) => BigInt.asIntN(64, value) === value, 'not a number of 64 bits');

/** The row that a heartbeat was written to. */
export const writtenRow = z.object({ seq: sequence, before: sequence.nullable() });

/** The same row, read back. */
export const readBackRow = z.object({ seq: sequence, standby: z.boolean() });
