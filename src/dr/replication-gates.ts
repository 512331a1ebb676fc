import type { SiteView } from '../collectors/lag/view.js';
import { isStreaming, timelineOf } from '../collectors/sql/member.js';
import type { DrEvidence } from './evidence.js';
import { fail, pass, unknown, worstOr, type Finding } from './gates.js';
import { noAnswer, ofBoth, ofEach, ofLeader, ownAdvice, reasonsOf, type Pair } from './pairs.js';

function primariesOf({ site, answered }: SiteView): string[] {
  return answered
    .filter(({ answer }) => !answer.inRecovery)
    .map(({ member }) => `${site.cluster}/${member}`);
}

/** A login that fails here is no sign that a cluster may write. */
function writersAdvice(silent: readonly SiteView[]): string {
  const dead = silent.filter((each) => ownAdvice(each) === undefined);
  const clusters = dead.map(({ site }) => site.cluster).join(' and ');
  return [
    ...silent.flatMap((each) => ownAdvice(each) ?? []),
    ...(dead.length === 0
      ? []
      : [`Make sure that nothing of ${clusters} can write: fence it, or shut it down.`]),
  ].join(' ');
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
  const silent = [own, other].filter(
    (site) => primariesOf(site).length === 0 && site.results.some(({ ok }) => !ok),
  );
  if (silent.length === 0) return pass(writers[0] ?? 'no writer at all', source);
  const unsure = silent.map(
    (each) => `${each.site.cluster} is not known to be without a writer (${reasonsOf(each)})`,
  );
  return unknown(unsure.join('; '), source, writersAdvice(silent));
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
    // Who may not look sees that there is a receiver, and nothing of it.
    if (leader.answer.receiver?.status === null)
      return unknown('not told', source, 'Grant pg_monitor to the monitoring role.');
    const figure = `${name} receives nothing`;
    return pair.other.answered.length === 0
      ? unknown(
          `${figure}, and ${pair.other.site.cluster} does not answer`,
          source,
          ownAdvice(pair.other) ??
            `Make sure that ${pair.other.site.region} is lost: from a dead region nothing can stream.`,
        )
      : fail(figure, source, `Mend the link between the regions, or the slot and the login.`);
  });
}

export function streaming(evidence: DrEvidence): Finding {
  return ofEach(evidence, findStreaming);
}

function identifiersOf({ answered }: SiteView): string[] {
  const told = answered.flatMap(({ answer }) => answer.systemIdentifier ?? []);
  return [...new Set(told)];
}

/** Every member of a cluster has the identifier of its database: it needs no primary to tell. */
function findSystem({ own, other }: Pair): Finding {
  const silent = [own, other].find(({ answered }) => answered.length === 0);
  if (silent !== undefined) return noAnswer(silent);
  const [ours, theirs] = [identifiersOf(own), identifiersOf(other)];
  const source = 'pg_control_system() of both regions';
  if (ours.length === 0 || theirs.length === 0)
    return unknown('not told', source, 'Grant pg_monitor to the monitoring role.');
  const [first, ...others] = new Set([...ours, ...theirs]);
  if (others.length === 0) return pass(first ?? '', source);
  return fail(
    `${own.site.cluster} has ${ours.join(', ')}, ${other.site.cluster} has ${theirs.join(', ')}`,
    source,
    'This is another database: make the standby cluster anew from the primary.',
  );
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
    const advice =
      own > other
        ? 'The copy has a history of its own: make it anew from the primary.'
        : 'See that the copy follows the primary onto its timeline.';
    return fail(`${own}, the primary is on ${other}`, source, advice);
  });
}

export function sameTimeline(evidence: DrEvidence): Finding {
  return ofEach(evidence, findTimeline);
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
