import type { FailureReason } from '../failure.js';
import type { PrimaryAnswer } from './primary.js';
import type { RestoreRecord } from './restore-record.js';
import type { StanzaInfo } from './stanza-info.js';

/** What the primary that archives WAL said. */
export type ArchiverResult =
  | {
      readonly ok: true;
      readonly member: string;
      readonly answer: PrimaryAnswer;
      /** Just before it was asked, by the exporter's clocks: what it said was true then or later. */
      readonly askedAt: { readonly wallMs: number; readonly monoMs: number };
    }
  | { readonly ok: false; readonly reason: FailureReason; readonly message: string };

/** The record of the last restore test. */
export type RestoreTestResult =
  | { readonly ok: true; readonly record: RestoreRecord }
  | { readonly ok: false; readonly message: string };

/** The newest object under a prefix. */
export interface NewestObject {
  readonly key: string;
  readonly bytes: number;
  /** Unix milliseconds by the exporter's clock. */
  readonly modifiedMs: number;
}

export type SourceAnswer =
  | { readonly kind: 'pgbackrest'; readonly info: StanzaInfo }
  | {
      readonly kind: 'objects';
      readonly newest: NewestObject | undefined;
      /** Objects that are too small to be a backup. */
      readonly tooSmall: number;
    };

/** What is known beside the source, also where that gave no answer. */
export interface Surroundings {
  /** Undefined where none is configured. */
  readonly archiver: ArchiverResult | undefined;
  readonly restoreTest: RestoreTestResult | undefined;
}

export interface BackupsSnapshot extends Surroundings {
  readonly source: SourceAnswer;
}
