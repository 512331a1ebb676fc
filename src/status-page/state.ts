import { Markup, markup } from '../report/markup.js';

/** How something stands. Every state has a sign and a word of its own: colour says nothing alone. */
export const states = ['good', 'bad', 'doubtful', 'unknown', 'planned'] as const;
export type State = (typeof states)[number];

/** The sign of a state where no markup is possible, as in a title. */
export const signs: Readonly<Record<State, string>> = {
  good: '✔',
  bad: '✖',
  doubtful: '▲',
  unknown: '?',
  planned: '◆',
};

/** The worst first. */
const severity: readonly State[] = ['bad', 'doubtful', 'unknown', 'planned', 'good'];

export function worstOf(found: readonly State[], otherwise: State): State {
  return severity.find((state) => found.includes(state)) ?? otherwise;
}

export function compareState(a: State, b: State): number {
  return severity.indexOf(a) - severity.indexOf(b);
}

export function sign(state: State): Markup {
  return markup`<span class="sign ${state}" aria-hidden="true">${signs[state]}</span>`;
}

/** A sign and a word. */
export function badge(state: State, word: string): Markup {
  return markup`<span class="badge ${state}">${sign(state)} ${word}</span>`;
}

/** The markup, or nothing. */
export function when(condition: boolean, made: () => Markup): Markup {
  return condition ? made() : new Markup('');
}
