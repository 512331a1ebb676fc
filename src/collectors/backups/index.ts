import { count } from '../../metrics/sample.js';
import type { Collector } from '../contract.js';
import { failureReasons } from '../failure.js';
import { measureBackups, measureBackupsFailure, type BackupsMemory } from './measure.js';
import { closeBackups, observeBackups, openBackups, type BackupsIo } from './observe.js';
import type { BackupsSnapshot } from './snapshot.js';
import { backupsTargets, type BackupsTarget } from './targets.js';

/** The newest point that backups and archived WAL could bring back. */
export const backupsCollector: Collector<BackupsTarget, BackupsIo, BackupsSnapshot, BackupsMemory> =
  {
    kind: 'backups',
    targets: backupsTargets,
    counters: ({ name: backup, region, archiver }) =>
      archiver === undefined
        ? []
        : failureReasons.map((reason) =>
            count('sensei_backup_archiver_failures_total', { backup, region, reason }, 0),
          ),
    open: openBackups,
    observe: observeBackups,
    measure: measureBackups,
    failed: measureBackupsFailure,
    close: closeBackups,
  };
