import { signs, type State } from '../health/state.js';
import { Markup, markup } from '../report/markup.js';

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
