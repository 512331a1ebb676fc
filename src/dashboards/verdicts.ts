import { highest } from '../alerts/promql.js';
import type { Disruption } from '../slo/answers.js';
import { asking, coded } from './selector.js';
import { verdictCodes } from './words.js';

const { raw, most } = asking();

/** The tier that the deployment was promised. */
export const promisedTier = most('sensei_deployment_info', ['tier']);

/** Verdicts as numbers, by these labels; only those that `and` leaves. */
export function verdict(
  objective: 'rto' | 'rpo',
  by: readonly ('tier' | 'disruption')[],
  only = '',
  matches: { readonly tier?: string } = {},
): string {
  const codes = coded(verdictCodes, (status) =>
    raw('sensei_verdict', { ...matches, objective, status }),
  );
  return highest(by, only === '' ? codes : `(\n${codes}\n) ${only}`);
}

export const ofPromisedTier = `and on (tier) ${promisedTier}`;

/** What was lost, in words. */
export const disruptionTexts: Readonly<Record<Disruption, string>> = {
  pod: 'An instance',
  node: 'A node',
  zone: 'A zone',
  region: 'A region',
  primary_database: 'The primary database',
  redis_primary: 'The Redis primary',
};
