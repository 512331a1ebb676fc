import { describe, expect, it } from 'vitest';
import { ruleGroups } from '../../src/alerts/rules.js';
import { examplePlan } from './example-plan.js';
import { burnCases } from './cases/burn.js';
import { drillCases } from './cases/drills.js';
import { exporterCases } from './cases/exporter.js';
import { exposureCases } from './cases/exposure.js';
import { kubernetesCases } from './cases/kubernetes.js';
import { postgresqlCases } from './cases/postgresql.js';
import { recoveryCases } from './cases/recovery.js';
import { redisCases } from './cases/redis.js';
import { runCases } from './promtool-cases.js';

const groups = ruleGroups(await examplePlan());
const alerts = [
  ...new Set(
    groups.flatMap(({ rules }) => rules.flatMap((rule) => ('alert' in rule ? [rule.alert] : []))),
  ),
];
const cases = [
  ...burnCases,
  ...recoveryCases,
  ...exposureCases,
  ...drillCases,
  ...postgresqlCases,
  ...redisCases,
  ...kubernetesCases,
  ...exporterCases,
];
/** That it is never silent is what it is for: no input comes near to silencing it. */
const alwaysFiring = 'SenseiWatchdog';

describe('promtool test rules', () => {
  it.each(alerts)('%s fires at the right minute, and not on a near miss', async (alert) => {
    const mine = cases.filter((each) => each.alert === alert);
    const firing = mine.filter(({ firesAt }) => firesAt !== undefined);
    expect(firing).not.toEqual([]);
    const isSilentBefore = firing.every(({ silentAt }) => silentAt !== undefined);
    const hasNearMiss = mine.length > firing.length;
    expect(isSilentBefore && hasNearMiss).toBe(alert !== alwaysFiring);
    expect(await runCases(groups, mine)).toBe('');
  });

  it('has cases of alerts that exist', () => {
    expect(cases.filter(({ alert }) => !alerts.includes(alert))).toEqual([]);
  });
});
