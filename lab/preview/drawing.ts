import type { Panel } from './dashboard.js';
import type { Look } from './display.js';
import type { Frame } from './frame.js';
import { escaped, type Size } from './html.js';
import type { Span } from './source.js';

/** Where an annotation's condition held. Unix milliseconds. */
export interface Region {
  readonly fromMs: number;
  readonly toMs: number;
  /** CSS. */
  readonly color: string;
}

/** All that a panel is drawn from. */
export interface Drawing {
  readonly panel: Panel;
  /** Transformed and with their settings. */
  readonly frames: readonly Frame[];
  readonly size: Size;
  readonly look: Look;
  readonly span: Span;
  readonly regions: readonly Region[];
}

/** A drawn panel, and what a reader should be told of it. */
export interface Drawn {
  readonly html: string;
  readonly remarks: readonly string[];
}

/** An empty panel; it says what its settings have for that, since empty may be good. */
export function noData({ panel }: Drawing): Drawn {
  const text = panel.fieldConfig?.defaults?.noValue ?? 'No data';
  return { html: `<div class="no-data">${escaped(text)}</div>`, remarks: [`empty: ${text}`] };
}
