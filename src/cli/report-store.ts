import type { Secrets } from '../collectors/contract.js';
import type { Config } from '../config/schema.js';
import type { Verdict } from '../slo/answers.js';
import type { Incident } from '../slo/incident.js';
import type { Slo } from '../slo/objective.js';
import type { Drill, ExposureRow } from '../slo/slice.js';
import type { Store } from '../store/store.js';

/** What verdicts are given on. */
export interface VerdictInput {
  readonly config: Config;
  readonly slos: readonly Slo[];
  /** End of the time that is judged, in Unix milliseconds. */
  readonly atMs: number;
  readonly incidents: readonly Incident[];
  readonly exposures: readonly ExposureRow[];
  readonly drills: readonly Drill[];
}

/** What `sensei report` takes from elsewhere. Every message of an error says what to do. */
export interface ReportSources {
  /** A store that can be read at once; it is closed when the report is made. */
  openStore(config: Config, secrets: Secrets): Promise<Store>;
  slosOf(config: Config): Promise<readonly Slo[]>;
  verdictsOf(input: VerdictInput): readonly Verdict[];
}

export const reportSources: ReportSources = {
  openStore: () => Promise.reject(new Error('not wired')),
  slosOf: () => Promise.reject(new Error('not wired')),
  verdictsOf: () => {
    throw new Error('not wired');
  },
};
