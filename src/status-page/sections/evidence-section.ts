import { counted, formatShareDown } from '../../report/figures.js';
import { Markup, markup } from '../../report/markup.js';
import { verdictSubject } from '../../report/words.js';
import type { StatusModel } from '../model.js';
import { badge, when } from '../state.js';
import { sloPath } from '../words.js';

/** Below this share of a period nothing is said of it. */
const leastCoverage = 0.9;
const mostListed = 15;

interface Gap {
  readonly title: string;
  readonly advice: string;
  readonly items: readonly Markup[];
}

function coverageGap({ slos }: StatusModel): Gap {
  const thin = slos
    .filter(({ periodCoverage }) => periodCoverage < leastCoverage)
    .toSorted((a, b) => a.periodCoverage - b.periodCoverage);
  return {
    title: `${counted(thin.length, 'SLO')} observed for less than 90 % of the period`,
    advice:
      'They are neither met nor breached until enough was seen; time when the exporter was down is missing too.',
    items: thin.map(
      ({ name, periodCoverage, period }) =>
        markup`<a href="${sloPath(name)}">${name}</a>: ${formatShareDown(periodCoverage)} of ${period}`,
    ),
  };
}

function targetGap({ targets }: StatusModel): Gap {
  const failing = targets.filter(({ status }) => status !== 'ok');
  return {
    title: `${counted(failing.length, 'target')} without an answer`,
    advice:
      'What they would tell is unknown, not well. sensei probe shows what was asked and answered.',
    items: failing.map(
      ({ id, status, lastFailure }) =>
        markup`${id}: ${status === 'pending' ? 'not collected yet' : (lastFailure?.reason ?? 'failed')}`,
    ),
  };
}

function verdictGap({ verdicts }: StatusModel): Gap {
  const open = verdicts.filter(({ promised, status }) => promised && status === 'no_evidence');
  return {
    title: `${counted(open.length, 'promise')} that nothing was measured of`,
    advice: 'An outage or a drill of that kind is what would prove it.',
    items: open.map((verdict) => markup`${verdictSubject(verdict)}: ${verdict.reason}`),
  };
}

function datasetGap({ exposures }: StatusModel): Gap {
  const open = exposures.filter(
    ({ unproved, exposureMs }) => unproved !== null || exposureMs === null,
  );
  return {
    title: `${counted(open.length, 'dataset')} whose way back is not proved`,
    advice: 'A backup that was never restored is no evidence: record restore tests.',
    items: open.map(({ dataset, unproved, source }) => markup`${dataset}: ${unproved ?? source}`),
  };
}

function gapMarkup({ title, advice, items }: Gap, index: number): Markup {
  const rest = items.length - mostListed;
  const more = when(rest > 0, () => markup`<li class="quiet">and ${String(rest)} more</li>`);
  const listed = items.slice(0, mostListed).map((item) => markup`<li>${item}</li>`);
  return markup`<details id="gap-${String(index)}"><summary>${badge('unknown', title)}</summary><p class="quiet">${advice}</p><ul>${listed}${more}</ul></details>`;
}

/** What cannot be said, and what would make it so that it can. */
export function evidenceSection(model: StatusModel): Markup {
  const gaps = [verdictGap, datasetGap, coverageGap, targetGap]
    .map((find) => find(model))
    .filter(({ items }) => items.length > 0);
  const body =
    gaps.length === 0
      ? markup`<p>${badge('good', 'Everything that was promised has evidence.')}</p>`
      : markup`${gaps.map(gapMarkup)}`;
  return markup`<section id="evidence" class="card" aria-labelledby="evidence-title"><h2 id="evidence-title">What has no evidence</h2>${body}</section>`;
}
