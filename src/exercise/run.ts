import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Access } from '../collectors/replicas/targets.js';
import type { DrillPlan } from '../config/drill-plans.js';
import { composeEvidence, type DrillHead, type DrillSight } from '../drills/compose.js';
import { runningSuffix } from '../drills/running-file.js';
import type { DrillEvidence } from '../drills/evidence.js';
import { incidentsSince, notWell, phaseOf, type Look, type Since } from '../drills/recovery.js';
import type { Slo } from '../slo/objective.js';
import { ExporterWatch, type AskExporter } from './exporter-watch.js';
import { messageOf, type CleanupStep, type Hit, type Injection, type Undo } from './injection.js';
import {
  leftovers,
  removeRunning,
  self,
  takeLock,
  writeRunning,
  type RunningDrill,
} from './journal.js';

/** What is run, for whom and against what. */
export interface RunSettings {
  readonly plan: DrillPlan;
  readonly head: Omit<DrillHead, 'id'>;
  /** Where evidence is kept, and what is under way is written down. */
  readonly folder: string;
  readonly deployment: string;
  readonly watched: readonly Slo[];
  readonly timed: readonly Slo[];
  readonly recoverWithinMs: number;
  /** How Kubernetes is reached; undefined for a command. */
  readonly access: Access | undefined;
}

export interface RunTools {
  readonly ask: AskExporter;
  /** @throws Error where the failure cannot, or must not, be made */
  readonly prepare: (id: string, signal: AbortSignal) => Promise<Injection>;
  readonly mend: (id: string, undo: Undo, signal: AbortSignal) => Promise<CleanupStep[]>;
  /** Keeps the evidence. */
  readonly record: (evidence: DrillEvidence) => Promise<void>;
  readonly tell: (text: string) => void;
}

/** How far the clocks of the exporter and of this machine may differ, in milliseconds. */
const mostSkewMs = 5000;
/** How far back incidents are asked for. */
const lookBackMs = 600_000;
const countedAnew =
  'the exporter was started again in between, or more than one answers there: what was not felt is not bounded';
/** What a cleanup may take beside the waiting of its own, in milliseconds. */
const mendSlackMs = 60_000;

/** @throws Error where the exporter cannot be relied on */
function assertHeard({ latest, fault }: ExporterWatch, { deployment }: RunSettings): Look {
  if (fault !== undefined || latest === undefined)
    throw new Error(`the exporter does not answer: ${fault ?? 'it was not asked'}`);
  if (latest.deployment !== deployment)
    throw new Error(
      `the exporter is of deployment ${latest.deployment}, the configuration of ${deployment}; name the right --exporter`,
    );
  const skewMs = latest.toldMs - latest.atMs;
  if (Math.abs(skewMs) > mostSkewMs)
    throw new Error(
      `the clock of the exporter is ${Math.round(Math.abs(skewMs) / 1000)} s ${skewMs > 0 ? 'ahead of' : 'behind'} this machine's; set them first`,
    );
  return latest;
}

/** @throws Error with what stands against breaking anything now */
function assertWell(look: Look, slos: readonly Slo[]): void {
  const faults = notWell(look, slos);
  if (faults.length > 0)
    throw new Error(`not all is well, and nothing is broken on top of that: ${faults.join('; ')}`);
}

/** @throws Error where SLOs would not tell */
function assertTimed({ plan, watched, timed }: RunSettings): void {
  if (timed.length > 0) return;
  const there = watched.map(({ name }) => name).join(', ') || 'none';
  throw new Error(
    `no SLO would time it: for scenario ${plan.scenario} that is what users see, such as of collectors.lb; there are: ${there}`,
  );
}

async function assertNothingLeft(folder: string): Promise<void> {
  const { running, faults } = await leftovers(folder);
  const [first] = running;
  if (first !== undefined)
    throw new Error(
      `${join(folder, first.plan + runningSuffix)}: the drill of ${first.startedAt} was not ended; run \`sensei drill cleanup\` first`,
    );
  if (faults[0] !== undefined) throw new Error(faults[0]);
}

interface Course {
  readonly since: Since;
  readonly hit: Hit;
  readonly notes: readonly string[];
}

/** One drill from the first look to its evidence. */
class DrillCourse {
  private readonly id = randomUUID();
  private readonly watch: ExporterWatch;
  private restartsBefore = 0;

  constructor(
    private readonly settings: RunSettings,
    private readonly tools: RunTools,
    private readonly signal: AbortSignal,
  ) {
    const names = settings.watched.map(({ name }) => name);
    this.watch = new ExporterWatch(tools.ask, names, Date.now() - lookBackMs);
  }

  /** Everything up to the point where something would be broken. @throws Error with what refused */
  async prepare(): Promise<Injection> {
    assertTimed(this.settings);
    const { watched, plan } = this.settings;
    await this.watch.start();
    const isWell = () => notWell(assertHeard(this.watch, this.settings), watched).length === 0;
    await this.watch.until(isWell, plan.settle, this.signal);
    assertWell(assertHeard(this.watch, this.settings), watched);
    const injection = await this.tools.prepare(this.id, this.signal);
    for (const line of injection.lines) this.tools.tell(line);
    return injection;
  }

  stop(): void {
    this.watch.stop();
  }

  async run(injection: Injection): Promise<DrillEvidence> {
    await this.before();
    const running = this.runningOf(injection.undo);
    await writeRunning(this.settings.folder, running);
    const course = await this.inject(injection, running);
    const mendingMs = Date.now();
    const cleanup = await this.mend(injection.undo);
    await this.after(course);
    const evidence = this.compose(course, cleanup, mendingMs);
    await this.tools.record(evidence);
    const { folder, plan } = this.settings;
    if (evidence.cleanedUp) await removeRunning(folder, plan.name);
    else await writeRunning(folder, { ...running, isRecorded: true });
    return evidence;
  }

  /** Records how things are; whatever goes wrong by itself meanwhile ends the drill. */
  private async before(): Promise<void> {
    const { observe } = this.settings.plan;
    this.tools.tell(`all is well; watching for ${observe / 1000} s before`);
    const isOver = () => {
      const look = assertHeard(this.watch, this.settings);
      // One late collection of what does not time it is no reason to stop.
      const names = new Set(this.settings.timed.map(({ name }) => name));
      const unsure = new Set(look.slos.flatMap(({ name, now }) => (now === 'unknown' ? name : [])));
      const { watched } = this.settings;
      assertWell(
        look,
        watched.filter(({ name }) => names.has(name) || !unsure.has(name)),
      );
      return false;
    };
    await this.watch.until(isOver, observe, this.signal);
  }

  private runningOf(undo: Undo): RunningDrill {
    const { head, access } = this.settings;
    const { file = null, context = null } = access ?? {};
    return {
      format: 'sensei-drill-running/v1',
      id: this.id,
      ...head,
      ...self(),
      injectedAt: new Date().toISOString(),
      isRecorded: false,
      targets: [],
      undo,
      access: access === undefined ? null : { file, context },
    };
  }

  /** Makes the failure and waits until it is over. Never throws: what was broken is to be mended. */
  private async inject(injection: Injection, running: RunningDrill): Promise<Course> {
    const injectedMs = Date.parse(running.injectedAt);
    const before = this.watch.latest;
    const { plan, timed } = this.settings;
    let hit: Hit = { targets: [] };
    this.restartsBefore = this.watch.restarts;
    let since: Since = { timed, before, injectedMs, settledMs: Infinity };
    const notes: string[] = [];
    try {
      this.tools.tell('making the failure');
      hit = await injection.inject(this.signal, this.tools.tell);
      await writeRunning(this.settings.folder, { ...running, targets: [...hit.targets] });
      this.tools.tell(`hit: ${hit.targets.join(', ') || 'nothing'}`);
      this.signal.throwIfAborted();
      if (hit.problem !== undefined) notes.push(hit.problem);
      const { duration = 0, gracePeriod = 0 } = plan.chaos ?? {};
      // A pod that is killed with time to end may serve for as long.
      const settledMs = Math.max(Date.now() + gracePeriod + plan.settle, injectedMs + duration);
      since = { ...since, settledMs };
      if (hit.targets.length > 0) await this.awaitRecovery(since, notes);
    } catch (error) {
      notes.push(this.signal.aborted ? 'it was interrupted' : messageOf(error));
    }
    for (const note of notes) this.tools.tell(note);
    return { since, hit, notes };
  }

  private async awaitRecovery(since: Since, notes: string[]): Promise<void> {
    const told = new Set<string>();
    const isOver = () => {
      const { latest } = this.watch;
      if (latest === undefined || this.watch.fault !== undefined) return false;
      for (const { id, slo } of incidentsSince(latest, this.settings.watched, since.before)) {
        if (!told.has(id)) this.tools.tell(`outage of ${slo} (${id})`);
        told.add(id);
      }
      return phaseOf(latest, since) !== 'waiting';
    };
    const { recoverWithinMs } = this.settings;
    if (await this.watch.until(isOver, recoverWithinMs, this.signal)) return;
    const fault = this.watch.fault === undefined ? '' : ` (${this.watch.fault})`;
    notes.push(`no recovery was seen within ${recoverWithinMs / 1000} s${fault}`);
  }

  /** With a time of its own: also what was interrupted is mended. */
  private async mend(undo: Undo): Promise<CleanupStep[]> {
    this.tools.tell('cleaning up');
    const { plan } = this.settings;
    const limitMs = plan.cleanupWithin + (plan.command?.timeout ?? 0) + mendSlackMs;
    const steps = await this.tools.mend(this.id, undo, AbortSignal.timeout(limitMs));
    for (const { what, isDone, proof } of steps)
      this.tools.tell(`${what}: ${isDone ? 'done' : 'NOT DONE'}: ${proof}`);
    return steps;
  }

  private async after({ hit }: Course): Promise<void> {
    if (hit.targets.length === 0 || this.signal.aborted) return;
    const { observe } = this.settings.plan;
    this.tools.tell(`watching for ${observe / 1000} s after`);
    try {
      await this.watch.until(() => false, observe, this.signal);
    } catch {
      // Interrupted: what was seen so far is what is recorded.
    }
  }

  private sight(since: Since): DrillSight | undefined {
    const { latest: look, series, fault } = this.watch;
    const { watched } = this.settings;
    if (look === undefined || fault !== undefined) return undefined;
    const isRestarted = this.watch.restarts !== this.restartsBefore;
    return { look, since: { ...since, isRestarted }, watched, series };
  }

  private compose(
    { since, hit, notes }: Course,
    cleanup: CleanupStep[],
    mendingMs: number,
  ): DrillEvidence {
    const { targets } = hit;
    const { injectedMs } = since;
    const sight = this.sight(since);
    const unheard = sight === undefined ? [`the exporter did not answer: ${this.watch.fault}`] : [];
    const anew = sight?.since.isRestarted === true ? [countedAnew] : [];
    // All of them say that the cleanup came before the failure was made and over.
    const [problem] = notes;
    const course = { targets, injectedMs, cleanup, problem, recordedMs: Date.now() };
    const evidence = composeEvidence(
      { ...this.settings.head, id: this.id },
      { ...course, notes: [...notes, ...unheard, ...anew] },
      sight,
    );
    const { recoveredAt } = evidence;
    if (recoveredAt === null || Date.parse(recoveredAt) < mendingMs) return evidence;
    const why = 'it was back only after the cleanup had begun';
    return { ...evidence, notes: [...notes, ...anew, why].join('\n').slice(0, 10_000) };
  }
}

/**
 * Runs a drill. @throws Error where it was refused, or interrupted before anything was broken; from then
 * on there is evidence, and a cleanup, whatever happens
 */
export async function runDrill(
  settings: RunSettings,
  tools: RunTools,
  signal: AbortSignal,
): Promise<DrillEvidence> {
  const release = await takeLock(settings.folder, settings.plan.name);
  const course = new DrillCourse(settings, tools, signal);
  try {
    await assertNothingLeft(settings.folder);
    return await course.run(await course.prepare());
  } finally {
    course.stop();
    await release();
  }
}

/** Looks whether it could be run, and tells what it would do. @throws Error with what refused */
export async function rehearseDrill(
  settings: RunSettings,
  tools: RunTools,
  signal: AbortSignal,
): Promise<void> {
  const course = new DrillCourse(settings, tools, signal);
  try {
    await assertNothingLeft(settings.folder);
    await course.prepare();
  } finally {
    course.stop();
  }
}
