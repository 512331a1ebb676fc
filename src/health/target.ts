/** What is believed of one target, as far as the page shows it. */
export interface ShownTarget {
  /** `kind/name`. */
  readonly id: string;
  readonly kind: string;
  readonly component: string;
  readonly region: string;
  readonly zone: string;
  readonly memberZones: Readonly<Record<string, string>>;
  readonly status: 'pending' | 'ok' | 'failed';
  /** ISO 8601, UTC; null before the first. */
  readonly lastSuccessAt: string | null;
  readonly lastFailure: {
    readonly at: string;
    readonly reason: string;
    readonly message: string;
  } | null;
  /** Whether the facts are those of an earlier collection. */
  readonly stale: boolean;
  readonly facts: readonly {
    readonly name: string;
    readonly value: string | number | boolean | null;
  }[];
}
