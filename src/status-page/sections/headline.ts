import { counted, formatDuration } from '../../report/figures.js';
import { Markup, markup } from '../../report/markup.js';
import { objectiveWords } from '../../report/words.js';
import type { StatusModel } from '../model.js';
import { signs, type State } from '../../health/state.js';
import { sign } from '../state.js';

export interface Headline {
  readonly state: State;
  /** One sentence; without figures that change by the second, since it is read out when it changes. */
  readonly text: string;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

function isAre(names: readonly string[]): string {
  return names.length === 1 ? 'is' : 'are';
}

type Judge = (model: StatusModel) => Headline | undefined;

const startingUp: Judge = ({ targets }) => {
  const waiting = targets.filter(({ status }) => status === 'pending').length;
  if (targets.length > 0 && waiting < targets.length) return undefined;
  const text =
    targets.length === 0 ? 'Nothing is watched.' : 'Starting: nothing was collected yet.';
  return { state: 'unknown', text };
};

const regionsDown: Judge = ({ regions }) => {
  const down = regions.filter(({ state }) => state === 'down').map(({ region }) => region);
  if (down.length === 0) return undefined;
  return { state: 'bad', text: `Region ${listed(down)} ${isAre(down)} down.` };
};

const outages: Judge = ({ open }) => {
  const outages = open.filter(({ class: kind }) => kind === 'outage');
  const down = outages.filter(({ firstOkMs }) => firstOkMs === null).map(({ slo }) => slo);
  if (down.length > 0) return { state: 'bad', text: `${listed(down)} ${isAre(down)} down.` };
  const back = outages.map(({ slo }) => slo);
  if (back.length === 0) return undefined;
  const verb = back.length === 1 ? 'answers again and has' : 'answer again and have';
  return { state: 'doubtful', text: `${listed(back)} ${verb} to last.` };
};

const exposed: Judge = ({ exposures }) => {
  const over = exposures
    .filter(({ status }) => status === 'breached')
    .map(({ dataset }) => dataset);
  if (over.length === 0) return undefined;
  return { state: 'bad', text: `More of ${listed(over)} would be lost now than was promised.` };
};

/** What nobody looks at is not up. */
const unseen: Judge = ({ slos, targets }) => {
  const dark = slos.filter(({ now }) => now === 'unknown').length;
  const silent = targets.filter(({ status }) => status === 'failed').length;
  if (dark === 0 && silent === 0) return undefined;
  const what = [
    ...(dark > 0 ? [`${counted(dark, 'SLO')} not observed`] : []),
    ...(silent > 0 ? [`${counted(silent, 'target')} without an answer`] : []),
  ];
  return { state: 'unknown', text: `Nothing is known to be down, with ${what.join(' and ')}.` };
};

const broken: Judge = ({ verdicts }) => {
  const breached = verdicts.filter(({ promised, status }) => promised && status === 'breached');
  if (breached.length === 0) return undefined;
  const what = [...new Set(breached.map(({ objective }) => objectiveWords[objective]))];
  const text = `Everything is up. What was promised was broken before: ${what.join(', ')}.`;
  return { state: 'doubtful', text };
};

const unproved: Judge = ({ verdicts, exposures }) => {
  const unknown = exposures.filter(({ status }) => status === 'unknown').length;
  const open = verdicts.filter(
    ({ promised, status }) => promised && (status === 'no_evidence' || status === 'indeterminate'),
  );
  if (open.length === 0 && unknown === 0) return undefined;
  const text = `Everything is up. ${counted(open.length, 'promise')} without evidence.`;
  return { state: 'good', text };
};

/** The first that has something to say says it. */
const judges: readonly Judge[] = [
  startingUp,
  regionsDown,
  outages,
  exposed,
  unseen,
  broken,
  unproved,
];

/** In one sentence: is anything broken, and if not, is anything else wrong? */
export function headlineOf(model: StatusModel): Headline {
  for (const judge of judges) {
    const found = judge(model);
    if (found !== undefined) return found;
  }
  return { state: 'good', text: 'Everything is up, and everything that was promised is kept.' };
}

/** What a tab or a bookmark shows. */
export function titleOf(model: StatusModel): string {
  const { state, text } = headlineOf(model);
  return `${signs[state]} ${text} · ${model.deployment}`;
}

export function headlineSection(model: StatusModel): Markup {
  const { state, text } = headlineOf(model);
  return markup`<div id="headline" class="headline ${state}" role="status" data-title="${titleOf(model)}">${sign(state)}<p>${text}</p></div>`;
}

/** What is shown when history cannot be written: the page goes on, from memory. */
export function storeSection({ store, atMs, incidents }: StatusModel): Markup {
  if (store.state !== 'failing') return markup`<div id="store" hidden></div>`;
  const oldest = incidents.at(-1);
  const reach =
    oldest === undefined
      ? 'no incident'
      : `incidents of the last ${formatDuration(atMs - oldest.firstFailMs)}`;
  return markup`<div id="store" class="notice bad" role="alert">${sign('bad')}<p><strong>The history store does not answer.</strong> What is shown is from memory: ${reach}; ${String(store.queued)} rows wait to be written. ${store.error ?? ''}</p></div>`;
}
