import { lagViewOf, type LagView, type SiteView } from '../collectors/lag/view.js';
import { newestHeartbeat } from '../collectors/lag/samples.js';
import { lagBytes, parseLsn } from '../collectors/sql/lsn.js';
import { isStreaming, timelineOf, type Answered } from '../collectors/sql/member.js';
import { formatBytes, formatDuration } from '../report/figures.js';
import type { DrEvidence, PairEvidence } from './evidence.js';
import { fail, pass, unknown, worstOr, type Finding } from './gates.js';

/** The copy in the region, and the cluster of another region that it is a copy of. */
interface Pair {
  readonly own: SiteView;
  readonly other: SiteView;
  /** Undefined where the region has the writer: nothing there is a copy then. */
  readonly view: LagView | undefined;
  readonly evidence: DrEvidence;
}

function pairOf(found: PairEvidence, evidence: DrEvidence): Pair[] {
  const { target, snapshot, span } = found;
  const [first, second] = target.sites;
  const other = first.region === evidence.region ? second : first;
  // While no primary answers, it is the other one that is copied: this region is to be promoted.
  const before = { source: other.cluster, track: undefined };
  const view = lagViewOf(target, snapshot, before, span);
  const [own] = view.sites.filter(({ site }) => site !== other);
  const [partner] = view.sites.filter(({ site }) => site === other);
  if (own === undefined || partner === undefined) return [];
  const isCopy = view.copy === own && own.primary === undefined;
  return [{ own, other: partner, view: isCopy ? view : undefined, evidence }];
}

function notConfigured({ region }: DrEvidence): Finding {
  return unknown(
    'no copy is followed there',
    'the configuration',
    `Add the PostgreSQL clusters of both regions under collectors.postgres, with their regions, and the pair under collectors.lag, with one of them in ${region}.`,
  );
}

/** One finding for each pair of clusters with one in the region. */
function ofEach(evidence: DrEvidence, find: (pair: Pair) => Finding): Finding {
  const findings = evidence.pairs.flatMap((each) => pairOf(each, evidence)).map(find);
  return worstOr(findings, notConfigured(evidence));
}

function reasonsOf({ results }: SiteView): string {
  const failures = results.filter((result) => !result.ok);
  return failures.map(({ member, reason }) => `${member}: ${reason}`).join(', ');
}

function noAnswer(site: SiteView): Finding {
  const { cluster, region } = site.site;
  return unknown(
    `${cluster} does not answer (${reasonsOf(site)})`,
    `PostgreSQL of ${cluster}`,
    `Bring ${cluster} in ${region} back, or make sure that it is lost and go on without it.`,
  );
}

function noLeader({ own: { site } }: Pair): Finding {
  return unknown(
    `${site.cluster}: the standby leader is not known`,
    `PostgreSQL of ${site.cluster}`,
    `See which member of ${site.cluster} gets its log from the other region.`,
  );
}

const writesAlready = 'This region writes already: there is nothing to fail over to.';

/** What is to be said of a copy and its leader, where there are any. */
function ofLeader(pair: Pair, find: (leader: Answered, view: LagView) => Finding): Finding {
  const { own, view } = pair;
  if (own.answered.length === 0) return noAnswer(own);
  if (view === undefined)
    return fail(
      `${own.site.cluster} has a primary`,
      `pg_is_in_recovery() in ${own.site.cluster}`,
      writesAlready,
    );
  return view.leader === undefined ? noLeader(pair) : find(view.leader, view);
}

/** And of the primary that it copies. */
function ofBoth(
  pair: Pair,
  find: (leader: Answered, primary: Answered, view: LagView) => Finding,
): Finding {
  return ofLeader(pair, (leader, view) => {
    const { primary } = view;
    if (primary !== undefined) return find(leader, primary, view);
    if (pair.other.answered.length === 0) return noAnswer(pair.other);
    const { cluster } = pair.other.site;
    return unknown(
      `${cluster} has no primary`,
      `pg_is_in_recovery() in ${cluster}`,
      `Wait for the election in ${cluster}, or stop it for good.`,
    );
  });
}

function primariesOf({ site, answered }: SiteView): string[] {
  return answered
    .filter(({ answer }) => !answer.inRecovery)
    .map(({ member }) => `${site.cluster}/${member}`);
}

function findWriters({ own, other }: Pair): Finding {
  const writers = [own, other].flatMap(primariesOf);
  const source = `pg_is_in_recovery() in ${own.site.cluster} and ${other.site.cluster}`;
  if (writers.length > 1)
    return fail(
      `${writers.length} writers: ${writers.join(', ')}`,
      source,
      'Stop all but the one that has the data to be kept.',
    );
  // A member that does not answer may write all the same; the one that does answers for its cluster.
  const silent = [own, other].find(
    (site) => primariesOf(site).length === 0 && site.results.some(({ ok }) => !ok),
  );
  if (silent === undefined) return pass(writers[0] ?? 'no writer at all', source);
  const { cluster } = silent.site;
  return unknown(
    `${cluster} is not known to be without a writer (${reasonsOf(silent)})`,
    source,
    `Make sure that nothing of ${cluster} can write: fence it, or shut it down.`,
  );
}

/** Two primaries, in one region or in two; by Patroni's own word and by PostgreSQL's. */
export function oneWriter(evidence: DrEvidence, splitBrains: readonly string[]): Finding {
  const split = splitBrains.map((cluster) =>
    fail(
      `${cluster} has a split brain`,
      `GET /patroni of every member of ${cluster}`,
      `Stop the members of ${cluster} that write without the lock.`,
    ),
  );
  const ofPairs = ofEach(evidence, findWriters);
  return worstOr([...split, ofPairs], ofPairs);
}

function findStreaming(pair: Pair): Finding {
  return ofLeader(pair, (leader, { copy }) => {
    const name = `${copy.site.cluster}/${leader.member}`;
    const source = `pg_stat_wal_receiver on ${name}`;
    if (isStreaming(leader.answer)) return pass(name, source);
    const figure = `${name} receives nothing`;
    return pair.other.answered.length === 0
      ? unknown(
          `${figure}, and ${pair.other.site.cluster} does not answer`,
          source,
          `Make sure that ${pair.other.site.region} is lost: from a dead region nothing can stream.`,
        )
      : fail(figure, source, `Mend the link between the regions, or the slot and the login.`);
  });
}

export function streaming(evidence: DrEvidence): Finding {
  return ofEach(evidence, findStreaming);
}

function findSystem(pair: Pair): Finding {
  return ofBoth(pair, (leader, primary) => {
    const [own, other] = [leader, primary].map(({ answer }) => answer.systemIdentifier ?? '');
    const source = 'pg_control_system() of both regions';
    if (own === '' || other === '')
      return unknown('not told', source, 'Grant pg_monitor to the monitoring role.');
    return own === other
      ? pass(own ?? '', source)
      : fail(
          `${own} is not ${other}`,
          source,
          'This is another database: make the standby cluster anew from the primary.',
        );
  });
}

export function sameSystem(evidence: DrEvidence): Finding {
  return ofEach(evidence, findSystem);
}

function findTimeline(pair: Pair): Finding {
  return ofBoth(pair, (leader, primary) => {
    const [own, other] = [timelineOf(leader.answer), timelineOf(primary.answer)];
    const source = 'pg_walfile_name() and pg_stat_wal_receiver';
    if (own === undefined || other === undefined)
      return unknown('not told', source, 'Grant pg_monitor to the monitoring role.');
    if (own === other) return pass(String(own), source);
    return own > other
      ? fail(
          `${own}, the primary is on ${other}`,
          source,
          'The copy has a history of its own: make it anew from the primary.',
        )
      : fail(
          `${own}, the primary is on ${other}`,
          source,
          'See that the copy follows the primary onto its timeline.',
        );
  });
}

export function sameTimeline(evidence: DrEvidence): Finding {
  return ofEach(evidence, findTimeline);
}

/** What would be lost, as time: at least and at most. */
interface Loss {
  readonly atLeastMs: number;
  /** Undefined where nothing bounds it. */
  readonly atMostMs: number | undefined;
  readonly bytes: number | undefined;
  readonly source: string;
}

function received({ answer }: Answered): bigint | undefined {
  const positions = [answer.receiveLsn, answer.replayLsn].flatMap((text) => parseLsn(text) ?? []);
  return positions.reduce<bigint | undefined>(
    (furthest, each) => (furthest === undefined || each > furthest ? each : furthest),
    undefined,
  );
}

/** Positions compare on one timeline of one database alone. */
function behindBytes(leader: Answered, primary: Answered | undefined): number | undefined {
  if (primary === undefined || timelineOf(leader.answer) !== timelineOf(primary.answer))
    return undefined;
  if (leader.answer.systemIdentifier !== primary.answer.systemIdentifier) return undefined;
  return lagBytes(parseLsn(primary.answer.currentLsn), received(leader));
}

/**
 * By positions alone only that nothing is missing can be told; by heartbeats, that what is older than
 * the newest one in the copy is there, and that what the primary wrote since then is not known to be.
 */
function lossOf(leader: Answered, view: LagView, atMs: number): Loss {
  const bytes = behindBytes(leader, view.primary);
  const here = newestHeartbeat(view, view.copy);
  const there = newestHeartbeat(view, view.source);
  const name = `${view.copy.site.cluster}/${leader.member}`;
  if (bytes === 0 && isStreaming(leader.answer))
    return { atLeastMs: 0, atMostMs: 0, bytes, source: `log positions of ${name} and the primary` };
  if (here === undefined)
    return { atLeastMs: 0, atMostMs: undefined, bytes, source: `log position of ${name}` };
  const writtenMs = here.written_at * 1000;
  return {
    atLeastMs: Math.max(0, (there?.written_at ?? here.written_at) * 1000 - writtenMs),
    atMostMs: Math.max(0, atMs - writtenMs),
    bytes,
    source: `heartbeat ${here.seq} in ${view.copy.site.cluster}`,
  };
}

function lossWords({ atLeastMs, atMostMs, bytes }: Loss, rpoMs: number): string {
  const amount =
    atMostMs === undefined
      ? 'an unknown time'
      : atMostMs === 0
        ? 'nothing'
        : atLeastMs > rpoMs
          ? `at least ${formatDuration(atLeastMs, 'down')}`
          : `at most ${formatDuration(atMostMs, 'up')}`;
  const behind = bytes === undefined ? '' : `, ${formatBytes(bytes)} behind`;
  return `${amount}${behind} (RPO ${formatDuration(rpoMs)})`;
}

function findPosition(pair: Pair): Finding {
  const { atMs, rpoMs } = pair.evidence;
  return ofLeader(pair, (leader, view) => {
    const loss = lossOf(leader, view, atMs);
    const words = lossWords(loss, rpoMs);
    const { source } = loss;
    if (loss.atMostMs !== undefined && loss.atMostMs <= rpoMs) return pass(words, source);
    if (loss.atLeastMs > rpoMs)
      return fail(
        words,
        source,
        'Let the copy catch up; go on without only where that much may be lost.',
      );
    return view.primary === undefined
      ? unknown(
          `${words}; ${pair.other.site.cluster} does not tell what it wrote since`,
          source,
          'Find out when the primary wrote last: nothing that came later was received.',
        )
      : unknown(
          words,
          source,
          'Let an exporter with a write canary run: its heartbeats tell how old the copy is.',
        );
  });
}

export function receivedPosition(evidence: DrEvidence): Finding {
  return ofEach(evidence, findPosition);
}

function findReplay(pair: Pair): Finding {
  return ofLeader(pair, (leader, { copy }) => {
    const name = `${copy.site.cluster}/${leader.member}`;
    const source = `pg_is_wal_replay_paused() on ${name}`;
    const { replayPaused } = leader.answer;
    if (replayPaused === true)
      return fail(`${name} is paused`, source, `Run pg_wal_replay_resume() on ${name}.`);
    return replayPaused === false
      ? pass(`${name} replays`, source)
      : unknown('not told', source, `Ask ${name} for pg_is_wal_replay_paused().`);
  });
}

export function replayRunning(evidence: DrEvidence): Finding {
  return ofEach(evidence, findReplay);
}
