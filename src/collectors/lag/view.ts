import {
  isStreaming,
  primaryOf,
  timelineOf,
  type Answered,
  type MemberResult,
} from '../sql/member.js';
import type { PrimaryTrack } from '../sql/primary-track.js';
import { trackWith } from '../sql/standby-lag.js';
import type { Span } from '../contract.js';
import type { LagSnapshot } from './snapshot.js';
import type { LagTarget, Site } from './targets.js';

/** One cluster, as this collection found it. */
export interface SiteView {
  readonly site: Site;
  readonly results: readonly MemberResult[];
  readonly answered: readonly Answered[];
  readonly primary: Answered | undefined;
}

/** What all parts of a measurement look at. */
export interface LagView {
  readonly target: LagTarget;
  readonly sites: readonly [SiteView, SiteView];
  /** Members of both clusters that accept writes; more than one is a split brain. */
  readonly writers: number;
  /** The cluster with the writer; the one that had it last while none has. */
  readonly source: SiteView;
  readonly copy: SiteView;
  /** The primary of the source; undefined when none answered. */
  readonly primary: Answered | undefined;
  readonly track: PrimaryTrack | undefined;
  /** The member of the copy that gets its log from the other region; undefined while not known. */
  readonly leader: Answered | undefined;
}

function siteView(site: Site, results: readonly MemberResult[]): SiteView {
  const answered = results.filter((result) => result.ok);
  return { site, results, answered, primary: primaryOf(answered) };
}

/** The cluster with the writer: of two, the one on the higher timeline. */
function sourceOf(
  [first, second]: readonly [SiteView, SiteView],
  before: string | undefined,
): SiteView {
  const [a, b] = [first.primary, second.primary];
  if (a !== undefined && b !== undefined)
    return (timelineOf(b.answer) ?? 0) > (timelineOf(a.answer) ?? 0) ? second : first;
  if (a !== undefined) return first;
  if (b !== undefined) return second;
  return before === second.site.cluster ? second : first;
}

/** Whether its log comes from another member of its own cluster, as its address tells. */
function isFedWithin({ members }: Site, { member, answer }: Answered): boolean {
  const sender = answer.receiver?.sender_host;
  const own = members.find(({ name }) => name === member)?.settings.address.host;
  return sender !== own && members.some(({ settings }) => settings.address.host === sender);
}

/**
 * The standby leader: the member that others of its own cluster follow and that follows none of them; the
 * only one; or the one whose log comes from outside the cluster.
 */
function leaderOf({ site, answered }: SiteView): Answered | undefined {
  const standbys = answered.filter(({ answer }) => answer.inRecovery);
  const names = new Set(site.members.map(({ name }) => name));
  const followersOf = ({ answer }: Answered) =>
    answer.replication.map((row) => row.application_name).filter((name) => names.has(name));
  const followers = new Set(standbys.flatMap(followersOf));
  const followed = standbys.find(
    (each) =>
      followersOf(each).length > 0 && !followers.has(each.member) && !isFedWithin(site, each),
  );
  if (followed !== undefined) return followed;
  if (names.size === 1) return standbys[0];
  const hosts = new Set(site.members.map(({ settings }) => settings.address.host));
  return standbys.find(
    ({ answer }) => isStreaming(answer) && !hosts.has(answer.receiver?.sender_host ?? ''),
  );
}

function primariesOf({ answered }: SiteView): number {
  return answered.filter(({ answer }) => !answer.inRecovery).length;
}

export function lagViewOf(
  target: LagTarget,
  [first, second]: LagSnapshot,
  before: { readonly source: string; readonly track: PrimaryTrack | undefined } | undefined,
  span: Span,
): LagView {
  const sites = [siteView(target.sites[0], first), siteView(target.sites[1], second)] as const;
  const source = sourceOf(sites, before?.source);
  const copy = sites.find((site) => site !== source) ?? sites[1];
  const track = source.site.cluster === before?.source ? before.track : undefined;
  return {
    target,
    sites,
    writers: primariesOf(sites[0]) + primariesOf(sites[1]),
    source,
    copy,
    primary: source.primary,
    // What was committed before the primary was asked is within the position that it answered with.
    track: trackWith(track, source.primary, span.startedAt.monoMs),
    leader: leaderOf(copy),
  };
}
