import { describe, expect, it } from 'vitest';
import type { StatusModel } from '../../src/status-page/model.js';
import { headlineOf } from '../../src/status-page/sections/headline.js';
import { sloAnswerOf, verdictOf } from '../support/slo-fixtures.js';
import { outageModel, past, statusModelOf } from './status-model.js';

const observed = sloAnswerOf();
const healthy = statusModelOf({ slos: [observed], verdicts: [verdictOf()], exposures: [] });
const [exposure] = statusModelOf().exposures;
const [target] = healthy.targets;

function but(changes: Partial<StatusModel>): StatusModel {
  return { ...healthy, ...changes };
}

describe('the headline', () => {
  it.each<[string, StatusModel, string, string]>([
    ['all is well', healthy, 'good', 'Everything is up, and everything that was promised is kept.'],
    ['nothing is configured', but({ targets: [] }), 'unknown', 'Nothing is watched.'],
    [
      'nothing was collected yet',
      but({ targets: [{ ...target!, status: 'pending' }] }),
      'unknown',
      'Starting: nothing was collected yet.',
    ],
    ['an outage is under way', but({ open: outageModel().open }), 'bad', 'orders-writes is down.'],
    [
      'several are under way',
      but({
        open: ['a', 'b', 'c', 'd', 'e'].map((slo) => ({ ...past[0]!, slo, firstOkMs: null })),
      }),
      'bad',
      'a, b, c and 2 more are down.',
    ],
    [
      'what was down answers again, and has not lasted yet',
      but({ open: [past[0]!] }),
      'doubtful',
      'orders-writes answers again and has to last.',
    ],
    [
      'what is interrupted is planned',
      but({ open: [past[2]!] }),
      'good',
      'Everything is up, and everything that was promised is kept.',
    ],
    [
      'a region is down, whatever else is',
      but({
        open: outageModel().open,
        regions: [{ region: 'eu', state: 'down', isDownHere: true, votes: 2, vantagePoints: 2 }],
      }),
      'bad',
      'Region eu is down.',
    ],
    [
      'too much would be lost',
      but({ exposures: [{ ...exposure!, exposureMs: 1e6, status: 'breached' }] }),
      'bad',
      'More of orders would be lost now than was promised.',
    ],
    [
      'nobody observes an SLO',
      but({ slos: [observed, sloAnswerOf({ now: 'unknown' })] }),
      'unknown',
      'Nothing is known to be down, with 1 SLO not observed.',
    ],
    [
      'a target does not answer',
      but({ targets: [{ ...target!, status: 'failed' }, target!] }),
      'unknown',
      'Nothing is known to be down, with 1 target without an answer.',
    ],
    [
      'a promise was broken before',
      but({ verdicts: [verdictOf({ status: 'breached' })] }),
      'doubtful',
      'Everything is up. What was promised was broken before: recovery time (RTO).',
    ],
    [
      "another tier's promise would be broken",
      but({ verdicts: [verdictOf(), verdictOf({ promised: false, status: 'breached' })] }),
      'good',
      'Everything is up, and everything that was promised is kept.',
    ],
    [
      'a promise has no evidence',
      but({ verdicts: [verdictOf({ status: 'no_evidence' })] }),
      'good',
      'Everything is up. 1 promise without evidence.',
    ],
  ])('when %s', (_when, model, state, text) => {
    expect(headlineOf(model)).toEqual({ state, text });
  });

  it('does not change by the second while an outage lasts: it is read out when it does', () => {
    const { atMs } = outageModel();
    expect(headlineOf(outageModel(atMs + 5000))).toEqual(headlineOf(outageModel(atMs)));
  });
});
