import { formatFault } from '../config/fault.js';
import { loadDeployment, type LoadResult } from './load.js';
import type { Config } from '../config/schema.js';
import type { Slo } from '../slo/objective.js';
import { formatWarning } from '../config/warnings.js';

export type ReloadResult =
  | { readonly ok: true; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly faults: readonly string[] };

export type Opened =
  | { readonly ok: true; readonly reloader: ConfigReloader }
  | { readonly ok: false; readonly faults: readonly string[] };

interface InForce {
  readonly config: Config;
  readonly slos: readonly Slo[];
  readonly warnings: readonly string[];
}

function inForce({ config, slos, warnings }: Extract<LoadResult, { ok: true }>): InForce {
  return { config, slos, warnings: warnings.map(formatWarning) };
}

/** The configuration in force, and the file it can be loaded from again. */
export class ConfigReloader {
  private queue: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly file: string,
    private current: InForce,
  ) {}

  static async open(file: string): Promise<Opened> {
    const result = await loadDeployment(file);
    return result.ok
      ? { ok: true, reloader: new ConfigReloader(file, inForce(result)) }
      : { ok: false, faults: result.faults.map(formatFault) };
  }

  get config(): Config {
    return this.current.config;
  }

  get slos(): readonly Slo[] {
    return this.current.slos;
  }

  get warnings(): readonly string[] {
    return this.current.warnings;
  }

  /** Loads the file again, one load at a time. On a fault the configuration stays as it was. */
  reload(): Promise<ReloadResult> {
    const next = this.queue
      .then(() => loadDeployment(this.file))
      .then((result) => this.take(result));
    this.queue = next.catch(() => {});
    return next;
  }

  private take(result: LoadResult): ReloadResult {
    if (!result.ok) return { ok: false, faults: result.faults.map(formatFault) };
    this.current = inForce(result);
    return { ok: true, warnings: this.current.warnings };
  }
}
