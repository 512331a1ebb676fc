/**
 * Colours of states, after Okabe and Ito (https://jfly.uni-koeln.de/color/): they stay apart for those
 * who do not tell red from green, and stand out from a dark panel and from a white one. A state is
 * always a word too.
 */
export const stateColors = {
  good: '#2A7FD4',
  bad: '#C23B0E',
  doubtful: '#B98800',
  unknown: '#808080',
} as const;
export type State = keyof typeof stateColors;

/** Grafana's own colour of text: dark on light and light on dark. */
export const plain = 'text';

/** Colours of lines that mean no state. */
export const lineColors = {
  first: '#2A7FD4',
  second: '#9B59C9',
  third: '#B98800',
  fourth: '#2F9E93',
  fifth: '#808080',
  /** What a line is measured against. */
  target: '#C23B0E',
} as const;
export type LineColor = keyof typeof lineColors;
