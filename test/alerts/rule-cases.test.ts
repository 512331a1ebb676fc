import { describe, expect, it } from 'vitest';
import { ruleGroups } from '../../src/alerts/rules.js';
import { examplePlan } from './example-plan.js';
import { burnCases } from './cases/burn.js';
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
const cases = [...burnCases, ...recoveryCases, ...postgresqlCases, ...redisCases];

describe('promtool test rules', () => {
  it.each(alerts)('%s fires at the right minute, and not on a near miss', async (alert) => {
    const mine = cases.filter((each) => each.alert === alert);
    expect(mine.some(({ firesAt }) => firesAt !== undefined)).toBe(true);
    expect(mine.some(({ firesAt }) => firesAt === undefined)).toBe(true);
    expect(await runCases(groups, mine)).toBe('');
  });

  it('has cases of alerts that exist', () => {
    expect(cases.filter(({ alert }) => !alerts.includes(alert))).toEqual([]);
  });
});
