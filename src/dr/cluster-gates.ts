import { isRunning, judge, type ClusterJudgement } from '../collectors/patroni/judge.js';
import type { MemberView } from '../collectors/patroni/judge.js';
import type { PatroniSnapshot } from '../collectors/patroni/snapshot.js';
import { counted, formatDuration } from '../report/figures.js';
import type { ClusterEvidence, DrEvidence } from './evidence.js';
import { fail, pass, unknown, worstOr, writesAlready, type Finding } from './gates.js';

/** A cluster that was asked, and what its answers come to. */
interface Judged {
  readonly name: string;
  readonly region: string;
  readonly snapshot: PatroniSnapshot;
  readonly judgement: ClusterJudgement;
  readonly atSeconds: number;
}

function judged({ target, seen, atSeconds }: ClusterEvidence): Judged | undefined {
  if (!seen.ok) return undefined;
  const { name, region } = target;
  const judgement = judge(target, seen.value, atSeconds);
  return { name, region, snapshot: seen.value, judgement, atSeconds };
}

function notAsked({ target: { name }, seen }: ClusterEvidence): Finding {
  const why = seen.ok ? 'no answer' : seen.message;
  return unknown(`${name}: not known`, why, `Find out why ${name} gives no answer.`);
}

function noCluster(region: string): Finding {
  return unknown(
    'no Patroni cluster is watched there',
    'the configuration',
    `Add the Patroni cluster of ${region} under collectors.patroni, with region: ${region}.`,
  );
}

/** One finding for each Patroni cluster of the region. */
function ofEach(evidence: DrEvidence, find: (cluster: Judged) => Finding): Finding {
  const { region } = evidence;
  const own = evidence.clusters.filter(({ target }) => target.region === region);
  const findings = own.map((each) => {
    const found = judged(each);
    return found === undefined ? notAsked(each) : find(found);
  });
  return worstOr(findings, noCluster(region));
}

function silentWords({ snapshot }: Judged): string {
  const failures = snapshot.members.flatMap(({ name, failure }) =>
    failure === undefined ? [] : [`${name}: ${failure.reason}`],
  );
  return failures.length === 0 ? '' : ` (${failures.join(', ')})`;
}

/** By the names of the configuration, where it has the member: Patroni may call it otherwise. */
function leaderNames({ snapshot, judgement: { members } }: Judged): string[] {
  const listed = (snapshot.cluster?.value.members ?? []).filter(
    ({ role }) => role === 'standby_leader',
  );
  const known = listed.map(
    (each) => members.find((member) => member.listed === each)?.name ?? each.name,
  );
  const live = members
    .filter(({ live: status }) => status?.role === 'standby_leader')
    .map(({ name }) => name);
  return [...new Set([...known, ...live])];
}

/** A region that writes has nothing to fail over to. */
function findPrimary({ name, judgement }: Judged): Finding | undefined {
  const primary = judgement.members.find(({ isPrimary }) => isPrimary);
  if (primary === undefined) return undefined;
  return fail(
    `${name}/${primary.name} is a primary`,
    `GET /patroni of ${primary.name}`,
    writesAlready,
  );
}

function findNoLeader(cluster: Judged, source: string): Finding {
  const { name } = cluster;
  if (cluster.judgement.lock.kind !== 'unknown' && !hasSilent(cluster))
    return fail(
      `${name}: no standby leader`,
      source,
      `See why no member of ${name} takes the lock.`,
    );
  return unknown(
    `${name}: the leader is not known${silentWords(cluster)}`,
    source,
    `Bring the members and the configuration store of ${name} back.`,
  );
}

/** The member that is to be promoted. */
function findStandbyLeader(cluster: Judged): Finding {
  const { name, judgement } = cluster;
  const source = `Patroni of ${name}`;
  const leaders = leaderNames(cluster);
  const [leader] = leaders;
  if (leaders.length > 1)
    return fail(
      `${name}: ${leaders.join(' and ')} both lead`,
      source,
      'Wait until the lock has passed, and ask again.',
    );
  return leader === undefined || judgement.lock.kind === 'unknown'
    ? findNoLeader(cluster, source)
    : findRunning(cluster, leader);
}

function findRunning({ name, judgement }: Judged, leader: string): Finding {
  const live = judgement.members.find((member) => member.name === leader)?.live;
  const where = `${name}/${leader}`;
  const source = `GET /patroni of ${leader}`;
  if (live === undefined)
    return unknown(`${where} does not answer`, source, `Bring ${where} back, or let another lead.`);
  return isRunning(live.state)
    ? pass(where, `GET /cluster of ${name}`)
    : fail(`${where} is ${live.state}`, source, `Start PostgreSQL of ${where}.`);
}

function hasSilent({ judgement }: Judged): boolean {
  return judgement.members.some(({ live }) => live === undefined);
}

export function standbyLeader(evidence: DrEvidence): Finding {
  return ofEach(evidence, (cluster) => findPrimary(cluster) ?? findStandbyLeader(cluster));
}

/** What receives the leader's log is on its timeline, also where it does not tell its own. */
function isHealthy({ name, listed, live }: MemberView, leader: MemberView | undefined): boolean {
  if (live === undefined || live.role !== 'replica' || !isRunning(live.state)) return false;
  const { streamingTo: receivers, timeline: wanted } = leader?.live ?? {};
  const receives = receivers?.includes((listed?.name ?? name).toLowerCase());
  if (wanted !== undefined && live.timeline !== wanted)
    return live.timeline === undefined && receives === true;
  return receives ?? true;
}

function findReplica(cluster: Judged): Finding {
  const { name, judgement } = cluster;
  const [leaderName] = leaderNames(cluster);
  const leader = judgement.members.find((member) => member.name === leaderName);
  const others = judgement.members.filter((member) => member !== leader);
  const healthy = others.filter((member) => isHealthy(member, leader));
  const figure = `${name}: ${healthy.length} of ${counted(others.length, 'replica')}`;
  const source = `GET /patroni of every member of ${name}`;
  if (healthy.length > 0) return pass(figure, source);
  return others.some(({ live }) => live === undefined)
    ? unknown(`${figure}${silentWords(cluster)}`, source, `Bring the replicas of ${name} back.`)
    : fail(figure, source, `Give the leader of ${name} a replica that streams from it.`);
}

export function healthyReplica(evidence: DrEvidence): Finding {
  return ofEach(evidence, findReplica);
}

/** What would keep Patroni from acting, or make it act by itself. */
function hindrances({ name, snapshot: { cluster, members } }: Judged): string[] {
  const isPaused =
    cluster?.value.isPaused === true || members.some(({ status }) => status?.isPaused === true);
  const { switchover } = cluster?.value ?? {};
  const restarts = (cluster?.value.members ?? []).flatMap(({ name: member, restartAt }) =>
    restartAt === undefined ? [] : [`a restart of ${name}/${member} is scheduled for ${restartAt}`],
  );
  return [
    ...(isPaused ? [`${name} is paused`] : []),
    ...(switchover === undefined
      ? []
      : [`a switchover of ${name} is scheduled for ${switchover.at ?? 'an unknown time'}`]),
    ...restarts,
  ];
}

function findPause(cluster: Judged, isOwn: boolean): Finding {
  const { name, snapshot } = cluster;
  const source = `GET /cluster of ${name}`;
  const found = hindrances(cluster);
  if (found.length > 0)
    return fail(
      found.join('; '),
      source,
      `Resume Patroni of ${name} and take back what is scheduled.`,
    );
  if (snapshot.cluster !== undefined) return pass(`${name} is not paused`, source);
  return isOwn
    ? unknown(
        `${name}: not known${silentWords(cluster)}`,
        source,
        `Find out why ${name} gives no answer.`,
      )
    : pass(`${name} does not answer`, source);
}

/** Of the region itself it must be known; another one counts where it answers. */
export function noPause(evidence: DrEvidence): Finding {
  const { region, clusters } = evidence;
  const others = clusters
    .filter(({ target }) => target.region !== region)
    .flatMap((each) => judged(each) ?? [])
    .map((each) => findPause(each, false));
  const own = ofEach(evidence, (cluster) => findPause(cluster, true));
  return worstOr([own, ...others], own);
}

/** When each member last saw the store, in Unix seconds. */
function sightings({ snapshot }: Judged): number[] {
  return snapshot.members.flatMap(({ status }) => status?.dcsLastSeenSeconds ?? []);
}

/** Patroni's own time to live where the configuration is not known, in seconds. */
const defaultTtlSeconds = 30;

function storeAdvice(name: string): string {
  return `See to the configuration store of ${name}: it has no quorum, or is out of reach.`;
}

/** The store answers only with a quorum: when it was last seen is when it last had one. */
function findDcs(cluster: Judged): Finding {
  const { name, snapshot, judgement, atSeconds } = cluster;
  const source = `dcs_last_seen of ${name}`;
  const seen = sightings(cluster);
  if (seen.length === 0)
    return unknown(`${name}: not known${silentWords(cluster)}`, source, storeAdvice(name));
  const ttlMs = (snapshot.config?.value.ttlSeconds ?? defaultTtlSeconds) * 1000;
  const ageMs = Math.max(0, atSeconds - Math.max(...seen)) * 1000;
  const spreadMs = (Math.max(...seen) - Math.min(...seen)) * 1000;
  const figure = `${name}: seen ${formatDuration(ageMs)} ago (ttl ${formatDuration(ttlMs)})`;
  if (judgement.dcs === 'unreachable') return fail(figure, source, storeAdvice(name));
  if (spreadMs > ttlMs)
    return fail(
      `${name}: a member last saw it ${formatDuration(spreadMs)} before the others`,
      source,
      `See why a member of ${name} does not reach the configuration store.`,
    );
  return judgement.dcs === 'unknown' || ageMs > ttlMs
    ? unknown(figure, source, storeAdvice(name))
    : pass(figure, source);
}

export function dcs(evidence: DrEvidence): Finding {
  return ofEach(evidence, findDcs);
}
