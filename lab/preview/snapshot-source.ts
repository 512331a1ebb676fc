import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabelQuestion, Question, Series, Source, Span } from './source.js';

/** An answer as `lab/snapshot.ts` writes it. */
interface Recorded {
  readonly panelId?: number;
  readonly refId?: string;
  readonly place: string;
  readonly kind: 'panel' | 'variable' | 'annotation';
  readonly series: readonly Series[];
  /** When an instant query was asked: at the end of the span, or when it last had a value before. */
  readonly atSeconds?: number;
}

interface Index extends Span {
  readonly stepSeconds: number;
}

function read(folder: string, name: string): unknown {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
}

/** Answers that were written down: the dashboards can be drawn without a Prometheus. */
export class SnapshotSource implements Source {
  readonly span: Span;
  readonly stepSeconds: number;
  private readonly recorded = new Map<string, readonly Recorded[]>();

  constructor(private readonly folder: string) {
    const { start, end, stepSeconds } = read(folder, 'index') as Index;
    this.span = { start, end };
    this.stepSeconds = stepSeconds;
  }

  answer(question: Question): Promise<readonly Series[]> {
    const found = this.recordedFor(question.uid).find((each) => answers(each, question));
    return found === undefined
      ? Promise.reject(new Error('not in the snapshot, which is of other dashboards'))
      : Promise.resolve(this.holds(found) ? found.series : []);
  }

  labelValues({ uid, label }: LabelQuestion): Promise<readonly string[]> {
    const variables = this.recordedFor(uid).filter(({ kind }) => kind === 'variable');
    const values = variables.flatMap(({ series }) =>
      series.flatMap(({ metric }) => metric[label] ?? []),
    );
    return Promise.resolve([...new Set(values)].toSorted());
  }

  /** What was last true before the end is not shown beside what is true at the end. */
  private holds({ atSeconds = this.span.end }: Recorded): boolean {
    return atSeconds >= this.span.end;
  }

  private recordedFor(uid: string): readonly Recorded[] {
    const known = this.recorded.get(uid) ?? (read(this.folder, uid) as readonly Recorded[]);
    this.recorded.set(uid, known);
    return known;
  }
}

/** Numbers of panels change with their order: the title has to be the same too. */
function answers(recorded: Recorded, { panelId, refId, place }: Question): boolean {
  if (recorded.place !== place) return false;
  if (panelId === undefined) return recorded.kind === 'annotation';
  return recorded.panelId === panelId && recorded.refId === refId;
}
