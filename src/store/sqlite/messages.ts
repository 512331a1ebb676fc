/** What the thread that holds the database is asked. */
export type Request =
  | {
      readonly id: number;
      readonly kind: 'open';
      readonly file: string;
      readonly isReadOnly?: true;
    }
  | { readonly id: number; readonly kind: 'acquire'; readonly file: string }
  | {
      readonly id: number;
      readonly kind: 'query';
      readonly sql: string;
      readonly parameters: readonly unknown[];
    }
  | { readonly id: number; readonly kind: 'close' }
  /** The thread ends; not answered. */
  | { readonly id: number; readonly kind: 'end' };

/** A request before it is numbered. */
export type Asked =
  | { readonly kind: 'open'; readonly file: string; readonly isReadOnly?: true }
  | { readonly kind: 'acquire'; readonly file: string }
  | { readonly kind: 'query'; readonly sql: string; readonly parameters: readonly unknown[] }
  | { readonly kind: 'close' };

export interface QueryAnswer {
  readonly columns: readonly string[];
  /** Values row by row. Where all are numbers or NULL (as NaN) they come packed: that is much cheaper. */
  readonly values: Float64Array | readonly (readonly unknown[])[];
  readonly changes: number;
}

export type Answer =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly code: string; readonly message: string };
