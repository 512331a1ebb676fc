import { limitedSignal } from '../limited-signal.js';
import { decodeUtf8, readAtMost } from '../../config/bounded-read.js';
import type { Clock, CollectorEnv, ObserveContext } from '../contract.js';
import { CollectionError, reasonOf } from '../failure.js';
import { Bucket } from '../s3/client.js';
import { runCommand } from './command.js';
import { findNewestObject } from './newest-object.js';
import { closeArchiver, observeArchiver, openArchiver, type ArchiverMember } from './primary.js';
import { parseRestoreRecord } from './restore-record.js';
import type { BackupsSnapshot, RestoreTestResult, SourceAnswer, Surroundings } from './snapshot.js';
import { isAnswered, parseStanzaInfo, type StanzaInfo } from './stanza-info.js';
import type { BackupsTarget, StanzaSource } from './targets.js';

export interface BackupsIo {
  readonly target: BackupsTarget;
  readonly clock: Clock;
  readonly members: readonly ArchiverMember[];
  /** Undefined where the backups are pgBackRest's. */
  readonly bucket: Bucket | undefined;
}

export function openBackups(target: BackupsTarget, { clock, secrets }: CollectorEnv): BackupsIo {
  const { archiver, source } = target;
  return {
    target,
    clock,
    members: archiver === undefined ? [] : openArchiver(archiver, secrets),
    bucket: source.kind === 'objects' ? new Bucket(source.bucket, secrets) : undefined,
  };
}

const maxRecordBytes = 64 * 1024;

/** A file on a file system that hangs must not take the collection with it. */
function notReadBy(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const onAbort = () => reject(new Error('not read by the deadline'));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

async function readRestoreTest(file: string, signal: AbortSignal): Promise<RestoreTestResult> {
  try {
    const bytes = await Promise.race([readAtMost(file, maxRecordBytes), notReadBy(signal)]);
    const text = decodeUtf8(bytes);
    return { ok: true, record: parseRestoreRecord(text) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ok: false, message: `${file}: ${why}` };
  }
}

/** A repository that could not be read is none that is empty. @throws CollectionError where none was read */
function checkAnswered(stanza: string, info: StanzaInfo): void {
  if (info.some(isAnswered)) return;
  const why = info.map(({ key, status }) => `repository ${key}: ${status.message}`).join('; ');
  throw new CollectionError('status', `pgBackRest stanza ${stanza}: ${why.slice(0, 300)}`);
}

async function askStanza(
  { stanza, command }: StanzaSource,
  { signal, transcript }: ObserveContext,
): Promise<SourceAnswer> {
  const text = await runCommand(`pgBackRest stanza ${stanza}`, command, signal);
  transcript?.note(command.join(' '), text);
  const info = parseStanzaInfo(text, stanza);
  checkAnswered(stanza, info);
  return { kind: 'pgbackrest', info };
}

function askSource(io: BackupsIo, context: ObserveContext): Promise<SourceAnswer> {
  const { source } = io.target;
  if (source.kind === 'pgbackrest') return askStanza(source, context);
  if (io.bucket === undefined) throw new Error('objects are read from a bucket');
  return findNewestObject(io.bucket, source, io.clock, context);
}

/**
 * The primary is asked first: what it says is archived must then be among the backups, and where its
 * log stood is no later than what is found there.
 */
async function observeSurroundings(io: BackupsIo, context: ObserveContext): Promise<Surroundings> {
  const { archiver, restoreTest, surroundingsMs } = io.target;
  const signal = limitedSignal(context.signal, surroundingsMs);
  const [archived, tested] = await Promise.all([
    archiver === undefined
      ? undefined
      : observeArchiver(archiver.cluster, io.members, io.clock, { ...context, signal }),
    restoreTest === undefined ? undefined : readRestoreTest(restoreTest.file, signal),
  ]);
  return { archiver: archived, restoreTest: tested };
}

/** @throws CollectionError when the backups give no answer; what else is known is its `partial` */
export async function observeBackups(
  io: BackupsIo,
  context: ObserveContext,
): Promise<BackupsSnapshot> {
  const surroundings = await observeSurroundings(io, context);
  try {
    return { ...surroundings, source: await askSource(io, context) };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new CollectionError(reasonOf(cause), message, { cause }, surroundings);
  }
}

export function closeBackups(io: BackupsIo): Promise<void> {
  closeArchiver(io.members);
  io.bucket?.close();
  return Promise.resolve();
}
