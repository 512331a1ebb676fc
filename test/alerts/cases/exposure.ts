import type { RuleCase } from '../promtool-cases.js';

const database = {
  dataset: 'sensei-pg',
  component: 'postgresql',
  region: 'us-west-2',
  scope: 'cross-region',
};
const documents = { dataset: 'documents', component: 'objects', scope: 'cross-region' };
const endpoint = { target: 'api', component: 'api', region: 'us-east-1' };
const backup = { backup: 'sensei-pg', component: 'backups', region: 'us-east-1' };
const objects = { replication: 'documents', component: 'objects', scope: 'cross-region' };

const rpoCases: readonly RuleCase[] = [
  {
    alert: 'SenseiRpoHalfOfTarget',
    what: 'more than half of 5 minutes of the database would be lost',
    series: {
      'sensei_rpo_exposure_seconds{dataset="sensei-pg"}': '150 151x5',
      'sensei_rpo_target_seconds{dataset="sensei-pg"}': '300x6',
    },
    silentAt: '1m',
    firesAt: '1m15s',
    expected: [
      {
        labels: database,
        summary: '2m 31s of sensei-pg would be lost now, more than half of the 5m 0s that may be',
      },
    ],
  },
  {
    alert: 'SenseiRpoHalfOfTarget',
    what: 'exactly half of them',
    series: {
      'sensei_rpo_exposure_seconds{dataset="sensei-pg"}': '150x20',
      'sensei_rpo_target_seconds{dataset="sensei-pg"}': '300x20',
    },
    silentAt: '5m',
  },
  {
    alert: 'SenseiRpoHalfOfTarget',
    what: 'more than half of 15 minutes of the objects, as one of two vantage points sees',
    series: {
      'sensei_rpo_exposure_seconds{instance="east", dataset="documents"}': '450 460x5',
      'sensei_rpo_exposure_seconds{instance="west", dataset="documents"}': '20x6',
      'sensei_rpo_target_seconds{instance="east", dataset="documents"}': '900x6',
      'sensei_rpo_target_seconds{instance="west", dataset="documents"}': '900x6',
    },
    silentAt: '1m',
    firesAt: '1m15s',
    expected: [
      {
        labels: documents,
        summary: '7m 40s of documents would be lost now, more than half of the 15m 0s that may be',
      },
    ],
  },
  {
    alert: 'SenseiRpoHalfOfTarget',
    what: 'a copy of the objects comes as the minute ends, then nothing is known',
    series: {
      'sensei_rpo_exposure_seconds{dataset="documents"}': '440 451x3 450 451x3 stale',
      'sensei_rpo_target_seconds{dataset="documents"}': '900x8',
    },
    silentAt: '2m15s',
  },
  {
    alert: 'SenseiRpoBreached',
    what: 'more than 5 minutes of the database would be lost, as one of two vantage points sees',
    series: {
      'sensei_rpo_exposure_seconds{instance="east", dataset="sensei-pg"}': '300 301x5',
      'sensei_rpo_exposure_seconds{instance="west", dataset="sensei-pg"}': '299x6',
      'sensei_rpo_target_seconds{instance="east", dataset="sensei-pg"}': '300x6',
      'sensei_rpo_target_seconds{instance="west", dataset="sensei-pg"}': '300x6',
    },
    silentAt: '1m',
    firesAt: '1m15s',
    expected: [
      {
        labels: database,
        summary: '5m 1s of sensei-pg would be lost now; at most 5m 0s may be',
      },
    ],
  },
  {
    alert: 'SenseiRpoBreached',
    what: 'exactly 5 minutes of it, and of the objects as much as would be too much of it',
    series: {
      'sensei_rpo_exposure_seconds{dataset="sensei-pg"}': '300x20',
      'sensei_rpo_target_seconds{dataset="sensei-pg"}': '300x20',
      'sensei_rpo_exposure_seconds{dataset="documents"}': '899x20',
      'sensei_rpo_target_seconds{dataset="documents"}': '900x20',
    },
    silentAt: '5m',
  },
  {
    alert: 'SenseiRpoBreached',
    what: 'more than 15 minutes of the objects would be lost',
    series: {
      'sensei_rpo_exposure_seconds{dataset="documents"}': '900 960x5',
      'sensei_rpo_target_seconds{dataset="documents"}': '900x6',
    },
    silentAt: '1m',
    firesAt: '1m15s',
    expected: [
      {
        labels: documents,
        summary: '16m 0s of documents would be lost now; at most 15m 0s may be',
      },
    ],
  },
  {
    alert: 'SenseiRpoBreached',
    what: 'a copy of the objects comes as the minute ends, and again',
    series: {
      'sensei_rpo_exposure_seconds{dataset="documents"}': '900 960x3 900 960x3 900',
      'sensei_rpo_target_seconds{dataset="documents"}': '900x8',
    },
    silentAt: '2m15s',
  },
  {
    alert: 'SenseiRpoUnknown',
    what: 'of the database nothing is known for longer than the grace time',
    series: {
      'sensei_rpo_exposure_seconds{dataset="sensei-pg"}': '20 stale',
      'sensei_rpo_breached{dataset="sensei-pg"}': '0 0 1',
      'sensei_rpo_target_seconds{dataset="sensei-pg"}': '300x2',
    },
    silentAt: '15s',
    firesAt: '30s',
    expected: [
      {
        labels: { ...database, about: 'unknown' },
        summary:
          'What would be lost of sensei-pg has been unknown for longer than the grace time; at most 5m 0s may be',
      },
    ],
  },
  {
    alert: 'SenseiRpoUnknown',
    what: 'one of two vantage points knows',
    series: {
      'sensei_rpo_exposure_seconds{instance="west", dataset="sensei-pg"}': '20x20',
      'sensei_rpo_breached{instance="west", dataset="sensei-pg"}': '0x20',
      'sensei_rpo_breached{instance="east", dataset="sensei-pg"}': '1x20',
      'sensei_rpo_target_seconds{instance="west", dataset="sensei-pg"}': '300x20',
    },
    silentAt: '5m',
  },
  {
    alert: 'SenseiRpoUnknown',
    what: 'of the objects nothing is known for longer than the grace time',
    series: {
      'sensei_rpo_exposure_seconds{dataset="documents"}': '20 stale',
      'sensei_rpo_breached{dataset="documents"}': '0 0 1',
      'sensei_rpo_target_seconds{dataset="documents"}': '900x2',
    },
    silentAt: '15s',
    firesAt: '30s',
    expected: [
      {
        labels: { ...documents, about: 'unknown' },
        summary:
          'What would be lost of documents has been unknown for longer than the grace time; at most 15m 0s may be',
      },
    ],
  },
  {
    alert: 'SenseiRpoUnknown',
    what: 'of the objects it is known to be too much, of the database not yet for long',
    series: {
      'sensei_rpo_exposure_seconds{dataset="documents"}': '901x20',
      'sensei_rpo_breached{dataset="documents"}': '1x20',
      'sensei_rpo_target_seconds{dataset="documents"}': '900x20',
      'sensei_rpo_exposure_seconds{dataset="sensei-pg"}': '20x18 stale',
      'sensei_rpo_breached{dataset="sensei-pg"}': '0x20',
      'sensei_rpo_target_seconds{dataset="sensei-pg"}': '300x20',
    },
    silentAt: '5m',
  },
];

const certificateCases: readonly RuleCase[] = [
  {
    alert: 'SenseiCertificateExpiring',
    what: 'less than 21 days are left at one of two addresses',
    series: {
      'sensei_lb_tls_chain_not_after_timestamp_seconds{target="api", component="api", region="us-east-1", address="192.0.2.1:443"}':
        '9000000x2',
      'sensei_lb_tls_chain_not_after_timestamp_seconds{target="api", component="api", region="us-east-1", address="192.0.2.2:443"}':
        '1814400x2',
    },
    silentAt: '0s',
    firesAt: '15s',
    expected: [{ labels: endpoint, summary: 'A certificate of api ends in 20d 23h 59m 45s' }],
  },
  {
    alert: 'SenseiCertificateExpiring',
    what: 'exactly 21 days are left',
    series: {
      'sensei_lb_tls_chain_not_after_timestamp_seconds{target="api", component="api", region="us-east-1", address="192.0.2.1:443"}':
        '1815000x40',
    },
    silentAt: '10m',
  },
  {
    alert: 'SenseiCertificateExpiring',
    what: 'it is renewed in the last minute',
    series: {
      'sensei_lb_tls_chain_not_after_timestamp_seconds{target="api", component="api", region="us-east-1", address="192.0.2.1:443"}':
        '1815000x39 9000000x40',
    },
    silentAt: '20m',
  },
  {
    alert: 'SenseiCertificateExpiresSoon',
    what: 'less than 3 days are left, as one of two vantage points sees',
    series: {
      'sensei_lb_tls_chain_not_after_timestamp_seconds{instance="east", target="api", component="api", region="us-east-1", address="192.0.2.1:443"}':
        '259200x2',
      'sensei_lb_tls_chain_not_after_timestamp_seconds{instance="west", target="api", component="api", region="us-east-1", address="192.0.2.1:443"}':
        '9000000x2',
    },
    silentAt: '0s',
    firesAt: '15s',
    expected: [{ labels: endpoint, summary: 'A certificate of api ends in 2d 23h 59m 45s' }],
  },
  {
    alert: 'SenseiCertificateExpiresSoon',
    what: 'one that has ended is put in place',
    series: {
      'sensei_lb_tls_chain_not_after_timestamp_seconds{target="api", component="api", region="us-east-1", zone="a", address="192.0.2.1:443"}':
        '9000000 15x3',
    },
    silentAt: '0s',
    firesAt: '30s',
    expected: [{ labels: { ...endpoint, zone: 'a' }, summary: 'A certificate of api has ended' }],
  },
  {
    alert: 'SenseiCertificateExpiresSoon',
    what: 'exactly 3 days are left',
    series: {
      'sensei_lb_tls_chain_not_after_timestamp_seconds{target="api", component="api", region="us-east-1", address="192.0.2.1:443"}':
        '259800x40',
    },
    silentAt: '10m',
  },
];

const backupCases: readonly RuleCase[] = [
  {
    alert: 'SenseiBackupStale',
    what: 'the newest of two types is older than 36 hours for five minutes',
    series: {
      'sensei_backup_newest_timestamp_seconds{backup="sensei-pg", region="us-east-1", type="full"}':
        '-400000x22',
      'sensei_backup_newest_timestamp_seconds{backup="sensei-pg", region="us-east-1", type="diff"}':
        '-129600x22',
    },
    silentAt: '5m',
    firesAt: '5m15s',
    expected: [
      {
        labels: backup,
        summary:
          'The newest good backup of sensei-pg is 1d 12h 5m 15s old; expected one every 36h at least',
      },
    ],
  },
  {
    alert: 'SenseiBackupStale',
    what: 'a backup of another type ends as the five minutes do',
    series: {
      'sensei_backup_newest_timestamp_seconds{backup="sensei-pg", region="us-east-1", type="full"}':
        '-129600x40',
      'sensei_backup_newest_timestamp_seconds{backup="sensei-pg", region="us-east-1", type="incr"}':
        '-200000x20 310x20',
    },
    silentAt: '5m15s',
  },
  {
    alert: 'SenseiBackupNotRestorable',
    what: 'no backup is whole for ten minutes',
    series: {
      'sensei_backup_restorable{instance="east", backup="sensei-pg", region="us-east-1"}': '1 0x41',
      'sensei_backup_restorable{instance="west", backup="sensei-pg", region="us-east-1"}': '0x42',
    },
    silentAt: '10m',
    firesAt: '10m15s',
    expected: [
      {
        labels: backup,
        summary: 'There is no backup of sensei-pg that could be restored',
      },
    ],
  },
  {
    alert: 'SenseiBackupNotRestorable',
    what: 'one of two vantage points has a record of one, as the ten minutes end',
    series: {
      'sensei_backup_restorable{instance="east", backup="sensei-pg", region="us-east-1"}': '1 0x80',
      'sensei_backup_restorable{instance="west", backup="sensei-pg", region="us-east-1"}':
        '1 0x39 1 0x39',
    },
    silentAt: '20m15s',
  },
  {
    alert: 'SenseiWalArchivingFailing',
    what: 'the primary archives nothing for ten minutes',
    series: {
      'sensei_backup_archiving{backup="sensei-pg", region="us-east-1"}': '1 0x41',
      'sensei_backup_archive_missing{backup="sensei-pg", region="us-east-1", repository="1"}':
        '0x42',
      'sensei_backup_segments_waiting{backup="sensei-pg", region="us-east-1"}': '0 3x41',
    },
    silentAt: '10m',
    firesAt: '10m15s',
    expected: [
      {
        labels: backup,
        summary: 'WAL of sensei-pg is not archived, or has gaps: 3 segments wait',
      },
    ],
  },
  {
    alert: 'SenseiWalArchivingFailing',
    what: 'one of two repositories lacks what the primary calls archived',
    series: {
      'sensei_backup_archiving{backup="sensei-pg", region="us-east-1"}': '1x42',
      'sensei_backup_archive_missing{backup="sensei-pg", region="us-east-1", repository="1"}':
        '0x42',
      'sensei_backup_archive_missing{backup="sensei-pg", region="us-east-1", repository="2"}':
        '0 1x41',
    },
    silentAt: '10m',
    firesAt: '10m15s',
    expected: [
      {
        labels: backup,
        summary:
          'WAL of sensei-pg is not archived, or has gaps: an unknown number of segments wait',
      },
    ],
  },
  {
    alert: 'SenseiWalArchivingFailing',
    what: 'a segment goes through as the ten minutes end',
    series: {
      'sensei_backup_archiving{backup="sensei-pg", region="us-east-1"}': '1 0x39 1 0x39',
      'sensei_backup_archive_missing{backup="sensei-pg", region="us-east-1", repository="1"}':
        '0x40 0x40',
      'sensei_backup_segments_waiting{backup="sensei-pg", region="us-east-1"}': '0+1x80',
    },
    silentAt: '20m15s',
  },
  {
    alert: 'SenseiRestoreUnproved',
    what: 'the record of the last restore test is too old for an hour',
    interval: '1m',
    series: {
      'sensei_backup_proved{backup="sensei-pg", region="us-east-1"}': '1 0x60',
    },
    silentAt: '1h',
    firesAt: '1h1m',
    expected: [
      {
        labels: backup,
        summary: 'No restore of sensei-pg that succeeded is on record, or it is too old',
      },
    ],
  },
  {
    alert: 'SenseiRestoreUnproved',
    what: 'a restore is recorded as the hour ends',
    interval: '1m',
    series: {
      'sensei_backup_proved{backup="sensei-pg", region="us-east-1"}': '1 0x59 1',
    },
    silentAt: '1h1m',
  },
  {
    alert: 'SenseiRestoreUnproved',
    what: 'one of two vantage points has the record',
    interval: '1m',
    series: {
      'sensei_backup_proved{instance="east", backup="sensei-pg", region="us-east-1"}': '0x120',
      'sensei_backup_proved{instance="west", backup="sensei-pg", region="us-east-1"}': '1x120',
    },
    silentAt: '2h',
  },
];

const objectCases: readonly RuleCase[] = [
  {
    alert: 'SenseiObjectReplicationStalled',
    what: 'canaries have no true copy for five minutes',
    series: {
      'sensei_objects_stalled{replication="documents"}': '0 1x21',
      'sensei_objects_canaries_outstanding{instance="east", replication="documents", state="missing"}':
        '4x22',
      'sensei_objects_canaries_outstanding{instance="west", replication="documents", state="missing"}':
        '3x22',
      'sensei_objects_canaries_outstanding{instance="east", replication="documents", state="corrupt"}':
        '1x22',
    },
    silentAt: '5m',
    firesAt: '5m15s',
    expected: [
      {
        labels: { ...objects, about: 'replication' },
        summary: 'Objects of documents are not copied: 5 canary object(s) have no true copy',
      },
    ],
  },
  {
    alert: 'SenseiObjectReplicationStalled',
    what: 'the oldest one is copied as the five minutes end, and others wait',
    series: {
      'sensei_objects_stalled{replication="documents"}': '0 1x19 0 1x19',
      'sensei_objects_canaries_outstanding{replication="documents", state="missing"}': '4x40',
    },
    silentAt: '10m15s',
  },
  {
    alert: 'SenseiObjectsCorrupt',
    what: 'two copies have other bytes for five minutes',
    series: {
      'sensei_objects_canaries_outstanding{replication="documents", state="missing"}': '7x22',
      'sensei_objects_canaries_outstanding{replication="documents", state="corrupt"}': '0 2x21',
    },
    silentAt: '5m',
    firesAt: '5m15s',
    expected: [
      {
        labels: objects,
        summary: '2 canary object(s) of documents were copied with other bytes',
      },
    ],
  },
  {
    alert: 'SenseiObjectsCorrupt',
    what: 'copies are missing, and one with other bytes is mended as the five minutes end',
    series: {
      'sensei_objects_canaries_outstanding{replication="documents", state="missing"}': '7x40',
      'sensei_objects_canaries_outstanding{replication="documents", state="corrupt"}':
        '0 1x19 0 1x19',
    },
    silentAt: '10m15s',
  },
];

/** What would be lost, and what it would be brought back from. */
export const exposureCases: readonly RuleCase[] = [
  ...rpoCases,
  ...certificateCases,
  ...backupCases,
  ...objectCases,
];
