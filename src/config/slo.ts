import { z } from 'zod';
import { sloTypes } from '../slo/objective.js';
import { duration, httpUrl, name, secretRef, tls } from './values.js';

const shareWords = { error: 'a share above 0 and below 1, such as 0.999' };
const share = z.number(shareWords).gt(0, shareWords).lt(1, shareWords);

function isTimeZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const zoneWords = { error: 'an IANA time zone, such as Europe/Berlin or UTC' };
const timeZone = z.string(zoneWords).refine(isTimeZone, zoneWords);

const periodWords = { error: 'a rolling period of 7d to 90d, or month, or quarter' };
const period = z
  .union([z.enum(['month', 'quarter']), duration({ min: '7d', max: '90d' })], periodWords)
  .describe(
    'What the budget is for: a rolling period of 7d to 90d, or the calendar month or quarter.',
  );

const instantWords = { error: 'an instant with its offset, such as 2026-12-01T22:00:00Z' };
const instant = z.iso
  .datetime({ offset: true, ...instantWords })
  .transform((text) => Date.parse(text));

const maintenance = z
  .strictObject({
    name: name.describe('Name of the window.'),
    from: instant.optional().describe('Beginning of a window that comes once.'),
    to: instant.optional().describe('End of a window that comes once.'),
    cron: z
      .string()
      .optional()
      .describe('Beginnings of a window that comes again, as the five fields of cron.'),
    duration: duration({ min: '1m', max: '7d' })
      .optional()
      .describe('Length of a window that comes again.'),
    timeZone: timeZone.prefault('UTC').describe('Time zone that cron is in.'),
    components: z
      .array(name)
      .min(1)
      .max(50)
      .optional()
      .describe('Components it is for; all when absent.'),
  })
  .describe('Failures within are excluded from budgets, and are no outages.');

const objective = z
  .strictObject({
    name: name.describe('Name of the SLO; that of a default one replaces it.'),
    enabled: z.boolean().prefault(true).describe('Off takes a default SLO away.'),
    sli: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe('What is counted, as KIND/TARGET/ASPECT; that of the default one when absent.'),
    type: z
      .enum(sloTypes)
      .optional()
      .describe(
        'availability, latency, redundancy, capacity or rpo; that of the default one when absent.',
      ),
    objective: share.optional().describe('Share of slices that must be good.'),
    period: period.optional(),
    latencyThreshold: duration({ min: '1ms', max: '5m' })
      .optional()
      .describe('With type latency: what takes longer is bad.'),
    recoveryTarget: duration({ min: '100ms', max: '30d' })
      .optional()
      .describe(
        "With type availability or capacity: how soon an outage must be over; the component's own when absent.",
      ),
  })
  .describe('One SLO.');

/** Service level objectives: of one's own, beside those that are made for everything collected. */
export const sloBlock = z
  .strictObject({
    defaults: z
      .boolean()
      .prefault(true)
      .describe('Whether SLOs are made for everything that is collected.'),
    objective: share.prefault(0.999).describe('Objective of SLOs that name none.'),
    period: period.prefault('30d'),
    timeZone: timeZone.prefault('UTC').describe('Time zone of calendar periods.'),
    outageThreshold: z
      .int()
      .min(1)
      .max(100)
      .prefault(3)
      .describe('Failures in a row that open an outage; lb targets have their own.'),
    stabilisation: duration({ min: '1s', max: '10m' })
      .prefault('10s')
      .describe(
        'How long successes must last to close an outage; failures before are of the same one.',
      ),
    exposureGrace: duration({ min: '1s', max: '1h' })
      .prefault('60s')
      .describe('How long RPO exposure may be unknown before it counts as breached.'),
    objectives: z.array(objective).max(5000).prefault([]).describe("SLOs of one's own."),
    maintenance: z.array(maintenance).max(200).prefault([]).describe('Maintenance windows.'),
    openslo: z
      .array(z.string().min(1))
      .max(100)
      .prefault([])
      .describe("OpenSLO v1 files, relative to this file's folder."),
  })
  .prefault({})
  .describe('Service level objectives, outages and maintenance windows.');

const kept = (what: string, days: string) =>
  duration({ min: '1d', max: '3650d' }).prefault(days).describe(`How long ${what} are kept.`);

/** Where history is kept. */
export const storeBlock = z
  .strictObject({
    file: z
      .string()
      .min(1)
      .prefault('sensei.db')
      .describe('SQLite file; relative to the working directory. Made by itself.'),
    postgres: z
      .strictObject({
        url: secretRef.describe('postgresql:// URL with its password, by reference.'),
      })
      .optional()
      .describe('PostgreSQL instead of the file, to be shared by several exporters.'),
    retention: z
      .strictObject({
        slices: kept('hourly counts of SLIs', '93d'),
        exposures: kept('RPO exposures', '93d'),
        events: kept('events', '93d'),
        incidents: kept('incidents', '400d'),
        drills: kept('drills', '400d'),
      })
      .prefault({})
      .describe('How long each table is kept.'),
  })
  .prefault({})
  .describe('Where history is kept: what survives a restart, and what reports are made of.');

/** Other exporters of the same deployment, elsewhere. */
export const peersBlock = z
  .strictObject({
    secret: secretRef.describe(
      'Secret that all of them share, by reference; it signs questions and answers and is never sent. At least 16 characters.',
    ),
    interval: duration({ min: '200ms', max: '5m' })
      .prefault('5s')
      .describe('Time between two questions.'),
    timeout: duration({ min: '100ms', max: '1m' }).prefault('2s').describe('Deadline of one.'),
    exporters: z
      .array(
        z.strictObject({
          name: name.describe('Name of the other exporter; a label.'),
          url: httpUrl.describe('Its address, as http(s)://HOST:PORT.'),
          tls: tls.optional(),
        }),
      )
      .min(1)
      .max(16)
      .describe('The others. A region is down when a majority of all, this one included, says so.'),
  })
  .describe(
    'Other vantage points: without a majority of them a region that looks down is only suspected.',
  );

/** Where metrics and spans are sent, beside /metrics. */
export const otlpBlock = z
  .strictObject({
    endpoint: httpUrl.describe('OTLP/HTTP collector: /v1/metrics and /v1/traces are added.'),
    interval: duration({ min: '1s', max: '1h' })
      .prefault('15s')
      .describe('Time between two pushes of the metrics.'),
    timeout: duration({ min: '100ms', max: '1m' }).prefault('5s').describe('Deadline of one push.'),
    headers: z
      .record(
        z.string().regex(/^[A-Za-z0-9-]+$/, { error: 'the name of an HTTP header' }),
        secretRef,
      )
      .prefault({})
      .describe('Headers to send, values by reference.'),
    metrics: z.boolean().prefault(true).describe('Whether metrics are pushed.'),
    traces: z
      .boolean()
      .prefault(true)
      .describe('Whether collections and store writes are sent as spans.'),
  })
  .describe('OpenTelemetry. Off, and not even loaded, unless given.');
