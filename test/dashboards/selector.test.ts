import { describe, expect, it } from 'vitest';
import { asking, coded, firing, recorded } from '../../src/dashboards/selector.js';
import { unitOf } from '../../src/dashboards/units.js';
import { verdictCodes, verdictWords } from '../../src/dashboards/words.js';
import { verdictStatuses } from '../../src/slo/incident.js';

const mine = 'job=~"$job", instance=~"$instance"';

describe('a selector', () => {
  it('asks the exporters of the chosen deployment alone', () => {
    expect(asking().raw('sensei_outage_open', { slo: '$slo' })).toBe(
      `sensei_outage_open{${mine}, slo=~"$slo"}`,
    );
  });

  it('is narrowed where the metric has the label, and only there', () => {
    const { raw } = asking('region', 'component');
    expect(raw('sensei_region_state', { state: 'up' })).toBe(
      `sensei_region_state{${mine}, region=~"$region", state="up"}`,
    );
    expect(raw('sensei_outage_open')).toBe(`sensei_outage_open{${mine}}`);
  });

  it('takes one value, several, or all but one', () => {
    const { raw } = asking();
    expect(raw('sensei_slo_burn_rate', { window: ['1h', '6h'], slo: { not: 'x' } })).toBe(
      `sensei_slo_burn_rate{${mine}, window=~"1h|6h", slo!="x"}`,
    );
  });

  it('counts what two exporters see once', () => {
    expect(asking().rate('sensei_collector_failures_total', ['reason'])).toBe(
      `sum by (reason) (max by (kind, target, reason) (rate(sensei_collector_failures_total{${mine}}[$__rate_interval])))`,
    );
  });

  it('keeps exporters apart when they are asked for', () => {
    expect(asking().increase('sensei_store_writes_total', ['instance'], {}, '5m')).toBe(
      `sum by (instance) (max by (instance) (increase(sensei_store_writes_total{${mine}}[5m])))`,
    );
  });

  it('knows what is recorded and what fires by the deployment', () => {
    expect(recorded('slo:objective:ratio', { sloth_slo: '$slo' })).toBe(
      'slo:objective:ratio{sloth_service=~"$deployment", sloth_slo=~"$slo"}',
    );
    expect(firing()).toBe('ALERTS{alertstate="firing", deployment=~"$deployment"}');
  });

  it('makes one number of exclusive series', () => {
    expect(coded({ up: 0, down: 2 }, (state) => `m{state="${state}"}`)).toBe(
      '0 * (m{state="up"} == 1)\nor 2 * (m{state="down"} == 1)',
    );
  });

  it('does not compile with a metric or a label that does not exist', () => {
    const { most, rate } = asking();
    // @ts-expect-error -- no such metric
    expect(() => most('sensei_outage_opened', [])).not.toThrow();
    // @ts-expect-error -- no such label
    expect(most('sensei_outage_open', ['region'])).toContain('region');
    // @ts-expect-error -- no such label to match
    expect(most('sensei_outage_open', ['slo'], { zone: 'a' })).toContain('zone');
    // @ts-expect-error -- no counter
    expect(rate('sensei_outage_open', ['slo'])).toContain('rate');
    // @ts-expect-error -- nobody records it
    expect(recorded('slo:objectives:ratio')).toContain('objectives');
  });
});

describe('a unit', () => {
  it.each([
    [['max(sensei_lag_bytes)'], 'bytes'],
    [['max(sensei_lag_seconds)', 'sensei_lag_threshold_seconds'], 's'],
    [['time() - max(sensei_lag_heartbeat_timestamp_seconds)'], 's'],
    [['histogram_quantile(0.5, sensei_recovery_time_low_seconds_bucket)'], 's'],
    [['sensei_slo_coverage_ratio'], 'percentunit'],
    [['sensei_outage_open'], 'short'],
    [['sensei_lag_bytes / sensei_lag_seconds'], 'short'],
    [['up'], 'short'],
  ] as const)('of %j is %s', (exprs, unit) => {
    expect(unitOf(exprs)).toBe(unit);
  });
});

describe('the words for verdicts', () => {
  it('are there for every status, the worse the higher', () => {
    const codes = verdictStatuses.map((status) => verdictCodes[status]);
    expect(codes.map((code) => verdictWords[code]?.[0].toLowerCase().replace(' ', '_'))).toEqual(
      verdictStatuses,
    );
    expect(Math.max(...codes)).toBe(verdictCodes.breached);
    expect(verdictCodes.indeterminate).toBeGreaterThan(verdictCodes.met);
  });
});
