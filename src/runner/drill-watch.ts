import type { Config } from '../config/schema.js';
import { judgeDrill, type DrillTerms, type JudgedDrill } from '../drills/judge.js';
import { readDrills } from './drill-folder.js';

/** Time between two looks at the folder, in milliseconds: drills are made by people. */
const lookMs = 60_000;

/** Told of drills as they are judged, and of what is wrong with their files. Must not throw. */
export interface DrillListener {
  judged(drills: readonly JudgedDrill[]): void;
  /** A fault that was not there at the last look. */
  fault(message: string): void;
}

/** Reads evidence of drills, again and again: it changes with the folder, with time and with the configuration. */
export class DrillWatch {
  private timer: NodeJS.Timeout | undefined;
  private config: Config | undefined;
  private told: ReadonlySet<string> = new Set();

  constructor(
    private readonly termsOf: (config: Config) => DrillTerms,
    private readonly listener: DrillListener,
  ) {}

  /** Looks at once, and then every minute; without `drills` in the configuration there are none. */
  async configure(config: Config): Promise<void> {
    clearInterval(this.timer);
    this.config = config;
    if (config.drills === undefined) {
      this.listener.judged([]);
      return;
    }
    await this.look();
    this.timer = setInterval(() => void this.look(), lookMs);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    const { config } = this;
    if (config?.drills === undefined) return;
    const { folder } = config.drills;
    try {
      const { drills, faults } = await readDrills(folder);
      const terms = this.termsOf(config);
      this.listener.judged(drills.map((drill) => judgeDrill(drill, terms)));
      this.tell(faults.map(({ message }) => message));
    } catch (error) {
      // What was read before still holds; a folder that is gone proves nothing.
      const why = error instanceof Error ? error.message : String(error);
      this.tell([`drills.folder ${folder}: ${why}`]);
    }
  }

  private tell(messages: readonly string[]): void {
    for (const message of messages) if (!this.told.has(message)) this.listener.fault(message);
    this.told = new Set(messages);
  }
}
