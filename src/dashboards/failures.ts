import type { PanelSpec, Placed } from './panel.js';
import { table, type TableSpec } from './table.js';

type FailureSpec = Pick<PanelSpec, 'title' | 'description' | 'width' | 'height' | 'none'> &
  Pick<TableSpec, 'rows' | 'texts'> & {
    /** How many by the labels of the rows, in the time that is shown. */
    readonly expr: string;
    /** What is counted. */
    readonly counted?: string;
  };

/** What failed and why, the most frequent first. Few of all possible reasons ever occur: the others are left out. */
export function failureTable({ expr, counted = 'Failures', ...spec }: FailureSpec): Placed {
  return table({
    ...spec,
    height: spec.height ?? 8,
    none: spec.none ?? 'No failure in the time shown',
    columns: [{ name: counted, expr: `${expr} > 0`, decimals: 0 }],
    sort: [counted, 'highest'],
    widths: { [counted]: 90 },
  });
}
