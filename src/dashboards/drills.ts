import { highest } from '../alerts/promql.js';
import type { DrillVerdict } from '../drills/judge.js';
import type { Limits } from './limits.js';
import { noneIsBetter } from './limits.js';
import { scenarioTexts } from './names.js';
import type { Placed } from './panel.js';
import { asking, coded } from './selector.js';
import { stat } from './stat.js';
import { table } from './table.js';
import type { Words } from './words.js';

const { raw, most, age } = asking();
const by = ['scenario'] as const;
const daySeconds = 86_400;

/** The worst highest. */
const verdictCodes: Readonly<Record<DrillVerdict, number>> = {
  pass: 0,
  stale: 1,
  inconclusive: 2,
  fail: 3,
};
const verdictWords: Words = {
  0: ['Pass', 'good'],
  1: ['Stale', 'doubtful'],
  2: ['Inconclusive', 'doubtful'],
  3: ['Fail', 'bad'],
};

const recorded = raw('sensei_drill_recorded_timestamp_seconds');
const newest = most('sensei_drill_recorded_timestamp_seconds', by);
const period = most('sensei_drill_period_seconds', by);
const sinceCounted = age('sensei_drill_last_timestamp_seconds', by);
const verdicts = coded(verdictCodes, (verdict) => raw('sensei_drill_verdict', { verdict }));

/** As the vantage point says that knows the newest drill. */
const verdictOfNewest = highest(
  by,
  `(\n${verdicts}\n)\nand on (scenario, instance) ${recorded} == on (scenario) group_left () ${newest}`,
);

/** Seconds; below 0 it is overdue, and 0 where none was ever made that counts. */
const dueIn = `${period} - on (scenario) (${sinceCounted})\nor 0 * ${period}`;
const dueSoon: Limits = ['bad', [0, 'doubtful'], [14 * daySeconds, 'good']];

/** What was exercised last of each kind of failure, and when it is to be again. */
export function drillsTable(width: number, height: number): Placed {
  return table({
    title: 'Drills',
    description:
      'What the newest drill of each kind came to, and how long until one is due. Inconclusive proved nothing; stale is too old, or of another configuration. Neither counts: below 0, or Now, one is overdue.',
    width,
    height,
    none: 'No drill yet',
    rows: { scenario: 'Loss of' },
    texts: { 'Loss of': scenarioTexts },
    columns: [
      { name: 'Newest', expr: verdictOfNewest, words: verdictWords, absent: 'None' },
      { name: 'Ago', expr: age('sensei_drill_recorded_timestamp_seconds', by), decimals: 0 },
      {
        name: 'Due in',
        expr: dueIn,
        decimals: 0,
        words: { 0: ['Now', 'bad'] },
        absent: '',
        limits: dueSoon,
      },
    ],
    sort: ['Due in', 'lowest'],
  });
}

/** How many kinds of failure were not exercised for too long. */
export function drillsOverdue(width: number): Placed {
  return stat({
    title: 'Drills overdue',
    description:
      'Kinds of failure that were not exercised within their period with a result that counts. See incidents and drills.',
    width,
    queries: [
      {
        expr: `count(\n${period}\nunless on (scenario) (${sinceCounted} <= on (scenario) ${period})\n)\nor 0 * count(${period})`,
      },
    ],
    limits: noneIsBetter,
    none: 'Unknown',
  });
}
