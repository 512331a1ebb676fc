import { describe, expect, it } from 'vitest';
import type { LagTarget } from '../../src/collectors/lag/targets.js';
import { lagViewOf } from '../../src/collectors/lag/view.js';
import type { MemberResult } from '../../src/collectors/sql/member.js';
import { lagTargetOf, snapshotOf } from './regions.js';

const asked = { wallMs: 0, monoMs: 0 };
const span = { startedAt: asked, endedAt: asked };

/** The copy with a third member, b2 being written first. */
function targetOfThree(): LagTarget {
  const target = lagTargetOf();
  const [source, copy] = target.sites;
  const [b1, b2] = copy.members;
  const b3 = {
    name: 'b3',
    settings: { ...b1!.settings, address: { host: 'b3.test', port: 5432 } },
  };
  return { ...target, sites: [source, { ...copy, members: [b2!, b3, b1!] }] };
}

const [a, [b1, b2]] = snapshotOf({ written: '0/5000', replayed: '0/5000' });
if (b1?.ok !== true || b2?.ok !== true) throw new Error('the copy has no answers');
const [row] = b1.answer.replication;
const fed = (host: string) => ({ ...b2.answer.receiver!, sender_host: host });
/** b2 follows b1, and b3 follows b2. */
const between: MemberResult = {
  ...b2,
  answer: {
    ...b2.answer,
    receiver: fed('b1.test'),
    replication: [{ ...row!, application_name: 'b3' }],
  },
};
const last: MemberResult = {
  ...b2,
  member: 'b3',
  answer: { ...b2.answer, receiver: fed('b2.test') },
};
const silent: MemberResult = { ok: false, member: 'b1', reason: 'connect', message: 'refused' };

describe('the standby leader of a copy whose members follow one another', () => {
  const leaderOf = (...copy: readonly MemberResult[]) =>
    lagViewOf(targetOfThree(), [a, copy], undefined, span).leader?.member;

  it('is the first of them', () => expect(leaderOf(between, last, b1)).toBe('b1'));

  it('is not known while the first gives no answer: the next is fed by it', () =>
    expect(leaderOf(between, last, silent)).toBeUndefined());
});
