/** What a cell says at a glance; its words say it too. */
export type Tone = 'good' | 'bad' | 'doubtful';

export interface Cell {
  readonly text: string;
  readonly tone?: Tone;
}

export interface Column {
  readonly title: string;
  /** Figures stand at the right. */
  readonly isFigure?: true;
}

/** The parts that a report is written in, whatever the format. */
export type Block =
  | { readonly kind: 'heading'; readonly level: 1 | 2 | 3 | 4; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string; readonly tone?: Tone }
  | { readonly kind: 'facts'; readonly facts: readonly (readonly [string, Cell])[] }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | {
      readonly kind: 'table';
      readonly caption: string;
      readonly columns: readonly Column[];
      /** The first cell of each is its heading. */
      readonly rows: readonly (readonly Cell[])[];
    };

export function heading(level: 1 | 2 | 3 | 4, text: string): Block {
  return { kind: 'heading', level, text };
}

export function paragraph(text: string, tone?: Tone): Block {
  return tone === undefined ? { kind: 'paragraph', text } : { kind: 'paragraph', text, tone };
}

export function plain(text: string): Cell {
  return { text };
}

/** A table; a title that ends with `#` is of a column of figures. */
export function table(
  caption: string,
  titles: readonly string[],
  rows: readonly (readonly Cell[])[],
): Block {
  const columns = titles.map((title): Column => {
    return title.endsWith('#') ? { title: title.slice(0, -1), isFigure: true } : { title };
  });
  return { kind: 'table', caption, columns, rows };
}
