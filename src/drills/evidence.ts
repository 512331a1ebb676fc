import { z } from 'zod';
import { disruptions } from '../slo/answers.js';
import { incidentClasses, scenarios } from '../slo/incident.js';
import { mostChanges, mostSeries, sliStates } from './series.js';

/** Name of the format: readers refuse what they do not know. */
export const drillFormat = 'sensei-drill/v1';

const instantWords = { error: 'an instant such as 2026-01-31T04:00:00Z, with its offset' };
const instant = z.iso.datetime({ offset: true, ...instantWords });
const sentence = z.string().min(1).max(2000);
const seconds = z.number().min(0).max(31_536_000);
const unixMs = z.number().min(0).max(8.64e15);

const series = z
  .strictObject({
    slo: z.string().min(1).max(300).describe('Name of the SLO.'),
    changes: z
      .array(z.tuple([unixMs, z.enum(sliStates)]))
      .max(mostChanges)
      .describe('What it showed and from when on, as [unix milliseconds, state].'),
    toMs: unixMs.describe('When it was looked at last.'),
    isComplete: z.boolean().describe('Whether no change is left out.'),
  })
  .describe('What one SLI showed around the drill.');

const incident = z
  .strictObject({
    id: z.string().min(1).max(100).describe('Its id at the exporter.'),
    slo: z.string().min(1).max(300).describe('SLO whose outage it was.'),
    component: z.string().max(300).describe('Component it was of.'),
    class: z.enum(incidentClasses).describe('What the exporter took it for.'),
    scenario: z.enum(scenarios).describe('The kind of failure that the exporter inferred.'),
    lowSeconds: seconds.describe('It took at least this long.'),
    highSeconds: seconds.nullable().describe('It took at most this long; null where unbounded.'),
    targetSeconds: seconds.describe('Recovery target of the SLO.'),
    lowestCapacity: z
      .number()
      .nullable()
      .describe('Lowest share of the wanted instances that served; null where not told.'),
    isTimed: z.boolean().describe('Whether the recovery time is taken from it.'),
  })
  .describe('An incident of the exporter during the drill.');

const cleanupStep = z
  .strictObject({
    what: z.string().min(1).max(1000).describe('What was done to mend it.'),
    at: instant.describe('When that was over.'),
    isDone: z.boolean().describe('Whether it is proved to be mended.'),
    proof: z.string().max(2000).describe('How that is known.'),
  })
  .describe('One step of the cleanup.');

/** What is kept of one exercised failure. Strict: a misspelt key would be evidence that nobody reads. */
export const drillEvidence = z
  .strictObject({
    format: z.literal(drillFormat).describe('The format of this file.'),
    id: z.uuid().describe('Tells this drill from all others.'),
    scenario: z.enum(disruptions).describe('The kind of failure that was exercised.'),
    environment: z.string().min(1).max(63).describe('Where, such as production or staging.'),
    by: sentence.describe('Who did it and answers for this record.'),
    what: sentence.describe('What was done, such as a command.'),
    targets: z
      .array(z.string().min(1).max(253))
      .max(1000)
      .describe('What was actually hit; a drill that hit nothing proves nothing.'),
    injectedAt: instant.describe('When the failure was injected.'),
    recoveredAt: instant
      .nullable()
      .describe('When the service was back; null where it was not seen.'),
    recovery: z
      .strictObject({
        lowSeconds: seconds.describe('It took at least this long.'),
        highSeconds: seconds
          .nullable()
          .describe('It took at most this long; null where nothing bounds it.'),
      })
      .optional()
      .describe('The recovery time as an exporter measured it; by the two instants when absent.'),
    lossSeconds: seconds
      .nullable()
      .describe('Acknowledged data that was lost, as time; null where not measured.'),
    incident: z.uuid().optional().describe('The incident of the exporter that it was measured in.'),
    cleanedUp: z.boolean().describe('Whether what was broken on purpose was mended.'),
    configuration: z
      .string()
      .regex(/^[0-9a-f]{64}$/, {
        error: 'the SHA-256 of a configuration, in 64 hexadecimal digits',
      })
      .describe(
        'What the exporter watched then: a drill of another deployment is no evidence for this one.',
      ),
    plan: z
      .string()
      .min(1)
      .max(63)
      .optional()
      .describe('Plan of the configuration that was run; absent for one made by hand.'),
    execution: z
      .uuid()
      .optional()
      .describe('Execution of the failover procedure that was a part of it.'),
    series: z
      .array(series)
      .max(mostSeries)
      .optional()
      .describe('What the SLIs showed from before the injection until after the recovery.'),
    incidents: z
      .array(incident)
      .max(200)
      .optional()
      .describe('Incidents of the exporter that began within.'),
    cleanup: z.array(cleanupStep).max(200).optional().describe('How what was broken was mended.'),
    verdict: z
      .strictObject({
        verdict: z.enum(['pass', 'fail', 'inconclusive']).describe('What it came to.'),
        reason: sentence.describe('Why, with the figures.'),
        targetSeconds: seconds.describe('The recovery time that was promised.'),
      })
      .optional()
      .describe('The verdict on the day; readers judge anew, and never trust it.'),
    problem: sentence
      .optional()
      .describe(
        'Why the failure was not made as planned, or was ended before it was over: such a drill never passes.',
      ),
    notes: z.string().max(10_000).optional().describe('Anything else that is worth knowing.'),
    recordedAt: instant.describe('When this record was written.'),
  })
  .describe('Evidence of one drill: a failure that was exercised on purpose.');
export type DrillEvidence = z.output<typeof drillEvidence>;

/** JSON Schema of an evidence file, for other checkers. */
export function drillJsonSchema(): object {
  return { title: 'Evidence of a drill', ...z.toJSONSchema(drillEvidence, { io: 'input' }) };
}

function faultOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'unrecognized_keys') return `${issue.keys.join(', ')}: unknown key`;
  const path = issue?.path.join('.') ?? '';
  return path === '' ? 'expected a JSON object' : `${path}: ${issue?.message ?? ''}`;
}

/** @throws Error naming the key that is wrong */
export function parseDrill(text: string): DrillEvidence {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new Error('not JSON', { cause });
  }
  const parsed = drillEvidence.safeParse(json);
  if (!parsed.success) throw new Error(faultOf(parsed.error.issues[0]));
  const { injectedAt, recoveredAt, recovery } = parsed.data;
  if (recoveredAt !== null && Date.parse(recoveredAt) < Date.parse(injectedAt))
    throw new Error('recoveredAt: lies before injectedAt');
  if (recovery !== undefined && (recovery.highSeconds ?? Infinity) < recovery.lowSeconds)
    throw new Error('recovery.highSeconds: is less than lowSeconds');
  return parsed.data;
}
