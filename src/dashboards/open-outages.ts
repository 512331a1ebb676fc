import { toSlo } from './links.js';
import type { Placed } from './panel.js';
import { shareOfTarget } from './limits.js';
import { asking } from './selector.js';
import { table } from './table.js';

const { most, age } = asking();
const open = `${most('sensei_outage_open', ['slo'])} == 1`;
const elapsed = most('sensei_outage_elapsed_seconds', ['slo']);
const target = most('sensei_recovery_target_seconds', ['slo']);

/** What is down, for how long, and how much of its time is used. */
export function openOutages(width: number, height: number): Placed {
  return table({
    title: 'Outages under way',
    description:
      'With the share that is used of the time within which they must be over. Empty is good. The SLO leads to its own dashboard.',
    width,
    height,
    none: 'No outage is under way',
    rows: { slo: 'SLO' },
    columns: [
      { name: 'For', expr: elapsed },
      { name: 'Target', unit: 's', expr: `${target}\nand on (slo) ${open}` },
      {
        name: 'Used',
        unit: 'percentunit',
        expr: `${elapsed}\n/ on (slo) ${target}`,
        decimals: 0,
        limits: shareOfTarget,
      },
      {
        name: 'Since',
        expr: age('sensei_outage_open_since_timestamp_seconds', ['slo']),
      },
    ],
    sort: ['Used', 'highest'],
    links: { SLO: [toSlo] },
  });
}
