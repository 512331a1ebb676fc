import { LineCounter, parseAllDocuments, type Document } from 'yaml';
import { z } from 'zod';
import { parseDuration } from '../config/values.js';
import type { Wanted } from './objectives.js';

/** A fault of an OpenSLO file: its place and what is possible instead. */
export interface OpenSloFault {
  readonly file: string;
  readonly message: string;
}

const kindOfMetric = 'sensei';
const metricWords = {
  error: `a metric source of type ${kindOfMetric} with spec {sli: KIND/TARGET/ASPECT}; queries of other sources cannot be run here`,
};
const metric = z.object(
  {
    metricSource: z.strictObject(
      {
        type: z.literal(kindOfMetric, metricWords),
        spec: z.strictObject({ sli: z.string(metricWords) }, metricWords),
        metricSourceRef: z.never({ error: 'none: give the metric source here' }).optional(),
      },
      metricWords,
    ),
  },
  metricWords,
);

const ratio = z.strictObject({
  counter: z.boolean().optional(),
  good: metric.optional(),
  bad: metric.optional(),
  total: metric,
});

const indicatorSpec = z.strictObject({
  description: z.string().optional(),
  ratioMetric: ratio.optional(),
  thresholdMetric: metric.optional(),
});
const metadata = z.looseObject({ name: z.string() });
const indicator = z.strictObject({ metadata, spec: indicatorSpec });

const calendar = z.strictObject({ startTime: z.string(), timeZone: z.string() });
const timeWindow = z.strictObject({
  duration: z.string(),
  isRolling: z.boolean().prefault(false),
  calendar: calendar.optional(),
});

const objective = z.strictObject({
  displayName: z.string().optional(),
  target: z.number().gt(0).lt(1).optional(),
  targetPercent: z.number().gt(0).lt(100).optional(),
  op: z
    .enum(['lte', 'lt'], {
      error: 'lte or lt: what is faster is good; gt and gte mean nothing here',
    })
    .optional(),
  value: z.number().positive().optional(),
  timeSliceTarget: z.never({ error: 'none: every slice is good or bad by itself here' }).optional(),
  timeSliceWindow: z.never({ error: 'none: the slice is the interval of the target' }).optional(),
  compositeWeight: z.never({ error: 'none: composite SLOs cannot be expressed here' }).optional(),
  indicator: z
    .never({ error: 'none: give the indicator of the SLO, not of an objective' })
    .optional(),
  indicatorRef: z
    .never({ error: 'none: give the indicator of the SLO, not of an objective' })
    .optional(),
});

const sloDocument = z.strictObject({
  apiVersion: z.literal('openslo/v1', { error: 'openslo/v1' }),
  kind: z.literal('SLO'),
  metadata,
  spec: z.strictObject({
    description: z.string().optional(),
    service: z.string().optional(),
    indicator: indicator.optional(),
    indicatorRef: z.string().optional(),
    timeWindow: z.array(timeWindow).length(1),
    budgetingMethod: z
      .literal('Occurrences', {
        error:
          'Occurrences: every probe counts once; Timeslices and RatioTimeslices cannot be expressed here',
      })
      .prefault('Occurrences'),
    objectives: z.array(objective).min(1).max(20),
    alertPolicies: z
      .array(z.never({ error: 'none: alerts are made from the objective' }))
      .optional(),
  }),
});
const sliDocument = z.strictObject({
  apiVersion: z.literal('openslo/v1', { error: 'openslo/v1' }),
  kind: z.literal('SLI'),
  metadata,
  spec: indicatorSpec,
});

type SloDocument = z.output<typeof sloDocument>;
type IndicatorSpec = z.output<typeof indicatorSpec>;

/** One document of a file, with what tells where its parts stand. */
interface Placed {
  readonly file: string;
  readonly document: Document;
  readonly lines: LineCounter;
  readonly value: unknown;
}

function faultAt(placed: Placed, path: readonly PropertyKey[], message: string): OpenSloFault {
  const { file, document, lines } = placed;
  const rangeOf = (depth: number): number => {
    const node = document.getIn(path.slice(0, depth), true);
    const range =
      typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
    if (Array.isArray(range)) return Number(range[0]);
    return depth === 0 ? 0 : rangeOf(depth - 1);
  };
  const { line, col } = lines.linePos(rangeOf(path.length));
  return { file, message: `${file}:${line}:${col}: ${path.map(String).join('.')}: ${message}` };
}

function schemaFaults(placed: Placed, error: z.ZodError): OpenSloFault[] {
  return error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) =>
          faultAt(
            placed,
            [...issue.path, key],
            'unknown here; OpenSLO v1 fields that matter to an SLO alone are taken',
          ),
        )
      : [
          faultAt(
            placed,
            issue.path,
            `expected ${issue.message.replace(/^Invalid input: expected /, '')}`,
          ),
        ],
  );
}

function periodOf({
  duration,
  isRolling,
  calendar: zone,
}: SloDocument['spec']['timeWindow'][number]) {
  if (isRolling) {
    const weeks = /^(\d+)w$/.exec(duration)?.[1];
    const ms = weeks === undefined ? parseDuration(duration) : Number(weeks) * 7 * 86_400_000;
    const days = (ms ?? 0) / 86_400_000;
    return days >= 7 && days <= 90 ? { period: ms!, timeZone: undefined } : undefined;
  }
  const unit = ({ '1M': 'month', '1Q': 'quarter' } as const)[duration as '1M' | '1Q'];
  return unit === undefined ? undefined : { period: unit, timeZone: zone?.timeZone };
}

/** The one SLI that an indicator names, or what keeps it from being one. */
function sliOf({
  ratioMetric,
  thresholdMetric,
}: IndicatorSpec): { sli: string; isLatency: boolean } | string {
  if ((ratioMetric === undefined) === (thresholdMetric === undefined))
    return 'expected ratioMetric or thresholdMetric, one of the two';
  if (thresholdMetric !== undefined)
    return { sli: thresholdMetric.metricSource.spec.sli, isLatency: true };
  const { good, bad, total } = ratioMetric!;
  if ((good === undefined) === (bad === undefined))
    return 'expected good or bad beside total, one of the two';
  const [part, whole] = [(good ?? bad)!.metricSource.spec.sli, total.metricSource.spec.sli];
  if (part !== whole) return `expected good and total of one SLI; found ${part} and ${whole}`;
  return { sli: whole, isLatency: false };
}

function convert(
  placed: Placed,
  { metadata: { name }, spec }: SloDocument,
  indicators: ReadonlyMap<string, IndicatorSpec>,
): (Wanted | OpenSloFault)[] {
  const fault = (path: PropertyKey[], message: string) => [
    faultAt(placed, ['spec', ...path], message),
  ];
  const given = spec.indicator?.spec ?? indicators.get(spec.indicatorRef ?? '');
  if (given === undefined)
    return fault(
      ['indicatorRef'],
      'expected an indicator here, or the name of an SLI in these files',
    );
  const found = sliOf(given);
  if (typeof found === 'string') return fault(['indicator', 'spec'], found);
  const period = periodOf(spec.timeWindow[0]!);
  if (period === undefined)
    return fault(
      ['timeWindow', 0],
      'expected a rolling duration of 7d to 90d, or 1M or 1Q with a calendar',
    );
  return spec.objectives.flatMap((each, index): (Wanted | OpenSloFault)[] => {
    const share =
      each.target ?? (each.targetPercent === undefined ? undefined : each.targetPercent / 100);
    if (share === undefined)
      return fault(['objectives', index], 'expected target, a share, or targetPercent');
    if (found.isLatency && (each.value === undefined || each.op === undefined))
      return fault(
        ['objectives', index],
        'expected op and value, in seconds, for a thresholdMetric',
      );
    if (!found.isLatency && (each.value !== undefined || each.op !== undefined))
      return fault(['objectives', index], 'expected neither op nor value for a ratioMetric');
    const only = spec.objectives.length === 1;
    return [
      {
        name: only ? name : `${name}-${index + 1}`,
        enabled: true,
        sli: found.sli,
        type: found.isLatency ? 'latency' : undefined,
        objective: share,
        ...period,
        latencyThreshold: each.value === undefined ? undefined : each.value * 1000,
        source: placed.file,
        faultAt: (_key, message) => faultAt(placed, ['spec', 'objectives', index], message),
      },
    ];
  });
}

function isFault(each: Wanted | OpenSloFault): each is OpenSloFault {
  return 'message' in each;
}

function place(file: string, text: string): Placed[] | OpenSloFault[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: true });
  if (!Array.isArray(documents) || documents.length === 0)
    return [{ file, message: `${file}: holds nothing; expected documents of kind SLO` }];
  const broken = documents.flatMap(({ errors }) => errors);
  if (broken.length > 0)
    return broken.map(({ message }) => ({ file, message: `${file}: ${message.split('\n')[0]}` }));
  return documents.map((document) => ({
    file,
    document,
    lines,
    value: document.toJS({ maxAliasCount: 50 }) as unknown,
  }));
}

/**
 * Objectives of OpenSLO v1 files (https://github.com/OpenSLO/OpenSLO). What cannot be expressed with
 * the probes of this exporter is refused by name: an objective that means something else is none.
 */
export function importOpenSlo(files: readonly { readonly file: string; readonly text: string }[]): {
  readonly wanted: readonly Wanted[];
  readonly faults: readonly OpenSloFault[];
} {
  const placed = files.flatMap(({ file, text }): (Placed | OpenSloFault)[] => place(file, text));
  const faults = placed.filter((each): each is OpenSloFault => 'message' in each);
  const documents = placed.filter((each): each is Placed => 'document' in each);
  const indicators = new Map<string, IndicatorSpec>();
  const wanted: Wanted[] = [];
  const slos: { readonly at: Placed; readonly document: SloDocument }[] = [];
  for (const each of documents) {
    const kind = (each.value as { kind?: unknown } | null)?.kind;
    if (kind === 'SLI') {
      const parsed = sliDocument.safeParse(each.value);
      if (parsed.success) indicators.set(parsed.data.metadata.name, parsed.data.spec);
      else faults.push(...schemaFaults(each, parsed.error));
    } else if (kind === 'SLO') {
      const parsed = sloDocument.safeParse(each.value);
      if (parsed.success) slos.push({ at: each, document: parsed.data });
      else faults.push(...schemaFaults(each, parsed.error));
    } else faults.push(faultAt(each, ['kind'], 'expected SLO, or SLI for an indicatorRef'));
  }
  for (const { at, document } of slos) {
    for (const each of convert(at, document, indicators)) {
      if (isFault(each)) faults.push(each);
      else wanted.push(each);
    }
  }
  return { wanted, faults };
}
