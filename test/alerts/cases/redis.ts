import type { RuleCase } from '../promtool-cases.js';

const cache = { component: 'redis', master: 'cache', region: 'us-east-1' };

/** Redis under Sentinel. */
export const redisCases: readonly RuleCase[] = [
  {
    alert: 'SenseiSentinelNoQuorum',
    what: 'no Sentinel says that there is a quorum',
    series: {
      'sensei_sentinel_quorum_ok{master="cache", region="us-east-1", sentinel="s1"}': '1 0x5',
      'sensei_sentinel_quorum_ok{master="cache", region="us-east-1", sentinel="s2"}': '0x6',
      'sensei_sentinel_up{master="cache", region="us-east-1", zone="a", sentinel="s1"}': '1x6',
      'sensei_sentinel_up{master="cache", region="us-east-1", zone="b", sentinel="s2"}': '1x6',
      'sensei_sentinel_up{master="cache", region="us-east-1", zone="c", sentinel="s3"}': '0x6',
      'sensei_sentinel_sentinels_configured{master="cache", region="us-east-1"}': '3x6',
    },
    silentAt: '1m',
    firesAt: '1m15s',
    expected: [
      {
        labels: cache,
        summary:
          'The Sentinels of cache have no quorum or no majority: nobody can order a failover',
      },
    ],
  },
  {
    alert: 'SenseiSentinelNoQuorum',
    what: 'one of three answers, and still believes in the others',
    series: {
      'sensei_sentinel_quorum_ok{master="cache", region="us-east-1", sentinel="s1"}': '1x6',
      'sensei_sentinel_up{master="cache", region="us-east-1", zone="a", sentinel="s1"}': '1x6',
      'sensei_sentinel_up{master="cache", region="us-east-1", zone="b", sentinel="s2"}': '1 0x5',
      'sensei_sentinel_up{master="cache", region="us-east-1", zone="c", sentinel="s3"}': '0x6',
      'sensei_sentinel_sentinels_configured{master="cache", region="us-east-1"}': '3x6',
    },
    silentAt: '1m',
    firesAt: '1m15s',
    expected: [
      {
        labels: cache,
        summary:
          'The Sentinels of cache have no quorum or no majority: nobody can order a failover',
      },
    ],
  },
  {
    alert: 'SenseiSentinelNoQuorum',
    what: 'none answers',
    series: {
      'sensei_sentinel_quorum_ok{master="cache", region="us-east-1", sentinel="s1"}': '1 stale',
      'sensei_sentinel_up{master="cache", region="us-east-1", zone="a", sentinel="s1"}': '1 0x5',
      'sensei_sentinel_up{master="cache", region="us-east-1", zone="b", sentinel="s2"}': '1 0x5',
      'sensei_sentinel_up{master="cache", region="us-east-1", zone="c", sentinel="s3"}': '1 0x5',
      'sensei_sentinel_sentinels_configured{master="cache", region="us-east-1"}': '3x6',
    },
    silentAt: '1m',
    firesAt: '1m15s',
    expected: [
      {
        labels: cache,
        summary:
          'The Sentinels of cache have no quorum or no majority: nobody can order a failover',
      },
    ],
  },
  {
    alert: 'SenseiSentinelNoQuorum',
    what: 'two of three answer, and one of them says that there is a quorum',
    series: {
      'sensei_sentinel_quorum_ok{master="cache", region="us-east-1", sentinel="s1"}': '0x20',
      'sensei_sentinel_quorum_ok{master="cache", region="us-east-1", sentinel="s2"}': '1x20',
      'sensei_sentinel_up{master="cache", region="us-east-1", zone="a", sentinel="s1"}': '1x20',
      'sensei_sentinel_up{master="cache", region="us-east-1", zone="b", sentinel="s2"}': '1x20',
      'sensei_sentinel_up{master="cache", region="us-east-1", zone="c", sentinel="s3"}': '0x20',
      'sensei_sentinel_sentinels_configured{master="cache", region="us-east-1"}': '3x20',
    },
    silentAt: '5m',
  },
  {
    alert: 'SenseiSentinelNoQuorum',
    what: 'each of two vantage points hears of one of three, of different ones',
    series: {
      'sensei_sentinel_quorum_ok{master="cache", region="us-east-1", sentinel="s1"}': '1x20',
      'sensei_sentinel_up{instance="east", master="cache", region="us-east-1", zone="a", sentinel="s1"}':
        '1x20',
      'sensei_sentinel_up{instance="east", master="cache", region="us-east-1", zone="b", sentinel="s2"}':
        '0x20',
      'sensei_sentinel_up{instance="east", master="cache", region="us-east-1", zone="c", sentinel="s3"}':
        '0x20',
      'sensei_sentinel_up{instance="west", master="cache", region="us-east-1", zone="a", sentinel="s1"}':
        '0x20',
      'sensei_sentinel_up{instance="west", master="cache", region="us-east-1", zone="b", sentinel="s2"}':
        '1x20',
      'sensei_sentinel_up{instance="west", master="cache", region="us-east-1", zone="c", sentinel="s3"}':
        '0x20',
      'sensei_sentinel_sentinels_configured{master="cache", region="us-east-1"}': '3x20',
    },
    silentAt: '5m',
  },
  {
    alert: 'SenseiSentinelDisagreement',
    what: 'two primaries are named for a minute',
    series: {
      'sensei_sentinel_masters_claimed{master="cache", region="us-east-1"}': '1 2x5',
    },
    silentAt: '1m',
    firesAt: '1m15s',
    expected: [{ labels: cache, summary: 'The Sentinels of cache name 2 different primaries' }],
  },
  {
    alert: 'SenseiSentinelDisagreement',
    what: 'the last Sentinel follows a failover as the minute ends, and again',
    series: {
      'sensei_sentinel_masters_claimed{master="cache", region="us-east-1"}': '1 2x3 1 2x3 1',
    },
    silentAt: '2m15s',
  },
  {
    alert: 'SenseiRedundancyBelowMinimum',
    what: 'no Sentinel sees more than one usable replica of Redis',
    series: {
      'sensei_sentinel_replicas_usable{master="cache", region="us-east-1", sentinel="s1"}':
        '2 1x21',
      'sensei_sentinel_replicas_usable{master="cache", region="us-east-1", sentinel="s2"}': '0x22',
      'sensei_sentinel_replicas_expected{master="cache", region="us-east-1"}': '2x22',
    },
    silentAt: '5m',
    firesAt: '5m15s',
    expected: [{ labels: cache, summary: 'cache has 1 usable replica(s); expected 2' }],
  },
  {
    alert: 'SenseiRedundancyBelowMinimum',
    what: 'one of three Sentinels sees as many replicas of Redis as are expected',
    series: {
      'sensei_sentinel_replicas_usable{master="cache", region="us-east-1", sentinel="s1"}': '1x40',
      'sensei_sentinel_replicas_usable{master="cache", region="us-east-1", sentinel="s2"}': '2x40',
      'sensei_sentinel_replicas_usable{master="cache", region="us-east-1", sentinel="s3"}': '0x40',
      'sensei_sentinel_replicas_expected{master="cache", region="us-east-1"}': '2x40',
    },
    silentAt: '10m',
  },
  {
    alert: 'SenseiSentinelDown',
    what: 'no vantage point hears of a Sentinel',
    series: {
      'sensei_sentinel_up{instance="east", master="cache", region="us-east-1", zone="b", sentinel="s2"}':
        '1 0x21',
      'sensei_sentinel_up{instance="west", master="cache", region="us-east-1", zone="b", sentinel="s2"}':
        '0x22',
      'sensei_sentinel_up{instance="east", master="cache", region="us-east-1", zone="a", sentinel="s1"}':
        '1x22',
    },
    silentAt: '5m',
    firesAt: '5m15s',
    expected: [
      {
        labels: { ...cache, sentinel: 's2', zone: 'b', about: 'unknown' },
        summary: 'Sentinel s2 of cache has given no answer for five minutes',
      },
    ],
  },
  {
    alert: 'SenseiSentinelDown',
    what: 'one of two vantage points hears of it, once in five minutes',
    series: {
      'sensei_sentinel_up{instance="east", master="cache", region="us-east-1", zone="b", sentinel="s2"}':
        '0x40',
      'sensei_sentinel_up{instance="west", master="cache", region="us-east-1", zone="b", sentinel="s2"}':
        '0x19 1 0x19',
    },
    silentAt: '10m',
  },
];
