import process from 'node:process';
import type { Gate } from '../dr/gates.js';
import type { Execution, Step } from '../failover/execution.js';
import { lossesOf, type Loss } from '../failover/loss.js';
import { isOverridden, type Allowed, type Blocker } from '../failover/overrides.js';
import type { PlannedStep } from '../failover/plan.js';
import { recoveryOf, type Recovery } from '../failover/recovery.js';
import { plain, type Cell, type Tone } from '../report/blocks.js';
import { formatBytes, formatDuration } from '../report/figures.js';
import { coloursFor, toned } from './colours.js';
import { print } from './output.js';
import { tableText } from './table.js';

/** Tells what goes on: to people line by line, or as one JSON object a line. */
export interface FailoverOutput {
  gates(gates: readonly Blocker[], allowed: readonly Allowed[]): void;
  plan(steps: readonly PlannedStep[], sentence: string): void;
  begun(execution: Execution, step: Step): void;
  progress(words: string): void;
  ended(execution: Execution, step: Step): void;
  outcome(execution: Execution): void;
}

const tones: Readonly<Record<Gate['verdict'], Tone>> = {
  PASS: 'good',
  FAIL: 'bad',
  UNKNOWN: 'doubtful',
};

function gateRow(gate: Blocker, allowed: readonly Allowed[]): Cell[] {
  const words = isOverridden(gate, allowed) ? `${gate.verdict}, overridden` : gate.verdict;
  const advice = gate.mayBeOverridden ? gate.advice : `${gate.advice} It cannot be overridden.`;
  return [
    plain(gate.name),
    { text: words, tone: tones[gate.verdict] },
    plain(gate.figure.slice(0, 100)),
    plain(advice),
  ];
}

/** `8.1 s to 8.4 s`; one figure where both are the same to people. */
function spanText({ lowMs, highMs }: { readonly lowMs: number; readonly highMs: number | null }) {
  const [low, high] = [
    formatDuration(lowMs, 'down'),
    highMs === null ? null : formatDuration(highMs, 'up'),
  ];
  if (high === null) return `at least ${low}`;
  return low === high ? low : `${low} to ${high}`;
}

function phasesText({ phases }: Recovery): string {
  return phases
    .map(({ name, tookMs }) => `${name} ${tookMs === null ? 'unknown' : formatDuration(tookMs)}`)
    .join(', ');
}

function recoveryText(recovery: Recovery | undefined): string {
  if (recovery === undefined) return 'RECOVERY  no write was seen yet';
  const { targetMs, verdict } = recovery;
  return `RECOVERY  ${spanText(recovery)} without writes (RTO ${formatDuration(targetMs)}: ${verdict}): ${phasesText(recovery)}`;
}

function bytesText(bytesAtMost: number | null): string {
  if (bytesAtMost === null) return 'an unknown number of bytes';
  return bytesAtMost === 0 ? '0 B' : `at most ${formatBytes(bytesAtMost)}`;
}

function lossText(loss: Loss): string {
  const { pair, heartbeats, bytesAtMost, targetMs, verdict, isProvisional, source } = loss;
  const amounts = [
    heartbeats === null
      ? 'an unknown number of heartbeats'
      : `${heartbeats} acknowledged heartbeats`,
    bytesText(bytesAtMost),
    spanText(loss),
  ];
  const still = isProvisional ? ', provisional until the old region can be read' : '';
  return `LOST      ${pair}: ${amounts.join(', ')} (RPO ${formatDuration(targetMs)}: ${verdict}${still}; by ${source})`;
}

const endings: Readonly<Record<Execution['state'], string>> = {
  running: 'is not over',
  done: 'is done',
  taken_back: 'was taken back',
  abandoned: 'was abandoned',
};

function headline({ id, kind, mode, from, to, state, reason, endedMs }: Execution): string {
  const at = endedMs === null ? '' : ` at ${new Date(endedMs).toISOString()}`;
  const why = reason === '' ? '' : `: ${reason}`;
  return `${mode} ${kind} ${id} from ${from} to ${to} ${endings[state]}${at}${why}`;
}

/** An execution in words: what became of it, how long it took, what was lost, what to look at. */
export function executionText(execution: Execution): string {
  const remarks = execution.steps.flatMap(({ name, remarks: found }) =>
    found.map((remark) => `LOOK AT   ${name}: ${remark}`),
  );
  const overrides = execution.overrides.map(
    ({ name, verdict, figure, reason }) =>
      `OVERRODE  ${name}, ${verdict} (${figure})${reason === '' ? '' : `: ${reason}`}`,
  );
  return [
    headline(execution),
    recoveryText(recoveryOf(execution)),
    ...lossesOf(execution).map(lossText),
    ...overrides,
    ...remarks,
  ].join('\n');
}

/** The same for machines: all that is kept, and what it comes to. */
export function executionJson(execution: Execution): object {
  return {
    ...execution,
    recovery: recoveryOf(execution) ?? null,
    losses: lossesOf(execution),
  };
}

function numberOf({ steps }: Execution, step: Step): string {
  return `[${steps.indexOf(step) + 1}/${steps.length}]`;
}

function tookText({ begunMs, endedMs }: Step): string {
  return begunMs === null || endedMs === null ? '' : `, ${formatDuration(endedMs - begunMs)}`;
}

const endedTones: Readonly<Partial<Record<Step['state'], Tone>>> = { done: 'good', failed: 'bad' };

class TextOutput implements FailoverOutput {
  private readonly colours = coloursFor(process.stdout);

  gates(gates: readonly Blocker[], allowed: readonly Allowed[]): void {
    const titles = ['GATE', 'VERDICT', 'FIGURE', 'WHAT TO DO'];
    print(
      `${tableText(
        titles,
        gates.map((gate) => gateRow(gate, allowed)),
        this.colours,
      )}\n`,
    );
  }

  plan(steps: readonly PlannedStep[], sentence: string): void {
    print(`${sentence}\n`);
    for (const [index, { name, words }] of steps.entries())
      print(`${String(index + 1).padStart(3)}. ${name.padEnd(9)} ${words}`);
    print('');
  }

  begun(execution: Execution, step: Step): void {
    print(`${numberOf(execution, step)} ${step.name} ...`);
  }

  progress(words: string): void {
    print(`      ${words}`);
  }

  ended(execution: Execution, step: Step): void {
    const { name, state, detail, remarks } = step;
    const tone = endedTones[state];
    const word = tone === undefined ? state : toned(state, tone, this.colours);
    print(`${numberOf(execution, step)} ${name} ${word}${tookText(step)}: ${detail}`);
    for (const remark of remarks) print(`      look at: ${remark}`);
  }

  outcome(execution: Execution): void {
    print(`\n${executionText(execution)}`);
  }
}

class JsonOutput implements FailoverOutput {
  gates(gates: readonly Blocker[], overrides: readonly Allowed[]): void {
    this.line({ event: 'gates', gates, overrides });
  }

  plan(steps: readonly PlannedStep[], sentence: string): void {
    this.line({ event: 'plan', sentence, steps });
  }

  begun({ id }: Execution, { name, attempts }: Step): void {
    this.line({ event: 'begun', execution: id, step: name, attempts });
  }

  progress(words: string): void {
    this.line({ event: 'progress', words });
  }

  ended({ id }: Execution, { name, state, detail, remarks, begunMs, endedMs }: Step): void {
    this.line({
      event: 'ended',
      execution: id,
      step: name,
      state,
      detail,
      remarks,
      begunMs,
      endedMs,
    });
  }

  outcome(execution: Execution): void {
    this.line({ event: 'outcome', execution: executionJson(execution) });
  }

  private line(value: object): void {
    print(JSON.stringify(value));
  }
}

export function failoverOutput(isJson: boolean): FailoverOutput {
  return isJson ? new JsonOutput() : new TextOutput();
}
