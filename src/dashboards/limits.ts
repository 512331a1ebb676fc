import { alertsBlock } from '../config/alerts.js';
import { alertWindows, burnFactor } from '../slo/burn-rate.js';
import { leastCoverage } from '../slo/views.js';
import { zoneLossCapacity } from '../slo/tiers.js';
import type { State } from './palette.js';

/** From which value on which state holds; the first one from the very lowest. */
export type Limits = readonly [State | 'plain', ...(readonly [from: number, state: State])[]];

const thirtyDaysMs = 30 * 86_400_000;

/** Something that should never be, by its number. */
export const noneIsGood: Limits = ['good', [1, 'bad']];
export const noneIsBetter: Limits = ['good', [1, 'doubtful']];

/** A share of what may be used of a target. From half on the alerts tell of it. */
export const shareOfTarget: Limits = ['good', [0.5, 'doubtful'], [1, 'bad']];

/** What is left of an error budget. */
export const budgetLeft: Limits = ['bad', [0, 'doubtful'], [0.25, 'good']];

/** Burn rate over an hour: bad where it pages, for a period of 30 days. */
export const hourlyBurn: Limits = [
  'good',
  [1, 'doubtful'],
  [burnFactor(alertWindows[0]!, thirtyDaysMs), 'bad'],
];

export const coverage: Limits = ['doubtful', [leastCoverage, 'good']];

/** Share of the capacity that is left when the fullest zone is lost. */
export const leftWithoutZone: Limits = ['bad', [zoneLossCapacity, 'good']];

const { certificate, certificateUrgent } = alertsBlock.parse({}).limits;
/** Seconds until a certificate ends, as the alerts have it where nothing else is configured. */
export const certificateEnds: Limits = [
  'bad',
  [certificateUrgent / 1000, 'doubtful'],
  [certificate / 1000, 'good'],
];
