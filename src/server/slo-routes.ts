import type { Express, RequestHandler } from 'express';
import { parseDuration } from '../config/values.js';
import type { DrillsAnswer } from '../drills/standing.js';
import type {
  ComplianceAnswer,
  IncidentsAnswer,
  RegionsAnswer,
  SlosAnswer,
} from '../slo/answers.js';
import { incidentClasses, scenarios, type Incident } from '../slo/incident.js';
import type { TimeRange } from '../store/store.js';
import { answering, BadQuery, limitOf, oneOf, queryOf } from './query.js';

/** What the routes ask. */
export interface ServedSlos {
  slos(): SlosAnswer;
  compliance(): ComplianceAnswer;
  regions(): RegionsAnswer;
  incidents(range: TimeRange, limit: number): Promise<IncidentsAnswer>;
  incident(id: string): Promise<Incident | undefined>;
  /** The newest ones, as many as that. */
  drills(limit: number): DrillsAnswer;
}

const mostIncidents = 5000;
const mostDrills = 1000;
const day = 86_400_000;

/** An instant: ISO 8601, or how long ago, such as 24h. */
export function parseWhen(text: string, nowMs: number): number | undefined {
  const ago = parseDuration(text);
  if (ago !== undefined) return nowMs - ago;
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

function whenOf(query: URLSearchParams, key: string, otherwise: number): number {
  const text = query.get(key);
  if (text === null) return otherwise;
  const at = parseWhen(text, Date.now());
  if (at === undefined) {
    throw new BadQuery(
      `${key}: expected an instant, such as 2026-11-01T00:00:00Z, or how long ago, such as 24h`,
    );
  }
  return at;
}

function findDrills(served: ServedSlos, url: string): DrillsAnswer {
  return served.drills(limitOf(queryOf(url, ['limit']), mostDrills));
}

async function findIncidents(served: ServedSlos, url: string): Promise<IncidentsAnswer> {
  const query = queryOf(url, ['from', 'to', 'component', 'scenario', 'class', 'limit']);
  const nowMs = Date.now();
  const range = {
    fromMs: whenOf(query, 'from', nowMs - 30 * day),
    toMs: whenOf(query, 'to', nowMs + day),
  };
  const component = query.get('component');
  const scenario = oneOf(query, 'scenario', scenarios);
  const kind = oneOf(query, 'class', incidentClasses);
  const limit = limitOf(query, mostIncidents);
  const answer = await served.incidents(range, mostIncidents);
  const incidents = answer.incidents.filter(
    (each) =>
      (component === null || each.component === component) &&
      (scenario === null || each.scenario === scenario) &&
      (kind === null || each.class === kind),
  );
  return { ...answer, incidents: incidents.slice(0, limit) };
}

/** The engine's answers as JSON, by path. */
function sloRoutes(served: ServedSlos): Readonly<Record<string, RequestHandler>> {
  return {
    '/api/v1/slos': answering(() => served.slos()),
    '/api/v1/regions': answering(() => served.regions()),
    '/api/v1/compliance': answering(() => served.compliance()),
    '/api/v1/drills': answering(({ url }) => findDrills(served, url)),
    '/api/v1/incidents': answering(({ url }) => findIncidents(served, url)),
    '/api/v1/incidents/:id': answering(
      ({ params }) => served.incident(String(params['id'])),
      'there is no such incident',
    ),
  };
}

/** Adds the routes, each for GET alone. */
export function addSloRoutes(app: Express, served: ServedSlos, onlyGet: RequestHandler): void {
  for (const [path, handler] of Object.entries(sloRoutes(served))) {
    app.route(path).get(handler).all(onlyGet);
  }
}
