import Table from 'cli-table3';
import pc from 'picocolors';

interface Fact {
  readonly name: string;
  readonly value: string | number | boolean | null;
}

interface TargetState {
  readonly id: string;
  readonly kind: string;
  readonly status: 'pending' | 'ok' | 'failed';
  readonly lastSuccessAt: string | null;
  readonly lastFailure: { readonly reason: string; readonly message: string } | null;
  readonly facts: readonly Fact[];
}

interface RecordedEvent {
  readonly target: string;
  readonly type: string;
  readonly at: string;
  readonly subject: string;
  readonly detail: string;
}

/** What `/api/v1/state` answers, as far as the summary shows it. */
export interface ExporterState {
  readonly deployment: string;
  readonly at: string;
  readonly targets: readonly TargetState[];
  readonly events: readonly RecordedEvent[];
}

/** Facts shown beside a target, most telling first; others are left to the page. */
const telling: Readonly<Record<string, RegExp>> = {
  lb: /^(?:up|status|addresses|healthy)/,
  patroni: /^(?:leader|timeline|split|paused|sync|members)|\.role$/,
  postgres: /^(?:primary|standbys|sync)|\.(?:role|lag)/,
  'postgres-canary': /./,
  sentinel: /^(?:master|agree|quorum|usable|epoch)/,
  'sentinel-canary': /./,
  backups: /^(?:restorable|backup|proved|archiving|archived)/,
};

const factsShown = 6;
const eventsShown = 8;

function statusCell(status: TargetState['status']): string {
  if (status === 'ok') return pc.green('ok');
  return status === 'failed' ? pc.red('FAILED') : pc.dim('pending');
}

function finding({ kind, status, lastFailure, facts }: TargetState): string {
  if (status === 'failed' && lastFailure !== null) {
    return pc.red(`${lastFailure.reason}: ${lastFailure.message}`);
  }
  const pattern = telling[kind] ?? /./;
  const shown = facts.filter(({ name, value }) => pattern.test(name) && value !== null);
  return shown
    .slice(0, factsShown)
    .map(({ name, value }) => `${name}=${String(value)}`)
    .join('  ');
}

function targetTable(targets: readonly TargetState[], width: number): string {
  const table = new Table({
    head: ['target', 'collection', 'what is known'],
    style: { head: [], border: [], compact: true },
    colWidths: [30, 12, Math.max(40, width - 30 - 12 - 4)],
    wordWrap: true,
  });
  for (const state of targets) table.push([state.id, statusCell(state.status), finding(state)]);
  return table.toString();
}

function eventLines(events: readonly RecordedEvent[], width: number): string[] {
  const recent = events.slice(-eventsShown);
  if (recent.length === 0) return [pc.dim('  none yet')];
  return recent.map(({ at, target, type, detail }) =>
    `  ${at.slice(11, 23)}  ${type.padEnd(20)} ${target}  ${detail}`.slice(0, width),
  );
}

/** The demo's one screen, from what the exporter believes. `width` in columns. */
export function summarise(state: ExporterState, width: number): string {
  const failing = state.targets.filter(({ status }) => status === 'failed').length;
  const verdict =
    failing === 0 ? pc.green('all targets collected') : pc.red(`${failing} targets failing`);
  return [
    `${pc.bold(state.deployment)}  ${state.at.slice(0, 19)}Z  ${state.targets.length} targets, ${verdict}`,
    targetTable(state.targets, width),
    pc.bold('Latest events'),
    ...eventLines(state.events, width),
  ].join('\n');
}
