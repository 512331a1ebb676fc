export interface Opening {
  readonly kind: 'open';
  readonly file: string;
  readonly isReadOnly: boolean;
  readonly isDurable: boolean;
  readonly busyMs: number;
}

/** What the thread that holds the database is asked, before it is numbered. */
export type Asked =
  | Opening
  | { readonly kind: 'acquire'; readonly file: string; readonly waitMs: number }
  | { readonly kind: 'query'; readonly sql: string; readonly parameters: readonly unknown[] }
  | { readonly kind: 'close' };

export type Request = { readonly id: number } & (
  | Asked
  /** The thread ends; not answered. */
  | { readonly kind: 'end' }
);

export interface QueryAnswer {
  readonly columns: readonly string[];
  /** Values row by row. Where all are numbers or NULL (as NaN) they come packed: that is much cheaper. */
  readonly values: Float64Array | readonly (readonly unknown[])[];
  readonly changes: number;
}

export type Answer =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly code: string; readonly message: string };
