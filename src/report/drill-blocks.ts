import type { ShownDrill } from '../drills/standing.js';
import { heading, paragraph, plain, table, type Block, type Cell } from './blocks.js';
import { formatBracket, formatDuration } from './figures.js';
import type { FormatInstant } from './instants.js';
import { drillCell, exercisedText } from './words.js';

function recoveryText({ lowMs, highMs }: ShownDrill): string {
  return lowMs === null ? 'not measured' : formatBracket({ lowMs, highMs, firstOkMs: 0 });
}

function hitText({ targets }: ShownDrill): string {
  if (targets === null) return 'not recorded';
  return targets.length === 0 ? 'nothing' : targets.join(', ');
}

function durationText(ms: number | null, absent: string): string {
  return ms === null ? absent : formatDuration(ms);
}

function drillRow(drill: ShownDrill, at: FormatInstant): Cell[] {
  const { atMs, scenario, by, detail, lossMs, targetMs, verdict, reason } = drill;
  return [
    plain(at(atMs)),
    plain(exercisedText(scenario)),
    plain(by ?? 'not recorded'),
    plain(detail),
    plain(hitText(drill)),
    plain(recoveryText(drill)),
    plain(durationText(targetMs, 'none')),
    plain(durationText(lossMs, 'not measured')),
    drillCell(verdict),
    plain(reason),
  ];
}

/** What was exercised on purpose, and what it came to. */
export function drillBlocks(drills: readonly ShownDrill[], at: FormatInstant): Block[] {
  const title = heading(2, 'Drills');
  if (drills.length === 0) return [title, paragraph('No drill is recorded in this range.')];
  return [
    title,
    paragraph(
      'Judged by the configuration of today, as of the end of the range. Verdicts above rest on those that passed or failed; an ' +
        'inconclusive drill proves nothing, and a stale one, too old or of another configuration, no longer does.',
    ),
    table(
      'Recorded drills',
      [
        'When',
        'Loss of',
        'By',
        'What',
        'Hit',
        'Recovery#',
        'Target#',
        'Data lost#',
        'Verdict',
        'Why',
      ],
      drills.map((drill) => drillRow(drill, at)),
    ),
  ];
}
