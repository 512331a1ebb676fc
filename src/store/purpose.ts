/** What a database is opened for. Each kind of writer has a lock of its own, and so they can share one. */
export interface Purpose {
  /** How errors begin. */
  readonly noun: 'store' | 'journal';
  readonly lock: 'recorder' | 'failover';
  readonly isReadOnly: boolean;
  /** Every commit is on disk when it is answered; otherwise a power cut may take the last ones. */
  readonly isDurable: boolean;
  /** Longest wait for another process that writes, in milliseconds. */
  readonly busyMs: number;
  /**
   * Longest wait for the lock, in milliseconds. Two that ask in the same moment refuse each other, unless
   * they wait a little or ask again.
   */
  readonly lockMs: number;
  /** Why somebody without the lock may not write. */
  readonly refusal: string;
  readonly noConnection: string;
  /** What is told where there is no file and none may be made. */
  readonly noFile: string;
  readonly damage: string;
  /** What comes after a disk or a connection was mended. */
  readonly afterwards: string;
  /** Where the file is named. */
  readonly fileKey: string;
}

export const recording: Purpose = {
  noun: 'store',
  lock: 'recorder',
  isReadOnly: false,
  isDurable: false,
  busyMs: 2000,
  lockMs: 0,
  refusal: 'another exporter is the recorder of this store',
  noConnection: 'not connected',
  noFile: 'no such file; run this where the exporter records',
  damage: 'is damaged: it is put aside at the next attempt',
  afterwards: 'recording goes on by itself',
  fileKey: 'store.file',
};

export const reading: Purpose = { ...recording, isReadOnly: true };

export const executing: Purpose = {
  noun: 'journal',
  lock: 'failover',
  isReadOnly: false,
  isDurable: true,
  // An exporter may be in the middle of a large write; a step of a failover is not lost for that.
  busyMs: 5000,
  lockMs: 1000,
  refusal:
    'this process has no right to execute, or lost it with the connection: see that no other one executes, ' +
    'then run sensei dr resume',
  noConnection:
    'the connection was lost: run the command again, or sensei dr resume when it was executing',
  noFile:
    'no such file: nothing was ever executed with it, or store.file (journal.file of the operations file) ' +
    'should name another one',
  damage:
    'is damaged and was left as it is: mend a copy (sqlite3 FILE .recover) and put it in its place, or name ' +
    'another file under journal.file of the operations file',
  afterwards: 'sensei dr resume goes on from there',
  fileKey: 'store.file, or journal.file of the operations file',
};

export const readingExecutions: Purpose = { ...executing, isReadOnly: true };
