/** Why the probe of one address failed. A bounded set: it is a label. */
export const lbReasons = [
  'dns',
  'connect',
  'tls',
  'timeout',
  'status',
  'body',
  'redirect',
  'too_large',
] as const;
export type LbReason = (typeof lbReasons)[number];

/** As blackbox_exporter's `probe_http_duration_seconds{phase}` has them. */
export const phases = ['resolve', 'connect', 'tls', 'processing', 'transfer'] as const;
export type Phase = (typeof phases)[number];

/** Milliseconds by phase, summed over redirects; NaN where a phase was not ended. */
export type PhaseTimes = Record<Phase, number>;

/** What a TLS server showed of itself, verified or not. */
export interface TlsPeer {
  readonly verified: boolean;
  /** OpenSSL's or Node's code for what is wrong; undefined when verified. */
  readonly fault: string | undefined;
  readonly version: string;
  /** Unix milliseconds; NaN when the server showed no certificate. */
  readonly leafNotAfterMs: number;
  readonly chainNotAfterMs: number;
}

export interface Failure {
  readonly reason: LbReason;
  /** One sentence; never holds a credential. */
  readonly message: string;
}

/** What the probe of one address came to. */
export interface AddressResult {
  readonly address: string;
  /** Undefined when the answer was the expected one. */
  readonly failure: Failure | undefined;
  readonly durationMs: number;
  readonly phases: PhaseTimes;
  /** Of the last answer; undefined when there was none. */
  readonly status: number | undefined;
  readonly redirects: number;
  /** Undefined when the body was not read to its end. */
  readonly bodyBytes: number | undefined;
  readonly tls: TlsPeer | undefined;
}

/** One probe of an endpoint: of its name, and of every address behind it. */
export interface LbSnapshot {
  /** Addresses that the name has; undefined when it did not resolve. */
  readonly resolved: number | undefined;
  /** Why the name did not resolve. */
  readonly failure: Failure | undefined;
  readonly addresses: readonly AddressResult[];
}
