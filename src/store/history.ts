import type { Kysely, Transaction } from 'kysely';
import type { Incident, RecordedEvent } from '../slo/incident.js';
import { resolutions, type Drill, type ExposureRow, type SliceRow } from '../slo/slice.js';
import type { Batch, Retention, TimeRange } from './store.js';
import type { Tables } from './tables.js';

/** Rows of one statement: well under what either database takes as parameters. */
const rowsAtOnce = 500;

function chunks<Row>(rows: readonly Row[]): Row[][] {
  const count = Math.ceil(rows.length / rowsAtOnce);
  return Array.from({ length: count }, (_, index) =>
    rows.slice(index * rowsAtOnce, (index + 1) * rowsAtOnce),
  );
}

async function writeSlices(db: Transaction<Tables>, rows: readonly SliceRow[]): Promise<void> {
  for (const some of chunks(rows)) {
    const values = some.map(({ slo, widthMs, startMs, intervalMs, ...counts }) => ({
      slo,
      width_ms: widthMs,
      start_ms: startMs,
      interval_ms: intervalMs,
      ...onlyCounts(counts),
    }));
    await db
      .insertInto('slices')
      .values(values)
      .onConflict((conflict) =>
        conflict
          .columns(['slo', 'width_ms', 'start_ms'])
          .doUpdateSet((eb) => ({
            interval_ms: eb.ref('excluded.interval_ms'),
            good: eb.ref('excluded.good'),
            bad: eb.ref('excluded.bad'),
            unknown: eb.ref('excluded.unknown'),
            excluded: eb.ref('excluded.excluded'),
          }))
          // Whoever saw more of the stretch is right.
          .whereRef(
            (eb) =>
              eb(
                eb('excluded.good', '+', eb.ref('excluded.bad')),
                '+',
                eb('excluded.unknown', '+', eb.ref('excluded.excluded')),
              ),
            '>=',
            (eb) =>
              eb(
                eb('slices.good', '+', eb.ref('slices.bad')),
                '+',
                eb('slices.unknown', '+', eb.ref('slices.excluded')),
              ),
          ),
      )
      .execute();
  }
}

function onlyCounts({
  good,
  bad,
  unknown,
  excluded,
}: Omit<SliceRow, 'slo' | 'widthMs' | 'startMs' | 'intervalMs'>) {
  return { good, bad, unknown, excluded };
}

async function writeExposures(
  db: Transaction<Tables>,
  rows: readonly ExposureRow[],
): Promise<void> {
  for (const some of chunks(rows)) {
    await db
      .insertInto('exposures')
      .values(
        some.map(({ dataset, startMs, worstMs, targetMs }) => ({
          dataset,
          start_ms: startMs,
          worst_ms: worstMs === null ? null : Math.round(worstMs),
          target_ms: targetMs,
        })),
      )
      .onConflict((conflict) =>
        conflict.columns(['dataset', 'start_ms']).doUpdateSet((eb) => ({
          worst_ms: eb.ref('excluded.worst_ms'),
          target_ms: eb.ref('excluded.target_ms'),
        })),
      )
      .execute();
  }
}

async function writeDated(
  db: Transaction<Tables>,
  table: 'events' | 'drills',
  rows: readonly { readonly id: string; readonly atMs: number }[],
): Promise<void> {
  for (const some of chunks(rows)) {
    await db
      .insertInto(table)
      .values(some.map((row) => ({ id: row.id, at_ms: row.atMs, body: JSON.stringify(row) })))
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute();
  }
}

/**
 * An SLO has one outage at a time. Where another exporter wrote the one that is under way, what is
 * written of it here goes by the id it has there.
 */
async function withKeptIds(
  db: Transaction<Tables>,
  incidents: readonly Incident[],
): Promise<Incident[]> {
  const open = await db
    .selectFrom('incidents')
    .select(['id', 'slo'])
    .where('closed_ms', 'is', null)
    .where('slo', 'in', [...new Set(incidents.map(({ slo }) => slo))])
    .execute();
  const openIds = new Map(open.map(({ slo, id }) => [slo, id]));
  return incidents.map((incident) => {
    const openId = openIds.get(incident.slo);
    if (openId === undefined) return incident;
    if (incident.closedMs !== null) openIds.delete(incident.slo);
    return { ...incident, id: openId };
  });
}

async function writeIncidents(db: Transaction<Tables>, rows: readonly Incident[]): Promise<void> {
  if (rows.length === 0) return;
  // Closed ones first: the next of an SLO may open in the same batch.
  const inOrder = rows.toSorted(
    (a, b) => Number(a.closedMs === null) - Number(b.closedMs === null),
  );
  const known = await db
    .selectFrom('incidents')
    .select('id')
    .where(
      'id',
      'in',
      inOrder.map(({ id }) => id),
    )
    .execute();
  const knownIds = new Set(known.map(({ id }) => id));
  const strangers = inOrder.filter(({ id }) => !knownIds.has(id));
  const written = inOrder.filter(({ id }) => knownIds.has(id));
  for (const some of [written, strangers.length === 0 ? [] : await withKeptIds(db, strangers)]) {
    for (const incident of some) await writeIncident(db, incident);
  }
}

async function writeIncident(db: Transaction<Tables>, incident: Incident): Promise<void> {
  await db
    .insertInto('incidents')
    .values({
      id: incident.id,
      slo: incident.slo,
      first_fail_ms: incident.firstFailMs,
      closed_ms: incident.closedMs,
      body: JSON.stringify(incident),
    })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((eb) => ({
        first_fail_ms: eb.ref('excluded.first_fail_ms'),
        closed_ms: eb.ref('excluded.closed_ms'),
        body: eb.ref('excluded.body'),
      })),
    )
    .execute();
}

/** Writes everything or nothing. */
export async function writeBatch(db: Kysely<Tables>, batch: Batch): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await writeIncidents(transaction, batch.incidents);
    await writeDated(transaction, 'events', batch.events);
    await writeSlices(transaction, batch.slices);
    await writeExposures(transaction, batch.exposures);
    await writeDated(transaction, 'drills', batch.drills);
  });
}

export async function readSlices(
  db: Kysely<Tables>,
  slo: string,
  { fromMs, toMs }: TimeRange,
): Promise<SliceRow[]> {
  const rows = await db
    .selectFrom('slices')
    .select(['width_ms', 'start_ms', 'interval_ms', 'good', 'bad', 'unknown', 'excluded'])
    .where('slo', '=', slo)
    .where('start_ms', '>=', fromMs)
    .where('start_ms', '<', toMs)
    .orderBy('start_ms')
    .execute();
  return rows.map((row) => ({
    slo,
    widthMs: row.width_ms,
    startMs: row.start_ms,
    intervalMs: row.interval_ms,
    good: row.good,
    bad: row.bad,
    unknown: row.unknown,
    excluded: row.excluded,
  }));
}

export async function readExposures(
  db: Kysely<Tables>,
  { fromMs, toMs }: TimeRange,
): Promise<ExposureRow[]> {
  const rows = await db
    .selectFrom('exposures')
    .selectAll()
    .where('start_ms', '>=', fromMs)
    .where('start_ms', '<', toMs)
    .orderBy('start_ms')
    .execute();
  return rows.map((row) => ({
    dataset: row.dataset,
    startMs: row.start_ms,
    worstMs: row.worst_ms,
    targetMs: row.target_ms,
  }));
}

/** Keys that came later are missing in what an older version wrote. */
function incidentOf(body: string): Incident {
  return {
    partOf: null,
    lowestCapacity: null,
    ...(JSON.parse(body) as Omit<Incident, 'partOf' | 'lowestCapacity'>),
  };
}

export async function readIncidents(
  db: Kysely<Tables>,
  { fromMs, toMs }: TimeRange,
  limit: number,
): Promise<Incident[]> {
  const rows = await db
    .selectFrom('incidents')
    .select('body')
    .where('first_fail_ms', '<', toMs)
    .where((eb) => eb.or([eb('closed_ms', 'is', null), eb('closed_ms', '>=', fromMs)]))
    .orderBy('first_fail_ms', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ body }) => incidentOf(body));
}

export async function readIncident(db: Kysely<Tables>, id: string): Promise<Incident | undefined> {
  const row = await db
    .selectFrom('incidents')
    .select('body')
    .where('id', '=', id)
    .executeTakeFirst();
  return row === undefined ? undefined : incidentOf(row.body);
}

export async function readEvents(
  db: Kysely<Tables>,
  { fromMs, toMs }: TimeRange,
  limit: number,
): Promise<RecordedEvent[]> {
  const rows = await db
    .selectFrom('events')
    .select('body')
    .where('at_ms', '>=', fromMs)
    .where('at_ms', '<', toMs)
    .orderBy('at_ms', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ body }) => JSON.parse(body) as RecordedEvent).toReversed();
}

export async function readDrills(
  db: Kysely<Tables>,
  { fromMs, toMs }: TimeRange,
): Promise<Drill[]> {
  const rows = await db
    .selectFrom('drills')
    .select('body')
    .where('at_ms', '>=', fromMs)
    .where('at_ms', '<', toMs)
    .orderBy('at_ms')
    .execute();
  return rows.map(({ body }) => JSON.parse(body) as Drill);
}

/**
 * How long stretches of one length are kept: fine ones for as long as windows are read from them, and
 * until the coarser ones that hold them are certain to be written.
 */
function keptMs(level: number, retention: Retention): number {
  const coarser = resolutions[level + 1];
  if (coarser === undefined) return retention.slicesMs;
  return Math.min(retention.slicesMs, resolutions[level]!.keptMs + 2 * coarser.widthMs);
}

export async function prune(
  db: Kysely<Tables>,
  retention: Retention,
  nowMs: number,
): Promise<void> {
  const slos = await db.selectFrom('slices').select('slo').distinct().execute();
  for (const { slo } of slos) {
    for (const [level, { widthMs }] of resolutions.entries()) {
      await db
        .deleteFrom('slices')
        .where('slo', '=', slo)
        .where('width_ms', '=', widthMs)
        .where('start_ms', '<', nowMs - keptMs(level, retention))
        .execute();
    }
  }
  await db
    .deleteFrom('exposures')
    .where('start_ms', '<', nowMs - retention.exposuresMs)
    .execute();
  await db
    .deleteFrom('events')
    .where('at_ms', '<', nowMs - retention.eventsMs)
    .execute();
  await db
    .deleteFrom('drills')
    .where('at_ms', '<', nowMs - retention.drillsMs)
    .execute();
  await db
    .deleteFrom('incidents')
    .where('closed_ms', 'is not', null)
    .where('closed_ms', '<', nowMs - retention.incidentsMs)
    .execute();
}
