/**
 * Colours of states, after Okabe and Ito (https://jfly.uni-koeln.de/color/): they stay apart for those
 * who do not tell red from green, and stand out from a dark panel and from a white one. A state is
 * always a word too.
 */
export const stateColors = {
  good: '#2A7FD4',
  bad: '#BE380C',
  doubtful: '#BC8B00',
  unknown: '#808080',
} as const;
export type State = keyof typeof stateColors;

/** Grafana's own colour of text: dark on light and light on dark. */
export const plain = 'text';

/** Colours of lines that mean no state. */
export const lineColors = {
  first: '#2A7FD4',
  second: '#9B59C9',
  third: '#BC8B00',
  fourth: '#2F9E93',
  fifth: '#808080',
  sixth: '#C2528B',
  seventh: '#5B8A3A',
  eighth: '#8C6D4F',
  /** What a line is measured against. */
  target: '#BE380C',
} as const;
export type LineColor = keyof typeof lineColors;

export const shades = { ...lineColors, ...stateColors } as const;
export type Shade = keyof typeof shades;
