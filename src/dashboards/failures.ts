import type { PanelSpec, Placed } from './panel.js';
import { table, type TableSpec } from './table.js';

type FailureSpec = Pick<PanelSpec, 'title' | 'description' | 'width' | 'height' | 'none'> &
  Pick<TableSpec, 'rows' | 'texts'> & {
    /** How many by the labels of the rows, in the time that is shown. */
    readonly expr: string;
    /** What is counted. */
    readonly counted?: string;
  };

/** What there is more than none of. When all are none a single 0 says so; when nothing is known it is empty. */
export function happened(expr: string, label: string): string {
  return `${expr} > 0\nor on () label_replace(0 * sum(${expr}), "${label}", "none", "", "")`;
}

/** What failed and why, the most frequent first. Few of all possible reasons ever occur: the others are left out. */
export function failureTable({ expr, counted = 'Failures', ...spec }: FailureSpec): Placed {
  const label = Object.keys(spec.rows).at(-1) ?? '';
  return table({
    ...spec,
    height: spec.height ?? 8,
    columns: [{ name: counted, expr: happened(expr, label), decimals: 0 }],
    sort: [counted, 'highest'],
    widths: { [counted]: 90 },
  });
}
