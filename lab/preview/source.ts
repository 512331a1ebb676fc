/** A series as Prometheus answers: Unix seconds, and the value as text. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

/** Unix seconds. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Question {
  readonly uid: string;
  /** Absent for an annotation. */
  readonly panelId?: number;
  readonly refId?: string;
  /** The panel's title or the annotation's name. */
  readonly place: string;
  /** With its variables and macros filled in. */
  readonly expr: string;
  readonly instant: boolean;
}

/** What a variable offers. */
export interface LabelQuestion {
  readonly uid: string;
  readonly label: string;
  readonly selector: string | undefined;
}

/** Where the answers to a dashboard's queries come from. */
export interface Source {
  readonly span: Span;
  readonly stepSeconds: number;
  answer(question: Question): Promise<readonly Series[]>;
  labelValues(question: LabelQuestion): Promise<readonly string[]>;
}
