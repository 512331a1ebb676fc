import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Question, Series, Source, Span } from './source.js';

/** An answer as the scripted life of the lab has written it. */
interface Recorded {
  readonly panelId?: number;
  readonly refId?: string;
  readonly kind: 'panel' | 'variable' | 'annotation';
  readonly expr: string;
  readonly series: readonly Series[];
  readonly atMoments?: readonly (readonly Series[])[];
}

interface Index {
  readonly start: number;
  readonly end: number;
  readonly stepSeconds: number;
  readonly moments: readonly { readonly what: string; readonly atSeconds: number }[];
}

function read(folder: string, name: string): unknown {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
}

/** Answers that were written down: the dashboards can be drawn without a Prometheus. */
export class SnapshotSource implements Source {
  readonly span: Span;
  readonly stepSeconds: number;
  private readonly index: Index;
  private readonly recorded = new Map<string, readonly Recorded[]>();

  /** `moment` is the index of the instant at which instant queries are answered; absent: the end. */
  constructor(
    private readonly folder: string,
    private readonly moment?: number,
  ) {
    this.index = read(folder, 'index') as Index;
    const end = moment === undefined ? undefined : this.index.moments[moment]?.atSeconds;
    this.span = { start: this.index.start, end: end ?? this.index.end };
    this.stepSeconds = this.index.stepSeconds;
  }

  answer({ uid, panelId, refId, instant }: Question): Promise<readonly Series[]> {
    const found = this.recordedFor(uid).filter((each) =>
      panelId === undefined
        ? each.kind === 'annotation'
        : each.panelId === panelId && each.refId === refId,
    );
    return Promise.resolve(found.flatMap((each) => this.seriesOf(each, instant)));
  }

  labelValues(label: string): Promise<readonly string[]> {
    const series = [...this.recorded.values()].flat().flatMap((each) => each.series);
    const values = series.flatMap(({ metric }) => metric[label] ?? []);
    return Promise.resolve([...new Set(values)].toSorted());
  }

  private seriesOf(recorded: Recorded, isInstant: boolean): readonly Series[] {
    if (!isInstant) return recorded.series.map((series) => this.untilEnd(series));
    if (this.moment === undefined) return recorded.series;
    return recorded.atMoments?.[this.moment] ?? [];
  }

  private untilEnd({ metric, values }: Series): Series {
    return { metric, values: values.filter(([time]) => time <= this.span.end) };
  }

  private recordedFor(uid: string): readonly Recorded[] {
    const known = this.recorded.get(uid);
    if (known !== undefined) return known;
    const answers = read(this.folder, uid) as readonly Recorded[];
    this.recorded.set(uid, answers);
    return answers;
  }
}
