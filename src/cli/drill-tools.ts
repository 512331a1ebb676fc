import process from 'node:process';
import { z } from 'zod';
import type { Access } from '../collectors/replicas/targets.js';
import type { DrillPlan } from '../config/drill-plans.js';
import type { Config } from '../config/schema.js';
import { chaosObject } from '../drills/chaos.js';
import { podsOfComponent } from '../drills/plan.js';
import type { Look } from '../drills/recovery.js';
import { sliStates } from '../drills/series.js';
import { chaosInjection, mendChaos } from '../exercise/chaos-injection.js';
import { commandInjection, mendCommand } from '../exercise/command-injection.js';
import { drainInjection, mendDrain } from '../exercise/drain-injection.js';
import type { AskExporter } from '../exercise/exporter-watch.js';
import type { CleanupStep, Injection, Undo } from '../exercise/injection.js';
import { DrillApi } from '../exercise/kubernetes.js';
import { cleanEnvironment } from '../operator/run-command.js';
import { incidentsAnswer } from './answer-schemas.js';
import { ExporterClient } from './exporter-client.js';

/** Longest time for one look at the exporter, in milliseconds. */
const lookTimeoutMs = 5000;
const lookedIncidents = 1000;

const counts = z.object({
  good: z.number(),
  bad: z.number(),
  unknown: z.number(),
  excluded: z.number(),
});
const drillSlos = z.object({
  deployment: z.string(),
  at: z.string(),
  slos: z.array(
    z.object({
      name: z.string(),
      now: z.enum(sliStates),
      openIncident: z.string().nullable(),
      totals: counts,
    }),
  ),
});

/** Asks an exporter what drills are timed by. */
export async function askerOf(url: string): Promise<AskExporter> {
  const client = await ExporterClient.open({ exporter: url, timeout: lookTimeoutMs });
  if (client === undefined) throw new Error(`${url}: cannot be asked`);
  return async (sinceMs): Promise<Look> => {
    const query = { from: new Date(sinceMs).toISOString(), limit: lookedIncidents };
    // The incidents first: what is well by the SLOs has no outage that was not told of.
    const { value: told } = await client.ask({ path: '/api/v1/incidents', query }, incidentsAnswer);
    const { value } = await client.ask({ path: '/api/v1/slos' }, drillSlos);
    const slos = value.slos.map(({ name, now, openIncident, totals }) => {
      const failures = totals.bad + totals.unknown + totals.excluded;
      return { name, now, openIncident, failures, slices: totals.good + failures };
    });
    const heading = {
      atMs: Date.now(),
      toldMs: Date.parse(value.at),
      deployment: value.deployment,
    };
    return { ...heading, slos, incidents: told.incidents };
  };
}

/** How Kubernetes is reached, by what the operator gave. @throws Error where nothing was given */
export function accessOf(config: Config, file: string | undefined): Access {
  const own = config.drills?.kubeconfig;
  if (file !== undefined) return { file, context: undefined };
  if (own !== undefined) return { file: own.file, context: own.context };
  throw new Error(
    'which kubeconfig? give --kubeconfig FILE or configure drills.kubeconfig, with the rights of `sensei drill manifests`: what the exporter has can only read',
  );
}

function environmentOf(id: string, plan: DrillPlan, config: Config): Record<string, string> {
  return cleanEnvironment(process.env, {
    SENSEI_DRILL_ID: id,
    SENSEI_DRILL_PLAN: plan.name,
    SENSEI_DRILL_ENVIRONMENT: config.drills?.environment ?? '',
  });
}

/** Makes ready what a plan is made with. @throws Error where that is refused */
export async function prepareInjection(
  plan: DrillPlan,
  config: Config,
  access: Access | undefined,
  id: string,
  signal: AbortSignal,
): Promise<Injection> {
  const { chaos, drain, command, settle } = plan;
  if (command !== undefined) return commandInjection(command, environmentOf(id, plan, config));
  const api = new DrillApi(access ?? accessOf(config, undefined));
  if (chaos !== undefined) {
    const object = chaosObject(plan, chaos, config, `sensei-${plan.name}-${id.slice(0, 8)}`);
    return chaosInjection(api, chaos.cluster, object, settle, signal);
  }
  if (drain === undefined) throw new Error(`${plan.name}: nothing to do`);
  const selected = podsOfComponent(config, drain.cluster, drain.component ?? '');
  return drainInjection(api, drain, selected, signal);
}

/** Takes back what was done. */
export async function mendInjection(
  plan: DrillPlan,
  config: Config,
  access: Access | undefined,
  id: string,
  undo: Undo,
  signal: AbortSignal,
): Promise<CleanupStep[]> {
  if (undo.kind === 'command') {
    if (plan.command === undefined) throw new Error(`${plan.name}: it has no command any more`);
    return mendCommand(plan.command, environmentOf(id, plan, config), signal);
  }
  const api = new DrillApi(access ?? accessOf(config, undefined));
  if (undo.kind === 'drain') return mendDrain(api, undo, plan.cleanupWithin, signal);
  return mendChaos(api, undo, plan.cleanupWithin, signal);
}
