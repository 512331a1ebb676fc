import { heading, paragraph, plain, table, type Block, type Cell, type Tone } from './blocks.js';
import { instantFormat } from './instants.js';
import { scenarioWords } from './words.js';
import type { DrillEvidence } from '../drills/evidence.js';
import type { JudgedDrill } from '../drills/judge.js';
import { timeIn, type SliState } from '../drills/series.js';

const iso = instantFormat('UTC');
/** Changes of a series that are shown; the file has all of them. */
const shownChanges = 8;
const line = '.'.repeat(40);

/** What the page is made of, beside the evidence. */
export interface PageSource {
  /** Name of the evidence file, and the SHA-256 of its bytes in hexadecimal. */
  readonly file: string;
  readonly sha256: string;
  /** Undefined where nothing is known that it could be judged by. */
  readonly judged: Pick<JudgedDrill, 'verdict' | 'reason' | 'targetMs'> | undefined;
}

const tones: Readonly<Record<JudgedDrill['verdict'], Tone>> = {
  pass: 'good',
  fail: 'bad',
  inconclusive: 'doubtful',
  stale: 'doubtful',
};

function secondsText(seconds: number): string {
  return `${Number(seconds.toFixed(3))} s`;
}

function instantText(text: string): string {
  return iso(Date.parse(text));
}

function bracketText(low: number, high: number | null): string {
  return high === null
    ? `at least ${secondsText(low)}`
    : `${secondsText(low)} to ${secondsText(high)}`;
}

function verdictBlocks({ judged }: PageSource): Block[] {
  if (judged === undefined) return [paragraph('Verdict: not judged.')];
  const { verdict, reason, targetMs } = judged;
  return [
    paragraph(`Verdict: ${verdict}: ${reason}.`, tones[verdict]),
    paragraph(`Recovery target: ${secondsText(targetMs / 1000)}.`),
  ];
}

function headFacts(evidence: DrillEvidence): Block {
  const { recovery, recoveredAt, lossSeconds, incident, plan, execution } = evidence;
  const facts: [string, string | undefined][] = [
    ['Drill', evidence.id],
    ['Plan', plan],
    ['Loss of', scenarioWords[evidence.scenario]],
    ['Environment', evidence.environment],
    ['By', evidence.by],
    ['What was done', evidence.what],
    ['Injected', instantText(evidence.injectedAt)],
    ['Recovered', recoveredAt === null ? 'not seen' : instantText(recoveredAt)],
    ['Recovery took', recovery && bracketText(recovery.lowSeconds, recovery.highSeconds)],
    ['Data lost', lossSeconds === null ? 'not measured' : secondsText(lossSeconds)],
    ['Timed by incident', incident],
    ['Failover execution', execution],
    ['Cleaned up', evidence.cleanedUp ? 'yes' : 'no'],
    ['Configuration (SHA-256)', evidence.configuration],
  ];
  return {
    kind: 'facts',
    facts: facts.flatMap(([name, text]): [string, Cell][] =>
      text === undefined ? [] : [[name, plain(text)]],
    ),
  };
}

function targetBlocks({ targets }: DrillEvidence): Block[] {
  const found: Block =
    targets.length === 0
      ? paragraph('Nothing was hit.', 'doubtful')
      : { kind: 'list', items: [...targets] };
  return [heading(2, 'What was hit'), found];
}

function incidentBlocks({ incidents = [] }: DrillEvidence): Block[] {
  if (incidents.length === 0) return [];
  const rows = incidents.map((each) => [
    plain(each.slo),
    plain(each.id),
    plain(each.class),
    plain(bracketText(each.lowSeconds, each.highSeconds)),
    plain(secondsText(each.targetSeconds)),
    plain(each.isTimed ? 'yes' : 'no'),
  ]);
  const titles = ['SLO', 'Incident', 'Class', 'Took', 'Target of the SLO', 'Timed by it'];
  return [heading(2, 'Incidents'), table('Incidents of the exporter', titles, rows)];
}

function changesText(
  changes: readonly (readonly [number, SliState])[],
  injectedMs: number,
): string {
  const texts = changes.slice(0, shownChanges).map(([atMs, state]) => {
    const offset = (atMs - injectedMs) / 1000;
    return `${state} at ${offset < 0 ? '-' : '+'}${Math.abs(offset).toFixed(1)} s`;
  });
  const left = changes.length - texts.length;
  return left > 0 ? `${texts.join(', ')}, and ${left} more` : texts.join(', ');
}

function seriesBlocks({ series = [], injectedAt }: DrillEvidence): Block[] {
  if (series.length === 0) return [];
  const injectedMs = Date.parse(injectedAt);
  const rows = series.map((each) => [
    plain(each.slo),
    ...(['good', 'bad', 'unknown'] as const).map((state) =>
      plain(secondsText(timeIn(each, state) / 1000)),
    ),
    plain(changesText(each.changes, injectedMs)),
  ]);
  return [
    heading(2, 'SLIs'),
    table(
      'What the SLIs showed, looked at every second; times from the injection',
      ['SLO', 'Good#', 'Bad#', 'Unknown#', 'Changes'],
      rows,
    ),
  ];
}

function cleanupBlocks({ cleanup = [] }: DrillEvidence): Block[] {
  if (cleanup.length === 0) return [];
  const rows = cleanup.map(({ what, at, isDone, proof }) => [
    plain(what),
    plain(instantText(at)),
    isDone ? plain('yes') : { text: 'no', tone: 'bad' as const },
    plain(proof),
  ]);
  return [heading(2, 'Cleanup'), table('Steps', ['What', 'When', 'Mended', 'Proof'], rows)];
}

function noteBlocks({ notes }: DrillEvidence): Block[] {
  if (notes === undefined) return [];
  return [heading(2, 'Notes'), { kind: 'list', items: notes.split('\n') }];
}

function signOffBlocks({ by, recordedAt }: DrillEvidence, { file, sha256 }: PageSource): Block[] {
  const facts: readonly (readonly [string, Cell])[] = [
    ['Evidence file', plain(file)],
    ['SHA-256 of the file', plain(sha256)],
    ['Recorded', plain(instantText(recordedAt))],
    ['Done and recorded by', plain(by)],
    ['Signature', plain(line)],
    ['Reviewed by', plain(line)],
    ['Signature of the reviewer', plain(line)],
    ['Date', plain(line)],
  ];
  return [
    heading(2, 'Sign-off'),
    paragraph(
      'This page is of the file with this sum, and of no other. sensei drill verify judges the file anew.',
    ),
    { kind: 'facts', facts },
  ];
}

/** One drill on one page, to be signed. */
export function drillPage(evidence: DrillEvidence, source: PageSource): Block[] {
  return [
    heading(1, `Drill: loss of ${scenarioWords[evidence.scenario]}, ${evidence.environment}`),
    ...verdictBlocks(source),
    headFacts(evidence),
    ...targetBlocks(evidence),
    ...incidentBlocks(evidence),
    ...seriesBlocks(evidence),
    ...cleanupBlocks(evidence),
    ...noteBlocks(evidence),
    ...signOffBlocks(evidence, source),
  ];
}
