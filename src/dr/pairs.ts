import type { Span } from '../collectors/contract.js';
import type { FailureReason } from '../collectors/failure.js';
import type { Site } from '../collectors/lag/targets.js';
import { lagViewOf, type LagView, type SiteView } from '../collectors/lag/view.js';
import type { Answered } from '../collectors/sql/member.js';
import type { DrEvidence, PairEvidence } from './evidence.js';
import { fail, unknown, worstOr, writesAlready, type Finding } from './gates.js';

/** The copy in the region, and the cluster of another region that it is a copy of. */
export interface Pair {
  readonly own: SiteView;
  readonly other: SiteView;
  /** Undefined where the region has the writer: nothing there is a copy then. */
  readonly view: LagView | undefined;
  readonly span: Span;
  readonly evidence: DrEvidence;
}

/** Where the primary of the other cluster was in the look before. */
function earlierTrack({ target, earlier }: PairEvidence, other: Site): LagView['track'] {
  if (earlier === undefined) return undefined;
  const before = { source: other.cluster, track: undefined };
  const view = lagViewOf(target, earlier.snapshot, before, earlier.span);
  return view.source.site === other ? view.track : undefined;
}

function pairOf(found: PairEvidence, evidence: DrEvidence): Pair[] {
  const { target, snapshot, span } = found;
  const [first, second] = target.sites;
  const other = first.region === evidence.region ? second : first;
  // While no primary answers, it is the other one that is copied: this region is to be promoted.
  const before = { source: other.cluster, track: earlierTrack(found, other) };
  const view = lagViewOf(target, snapshot, before, span);
  const [own] = view.sites.filter(({ site }) => site !== other);
  const [partner] = view.sites.filter(({ site }) => site === other);
  if (own === undefined || partner === undefined) return [];
  const isCopy = view.copy === own && own.primary === undefined;
  return [{ own, other: partner, view: isCopy ? view : undefined, span, evidence }];
}

function notConfigured({ region, isOff }: DrEvidence): Finding {
  if (isOff.postgresql)
    return unknown(
      'not replicated',
      'disasterRecovery.replication.postgresql.enabled',
      `Restore a backup in ${region}: there is no copy to fail over to.`,
    );
  return unknown(
    'no copy is followed there',
    'the configuration',
    `Add the PostgreSQL clusters of both regions under collectors.postgres, with their regions, and the pair under collectors.lag, with one of them in ${region}.`,
  );
}

/** One finding for each pair of clusters with one in the region. */
export function ofEach(evidence: DrEvidence, find: (pair: Pair) => Finding): Finding {
  const { pairs } = evidence;
  const findings = pairs.flatMap((each) =>
    pairOf(each, evidence).map((pair) => {
      const found = find(pair);
      const figure = pairs.length > 1 ? `${each.target.name}: ${found.figure}` : found.figure;
      return { ...found, figure };
    }),
  );
  return worstOr(findings, notConfigured(evidence));
}

export function reasonsOf({ results }: SiteView): string {
  const failures = results.filter((result) => !result.ok);
  return failures.map(({ member, reason }) => `${member}: ${reason}`).join(', ');
}

/** Reasons that lie with who asks: they say nothing of whether the region lives. */
const ownReasons: readonly FailureReason[] = ['internal', 'auth'];

/** What to mend here before anything is concluded of a cluster; undefined where it was asked in vain. */
export function ownAdvice({ site, results }: SiteView): string | undefined {
  const own = results.find((result) => !result.ok && ownReasons.includes(result.reason));
  return own === undefined || own.ok
    ? undefined
    : `Mend the login here, and ask again; it does not say that ${site.cluster} is lost. ${own.message}.`;
}

export function noAnswer(site: SiteView): Finding {
  const { cluster, region } = site.site;
  const own = ownAdvice(site);
  return unknown(
    `${cluster} ${own === undefined ? 'does not answer' : 'cannot be asked'} (${reasonsOf(site)})`,
    `PostgreSQL of ${cluster}`,
    own ?? `Bring ${cluster} in ${region} back, or make sure that it is lost and go on without it.`,
  );
}

function noLeader({ own: { site } }: Pair): Finding {
  return unknown(
    `${site.cluster}: the standby leader is not known`,
    `PostgreSQL of ${site.cluster}`,
    `See which member of ${site.cluster} gets its log from the other region.`,
  );
}

/** What is to be said of a copy and its leader, where there are any. */
export function ofLeader(pair: Pair, find: (leader: Answered, view: LagView) => Finding): Finding {
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
export function ofBoth(
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
