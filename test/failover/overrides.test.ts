import { describe, expect, it } from 'vitest';
import { blockedBy, fencingGate, overridesOf, type Blocker } from '../../src/failover/overrides.js';

const gate = (name: string, verdict: Blocker['verdict'], mayBeOverridden = true): Blocker => ({
  name,
  verdict,
  figure: `figure of ${name}`,
  source: 'somewhere',
  advice: '',
  mayBeOverridden,
});

const allow = (...names: string[]) => names.map((name) => ({ name, reason: `why ${name}` }));
const names = (gates: readonly { readonly name: string }[]) => gates.map(({ name }) => name);

describe('what blocks a failover', () => {
  it.each([
    ['a gate that passes', 'PASS', [], false],
    ['a gate that fails', 'FAIL', [], true],
    ['a gate of which nobody knows', 'UNKNOWN', [], true],
    ['a gate that fails and is overridden by its name', 'FAIL', ['streaming'], false],
    ['a gate of which nobody knows and which is overridden', 'UNKNOWN', ['streaming'], false],
    ['a gate while another is overridden', 'FAIL', ['capacity'], true],
  ] as const)('%s', (_title, verdict, allowed, isBlocked) => {
    const found = blockedBy([gate('streaming', verdict)], allow(...allowed));
    expect(names(found)).toEqual(isBlocked ? ['streaming'] : []);
  });

  it('is a gate that must not be overridden, whatever was allowed', () => {
    const never = gate('one-writer', 'FAIL', false);
    expect(names(blockedBy([never], allow('one-writer')))).toEqual(['one-writer']);
    expect(overridesOf([never], allow('one-writer'))).toEqual([]);
  });

  it('is each gate by itself: one override does not let another through', () => {
    const gates = [gate('streaming', 'FAIL'), gate('capacity', 'UNKNOWN'), gate('dcs', 'PASS')];
    expect(names(blockedBy(gates, allow('streaming')))).toEqual(['capacity']);
  });
});

describe('what was gone on over', () => {
  it('is kept with its verdict, figure and reason', () => {
    expect(overridesOf([gate('streaming', 'UNKNOWN')], allow('streaming'))).toEqual([
      {
        name: 'streaming',
        verdict: 'UNKNOWN',
        figure: 'figure of streaming',
        reason: 'why streaming',
      },
    ]);
  });

  it('is nothing where the gate passed, though it might have been overridden', () => {
    expect(overridesOf([gate('streaming', 'PASS')], allow('streaming'))).toEqual([]);
  });
});

describe('the gate of fencing', () => {
  it('passes where a hook fences the region, and names it', () => {
    expect(fencingGate('east', ['stop-east', 'cut-east'])).toMatchObject({
      name: 'fencing',
      verdict: 'PASS',
      figure: 'stop-east, cut-east',
    });
  });

  it('is unknown without a hook, says what to add, and is on the word of who overrides it', () => {
    const found = fencingGate('east', []);
    expect(found).toMatchObject({ verdict: 'UNKNOWN', figure: 'nothing fences east' });
    expect(found.advice).toContain('region: east');
    expect(names(blockedBy([found], []))).toEqual(['fencing']);
    expect(names(blockedBy([found], allow('fencing')))).toEqual([]);
  });
});
