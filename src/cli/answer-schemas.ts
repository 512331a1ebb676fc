import { z } from 'zod';
import { attainments, disruptions, verdictObjectives } from '../slo/answers.js';
import { incidentClasses, scenarios, verdictStatuses } from '../slo/incident.js';
import { sloTypes } from '../slo/objective.js';
import { tierNames } from '../slo/tiers.js';

/** The fields of the exporter's answers that the commands use; others may come and go. */

const header = { deployment: z.string(), at: z.string() };
const milliseconds = z.number();

const burnRate = z.object({ burnRate: z.number().nullable(), coverage: z.number() });

const slo = z.object({
  name: z.string(),
  component: z.string(),
  objective: z.number(),
  period: z.string(),
  burnRates: z.record(z.string(), burnRate),
  periodCoverage: z.number(),
  budgetRemaining: z.number().nullable(),
  exhaustionSeconds: z.number().nullable(),
  status: z.enum(attainments),
  openIncident: z.string().nullable(),
});
export type ShownSlo = z.output<typeof slo>;

export const slosAnswer = z.object({ ...header, slos: z.array(slo) });

const event = z.object({
  atMs: milliseconds,
  type: z.string(),
  target: z.string(),
  subject: z.string(),
  detail: z.string(),
});

export const incidentAnswer = z.object({
  id: z.string(),
  slo: z.string(),
  sli: z.string(),
  component: z.string(),
  region: z.string(),
  zone: z.string(),
  class: z.enum(incidentClasses),
  scenario: z.enum(scenarios),
  rule: z.string(),
  lastOkBeforeMs: milliseconds.nullable(),
  firstFailMs: milliseconds,
  lastFailMs: milliseconds,
  openedMs: milliseconds,
  firstOkMs: milliseconds.nullable(),
  closedMs: milliseconds.nullable(),
  lowMs: milliseconds,
  highMs: milliseconds.nullable(),
  targetMs: milliseconds,
  verdict: z.enum(['met', 'breached', 'indeterminate']),
  detectedMs: milliseconds,
  decidedMs: milliseconds.nullable(),
  reasons: z.record(z.string(), z.number()),
  resumed: z.boolean(),
  exposureMs: milliseconds.nullable(),
  lowestCapacity: z.number().nullable().prefault(null),
  partOf: z.string().nullable().prefault(null),
  evidence: z.array(event),
});
export type ShownIncident = z.output<typeof incidentAnswer>;

export const incidentsAnswer = z.object({
  ...header,
  incidents: z.array(incidentAnswer),
  complete: z.boolean(),
});

const verdict = z.object({
  tier: z.enum(tierNames),
  promised: z.boolean(),
  disruption: z.enum(disruptions),
  objective: z.enum(verdictObjectives),
  status: z.enum(verdictStatuses),
  targetMs: milliseconds.nullable(),
  reason: z.string(),
  evidence: z.array(z.object({ drill: z.string().optional() })).prefault([]),
});
export type ShownVerdict = z.output<typeof verdict>;

const exposure = z.object({
  dataset: z.string(),
  exposureMs: milliseconds.nullable(),
  targetMs: milliseconds,
  status: z.enum(attainments),
  path: z.enum(['copy', 'backup']).nullable(),
  source: z.string(),
  unproved: z.string().nullable(),
});
export type ShownExposure = z.output<typeof exposure>;

export const complianceAnswer = z.object({
  ...header,
  tier: z.enum(tierNames),
  verdicts: z.array(verdict),
  exposures: z.array(exposure),
  worstDataset: z.string().nullable(),
});

/** Of the SLOs, what `health check` shows. */
export const slosHealthAnswer = z.object({
  ...header,
  slos: z.array(
    z.object({
      sli: z.string(),
      type: z.enum(sloTypes),
      component: z.string(),
      region: z.string(),
      zone: z.string(),
      now: z.enum(['good', 'bad', 'unknown']),
      openIncident: z.string().nullable(),
    }),
  ),
});

const failure = z.object({ at: z.string(), reason: z.string(), message: z.string() });
const fact = z.object({
  name: z.string(),
  value: z.union([z.string(), z.number(), z.boolean()]).nullable(),
});

export const stateAnswer = z.object({
  ...header,
  targets: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      component: z.string(),
      region: z.string(),
      zone: z.string(),
      memberZones: z.record(z.string(), z.string()),
      status: z.enum(['pending', 'ok', 'failed']),
      lastSuccessAt: z.string().nullable(),
      lastFailure: failure.nullable(),
      stale: z.boolean(),
      facts: z.array(fact),
    }),
  ),
});

/** A number of 64 bits in decimals. */
const sequence = z
  .string()
  .regex(/^-?\d{1,19}$/)
  .transform(BigInt);

export const heartbeatsAnswer = z.object({
  ...header,
  clusters: z.array(
    z.object({
      name: z.string(),
      region: z.string(),
      writer: z.string(),
      intervalMs: milliseconds,
      kept: z.object({ first: sequence.nullable(), count: z.number() }),
      acknowledged: z.array(z.tuple([sequence, milliseconds, milliseconds])),
      isTruncated: z.boolean(),
      lastFailureMs: milliseconds.nullable(),
      firstRefusal: z
        .object({ begunMs: milliseconds, endedMs: milliseconds })
        .nullable()
        // An exporter of the version before does not tell.
        .default(null),
      failuresSinceAcknowledged: z.number(),
    }),
  ),
});
