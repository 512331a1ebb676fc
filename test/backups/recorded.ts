import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PrimaryAnswer } from '../../src/collectors/backups/primary.js';
import type { ArchiverResult, BackupsSnapshot } from '../../src/collectors/backups/snapshot.js';
import { parseStanzaInfo } from '../../src/collectors/backups/stanza-info.js';

const fixtures = fileURLToPath(new URL('fixtures', import.meta.url));

export function recordedText(name: string): string {
  return readFileSync(join(fixtures, `${name}.json`), 'utf8');
}

interface RawBackup {
  label: string;
  type: string;
  error: boolean | null;
  archive: { start: string | null; stop: string | null };
  database: { id: number; 'repo-key': number };
  reference: string[] | null;
  timestamp: { start: number; stop: number };
}
interface RawArchive {
  database: { id: number; 'repo-key': number };
  min: string | null;
  max: string | null;
}
export interface RawStanza {
  name: string;
  archive: [RawArchive, ...RawArchive[]];
  backup: [RawBackup, RawBackup, ...RawBackup[]];
  db: { id: number; 'repo-key': number; 'system-id': number; version: string }[];
  repo: { key: number; status: { code: number; message: string } }[];
  status: { code: number; message: string };
}

/** What pgBackRest said of a full backup and an increment on it, altered. */
export function stanzaText(alter: (stanza: RawStanza) => void = () => {}): string {
  const [stanza] = JSON.parse(recordedText('info-full-incr')) as [RawStanza];
  alter(stanza);
  // JSON.parse has rounded it.
  return JSON.stringify([stanza]).replaceAll(/"system-id":\d+/g, `"system-id":${system}`);
}

export function stanza(alter?: (stanza: RawStanza) => void): BackupsSnapshot['source'] {
  return { kind: 'pgbackrest', info: parseStanzaInfo(stanzaText(alter), 'orders') };
}

/** Of the recorded cluster. */
export const system = '7711300024687152887';
/** When the recorded full backup and the increment ended, in Unix milliseconds. */
export const fullEndMs = 1_795_426_989_000;
export const incrEndMs = 1_795_426_991_000;

/** The name of a segment of 16 MiB on timeline 1. */
export function wal(number: number, timeline = 1): string {
  const hex = (value: number) => value.toString(16).toUpperCase().padStart(8, '0');
  return `${hex(timeline)}${hex(0)}${hex(number)}`;
}

/** A position so many bytes into a segment of 16 MiB. */
export function lsn(number: number, bytes: number): string {
  return `0/${(number * 16 * 1024 * 1024 + bytes).toString(16).toUpperCase()}`;
}

/** A primary that writes in segment 0x0C, all before it archived; its clock is the exporter's. */
export function answer(change: Partial<PrimaryAnswer> = {}): PrimaryAnswer {
  return {
    inRecovery: false,
    now: 0,
    systemIdentifier: system,
    timeline: 1,
    insertLsn: lsn(0x0c, 5000),
    segmentBytes: 16 * 1024 * 1024,
    archiveMode: 'on',
    archiver: { last_archived_wal: wal(0x0b), last_archived_at: 10, last_failed_at: null },
    waiting: { segments: 0, oldest_at: null },
    files: [],
    ...change,
  };
}

export type At = { readonly wallMs: number; readonly monoMs: number };

export function primary(change: Partial<PrimaryAnswer>, askedAt: At): ArchiverResult {
  return {
    ok: true,
    member: 'a1',
    answer: answer({ now: askedAt.wallMs / 1000, ...change }),
    askedAt,
  };
}

export const unreachable: ArchiverResult = {
  ok: false,
  reason: 'connect',
  message: 'no primary of orders answers: refused',
};
