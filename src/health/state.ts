/** How something stands. Every state has a sign and a word of its own: colour says nothing alone. */
export const states = ['good', 'bad', 'doubtful', 'unknown', 'planned'] as const;
export type State = (typeof states)[number];

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
