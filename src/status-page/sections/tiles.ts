import { counted, formatBracket, formatDuration } from '../../report/figures.js';
import { markup, type Markup } from '../../report/markup.js';
import type { Incident } from '../../slo/incident.js';
import type { StatusModel } from '../model.js';
import { worstOf, type State } from '../../health/state.js';
import { sign } from '../state.js';
import { attainmentState } from '../words.js';

const dayMs = 86_400_000;

interface Tile {
  readonly question: string;
  readonly state: State;
  readonly figure: string;
  readonly note: string;
  readonly href: string;
}

function promisesTile({ verdicts, tier }: StatusModel): Tile {
  const promised = verdicts.filter(
    ({ promised: isPromised, status }) => isPromised && status !== 'not_applicable',
  );
  const count = (status: string) => promised.filter((each) => each.status === status).length;
  const [met, breached] = [count('met'), count('breached')];
  const rest = promised.length - met - breached;
  return {
    question: 'Within what we promised?',
    state: worstOf(
      promised.map(({ status }) => attainmentState(status)),
      'unknown',
    ),
    figure: `${met} of ${promised.length} met`,
    note: `${tier} tier · ${breached} breached · ${rest} unproved`,
    href: '#verdicts',
  };
}

function lastedMs({ firstFailMs, firstOkMs }: Incident, nowMs: number): number {
  return (firstOkMs ?? nowMs) - firstFailMs;
}

function brokenTile({ open, atMs, slos }: StatusModel): Tile {
  const outages = open.filter(({ class: kind }) => kind === 'outage');
  if (outages.length === 0) {
    const unseen = slos.filter(({ now }) => now === 'unknown').length;
    const note = unseen === 0 ? 'everything that is timed is up' : `${unseen} not observed now`;
    const state = unseen === 0 ? 'good' : 'unknown';
    return { question: 'What is broken?', state, figure: 'nothing', note, href: '#grid' };
  }
  const longest = Math.max(...outages.map((each) => lastedMs(each, atMs)));
  return {
    question: 'What is broken?',
    state: 'bad',
    figure: counted(outages.length, 'outage'),
    note: `the longest for ${formatDuration(longest)}`,
    href: '#outages',
  };
}

function lossTile({ exposures, worstDataset }: StatusModel): Tile {
  const question = 'What would we lose now?';
  const worst = exposures.find(({ dataset }) => dataset === worstDataset);
  const href = '#exposure';
  if (worst === undefined) {
    return { question, state: 'unknown', figure: 'unknown', note: 'no dataset is followed', href };
  }
  const { exposureMs, targetMs, dataset, status } = worst;
  return {
    question,
    state: attainmentState(status),
    figure: exposureMs === null ? 'unknown' : formatDuration(exposureMs),
    note: `of ${dataset}; at most ${formatDuration(targetMs)} was promised`,
    href,
  };
}

function lastDayTile({ incidents, atMs }: StatusModel): Tile {
  const recent = incidents.filter(
    ({ firstFailMs, firstOkMs, class: kind }) =>
      kind === 'outage' && (firstOkMs ?? firstFailMs) >= atMs - dayMs,
  );
  const question = 'What happened in the last 24 h?';
  const href = '#incidents';
  const [first] = recent.toSorted((a, b) => b.lowMs - a.lowMs);
  if (first === undefined) return { question, state: 'good', figure: 'no outage', note: '', href };
  const isBreached = recent.some(({ verdict }) => verdict === 'breached');
  return {
    question,
    state: isBreached ? 'bad' : 'doubtful',
    figure: counted(recent.length, 'outage'),
    note: `the longest ${formatBracket(first)}`,
    href,
  };
}

function tileMarkup({ question, state, figure, note, href }: Tile): Markup {
  return markup`<li class="tile ${state}"><a href="${href}"><span class="question">${question}</span>
<span class="figure">${sign(state)} ${figure}</span><span class="note">${note}</span></a></li>`;
}

/** The four questions of somebody who has just been woken. */
export function tilesSection(model: StatusModel): Markup {
  const tiles = [promisesTile, brokenTile, lossTile, lastDayTile].map((make) => make(model));
  return markup`<ul id="tiles" class="tiles">${tiles.map(tileMarkup)}</ul>`;
}
