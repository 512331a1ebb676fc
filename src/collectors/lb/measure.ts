import { count, gauge, type Increment, type Sample } from '../../metrics/sample.js';
import type { EvidenceEvent, Fact, Observation } from '../../slo/observation.js';
import type { Measurement, Span } from '../contract.js';
import {
  lbReasons,
  phases,
  type AddressResult,
  type Failure,
  type LbSnapshot,
  type Phase,
} from './snapshot.js';
import type { LbTarget } from './targets.js';

interface PlaceLabels {
  readonly target: string;
  readonly component: string;
  readonly region: string;
  readonly zone: string;
}

interface AddressLabels extends PlaceLabels {
  readonly address: string;
}

/** Failures in a row, and what they made of the thing that failed. */
interface Streak {
  readonly failures: number;
  /** Undefined until a success, or enough failures, have decided it. */
  readonly isUp: boolean | undefined;
}

/** Of one address; its labels and names are made once. */
interface AddressMemory {
  readonly streak: Streak;
  readonly labels: AddressLabels;
  readonly phaseLabels: Readonly<Record<Phase, AddressLabels & { readonly phase: string }>>;
}

export interface LbMemory {
  readonly labels: PlaceLabels;
  /** The endpoint as facts name their source; without a query. */
  readonly source: string;
  readonly host: string;
  /** Of the endpoint as a whole. */
  readonly streak: Streak;
  /** Of the name's resolution. */
  readonly nameStreak: Streak;
  readonly addresses: ReadonlyMap<string, AddressMemory>;
}

const undecided: Streak = { failures: 0, isUp: undefined };
const steady: Streak = { failures: 0, isUp: true };

function extend(streak: Streak, isGood: boolean, threshold: number): Streak {
  if (isGood) return steady;
  const failures = streak.failures + 1;
  return { failures, isUp: failures >= threshold ? false : streak.isUp };
}

function placeLabels({ name, component, region, zone }: LbTarget): PlaceLabels {
  return { target: name, component, region, zone };
}

function newAddress(place: PlaceLabels, address: string): AddressMemory {
  const labels = { ...place, address };
  const phaseLabels = Object.fromEntries(
    phases.map((phase) => [phase, { ...labels, phase }]),
  ) as AddressMemory['phaseLabels'];
  return { streak: undecided, labels, phaseLabels };
}

function firstMemory(target: LbTarget): LbMemory {
  const { origin, hostname, pathname } = new URL(target.settings.url);
  return {
    labels: placeLabels(target),
    source: `${target.settings.method} ${origin}${pathname}`,
    host: hostname,
    streak: undecided,
    nameStreak: undecided,
    addresses: new Map(),
  };
}

/** Every counter of a target, at 0. */
export function lbCounters(target: LbTarget): Increment[] {
  const labels = placeLabels(target);
  return [
    count('sensei_lb_probes_total', labels, 0),
    ...lbReasons.map((reason) => count('sensei_lb_probe_failures_total', { ...labels, reason }, 0)),
  ];
}

/** Addresses that the name no longer has are forgotten; while it does not resolve, none is. */
function foldAddresses(target: LbTarget, snapshot: LbSnapshot, memory: LbMemory) {
  if (snapshot.resolved === undefined) return memory.addresses;
  const folded = new Map<string, AddressMemory>();
  for (const { address, failure } of snapshot.addresses) {
    const known = memory.addresses.get(address) ?? newAddress(memory.labels, address);
    const streak = extend(known.streak, failure === undefined, target.threshold);
    folded.set(address, streak === known.streak ? known : { ...known, streak });
  }
  return folded;
}

/**
 * The failure that makes an observation bad: the name's, or that of the first failed address. A
 * name with several addresses sends some of its clients to each of them, so that one dead address
 * is an outage for those: an observation is good only when every probed address answered.
 */
function firstFailure(snapshot: LbSnapshot): Failure | undefined {
  if (snapshot.failure !== undefined) return snapshot.failure;
  return snapshot.addresses.find(({ failure }) => failure !== undefined)?.failure;
}

function addressSamples(samples: Sample[], result: AddressResult, memory: AddressMemory): void {
  const { labels, streak } = memory;
  const { status, bodyBytes } = result;
  samples.push(
    gauge('sensei_lb_probe_success', labels, result.failure === undefined),
    gauge('sensei_lb_probe_duration_seconds', labels, result.durationMs / 1000),
  );
  if (streak.isUp !== undefined) samples.push(gauge('sensei_lb_address_up', labels, streak.isUp));
  if (status !== undefined) {
    samples.push(
      gauge('sensei_lb_http_status_code', labels, status),
      gauge('sensei_lb_http_redirects', labels, result.redirects),
    );
  }
  if (bodyBytes !== undefined) samples.push(gauge('sensei_lb_http_body_bytes', labels, bodyBytes));
  phaseSamples(samples, result, memory);
  tlsSamples(samples, result, labels);
}

function phaseSamples(samples: Sample[], result: AddressResult, memory: AddressMemory): void {
  for (const phase of phases) {
    const ms = result.phases[phase];
    if (Number.isNaN(ms)) continue;
    samples.push(gauge('sensei_lb_probe_phase_seconds', memory.phaseLabels[phase], ms / 1000));
  }
}

function tlsSamples(samples: Sample[], { tls }: AddressResult, labels: AddressLabels): void {
  if (tls === undefined) return;
  samples.push(
    gauge('sensei_lb_tls_verified', labels, tls.verified),
    gauge('sensei_lb_tls_info', { ...labels, version: tls.version }, 1),
  );
  if (Number.isNaN(tls.leafNotAfterMs)) return;
  samples.push(
    gauge(
      'sensei_lb_tls_certificate_not_after_timestamp_seconds',
      labels,
      tls.leafNotAfterMs / 1000,
    ),
    gauge('sensei_lb_tls_chain_not_after_timestamp_seconds', labels, tls.chainNotAfterMs / 1000),
  );
}

function targetSamples(samples: Sample[], snapshot: LbSnapshot, memory: LbMemory): void {
  const { labels, streak } = memory;
  if (streak.isUp !== undefined) samples.push(gauge('sensei_lb_up', labels, streak.isUp));
  if (snapshot.resolved === undefined) return;
  const healthy = snapshot.addresses.filter(({ failure }) => failure === undefined).length;
  samples.push(
    gauge('sensei_lb_addresses_resolved', labels, snapshot.resolved),
    gauge('sensei_lb_addresses_probed', labels, snapshot.addresses.length),
    gauge('sensei_lb_addresses_healthy', labels, healthy),
  );
}

function samplesOf(snapshot: LbSnapshot, memory: LbMemory): Sample[] {
  const samples: Sample[] = [];
  targetSamples(samples, snapshot, memory);
  for (const result of snapshot.addresses) {
    const address = memory.addresses.get(result.address);
    if (address !== undefined) addressSamples(samples, result, address);
  }
  return samples;
}

function incrementsOf(snapshot: LbSnapshot, { labels }: LbMemory): Increment[] {
  const attempts = snapshot.failure === undefined ? snapshot.addresses.length : 1;
  const increments = [count('sensei_lb_probes_total', labels, attempts)];
  for (const { failure } of [snapshot, ...snapshot.addresses]) {
    if (failure === undefined) continue;
    const { reason } = failure;
    increments.push(count('sensei_lb_probe_failures_total', { ...labels, reason }));
  }
  return increments;
}

function changeOf(
  subject: string,
  before: Streak,
  after: Streak,
  failure: Failure | undefined,
  { endedAt }: Span,
): EvidenceEvent | undefined {
  if (after.isUp === false && before.isUp !== false) {
    const last = `${failure?.reason ?? 'unknown'} (${failure?.message ?? ''})`;
    const detail = `${subject} failed ${after.failures} times in a row, the last time: ${last}`;
    return { type: 'endpoint_down', at: endedAt, subject, detail };
  }
  if (after.isUp === true && before.isUp === false) {
    const detail = `${subject} answers again after ${before.failures} failures in a row`;
    return { type: 'endpoint_up', at: endedAt, subject, detail };
  }
  return undefined;
}

function eventsOf(
  snapshot: LbSnapshot,
  before: LbMemory,
  after: LbMemory,
  span: Span,
): EvidenceEvent[] {
  const events = [
    changeOf(before.host, before.nameStreak, after.nameStreak, snapshot.failure, span),
  ];
  for (const { address, failure } of snapshot.addresses) {
    const old = before.addresses.get(address)?.streak ?? undecided;
    const now = after.addresses.get(address)?.streak ?? undecided;
    events.push(changeOf(address, old, now, failure, span));
  }
  return events.filter((event) => event !== undefined);
}

function factsOf(snapshot: LbSnapshot, memory: LbMemory): Fact[] {
  const { source, host } = memory;
  const resolved = snapshot.resolved ?? null;
  const facts: Fact[] = [
    { name: 'up', value: memory.streak.isUp ?? null, source },
    { name: 'addresses.resolved', value: resolved, source: `resolution of ${host}` },
  ];
  for (const { address, failure, status } of snapshot.addresses) {
    const of = `${source} at ${address}`;
    facts.push(
      { name: `address.${address}.result`, value: failure?.reason ?? 'ok', source: of },
      { name: `address.${address}.status`, value: status ?? null, source: of },
    );
  }
  return facts;
}

function observationOf(target: LbTarget, failure: Failure | undefined, span: Span): Observation {
  const sli = availabilitySli(target);
  const base = { sli, at: span.startedAt, endedAt: span.endedAt };
  if (failure === undefined) return { ...base, outcome: 'good' };
  return { ...base, outcome: 'bad', reason: failure.reason };
}

/** The SLI that every probe of a target is an observation of. */
export function availabilitySli(target: LbTarget): string {
  return `lb/${target.name}/availability`;
}

/** What one probe of an endpoint means. */
export function measureLb(
  target: LbTarget,
  snapshot: LbSnapshot,
  before: LbMemory = firstMemory(target),
  span: Span,
): Measurement<LbMemory> {
  const failure = firstFailure(snapshot);
  const { threshold } = target;
  const memory: LbMemory = {
    ...before,
    streak: extend(before.streak, failure === undefined, threshold),
    nameStreak: extend(before.nameStreak, snapshot.failure === undefined, threshold),
    addresses: foldAddresses(target, snapshot, before),
  };
  return {
    samples: samplesOf(snapshot, memory),
    increments: incrementsOf(snapshot, memory),
    observations: [observationOf(target, failure, span)],
    events: eventsOf(snapshot, before, memory, span),
    facts: factsOf(snapshot, memory),
    memory,
  };
}

/** A probe that could not be made says nothing of the endpoint. */
export function lbNotProbed(
  target: LbTarget,
  reason: string,
  _memory: LbMemory | undefined,
  { startedAt, endedAt }: Span,
): Partial<Measurement<LbMemory>> {
  const sli = availabilitySli(target);
  return { observations: [{ sli, outcome: 'unknown', at: startedAt, endedAt, reason }] };
}
