import { defineMetrics } from './definition.js';

const place = ['target', 'component', 'region', 'zone'] as const;
const address = [...place, 'address'] as const;

/** What the probes of load-balancer endpoints say, by resolved address and by target. */
export const lbMetrics = defineMetrics({
  sensei_lb_up: {
    type: 'gauge',
    unit: 'none',
    labels: place,
    help: 'Whether the endpoint is up: 0 after `threshold` probes in a row in which an address (or the name) failed, 1 after the first in which every probed address succeeded; absent until either.',
  },
  sensei_lb_addresses_resolved: {
    type: 'gauge',
    unit: 'none',
    labels: place,
    help: 'Addresses that the name resolved to at the last probe, also those beyond `maxAddresses`; absent when it did not resolve.',
  },
  sensei_lb_addresses_probed: {
    type: 'gauge',
    unit: 'none',
    labels: place,
    help: 'Addresses that were probed at the last probe; absent when the name did not resolve.',
  },
  sensei_lb_addresses_healthy: {
    type: 'gauge',
    unit: 'none',
    labels: place,
    help: 'Probed addresses that gave the expected answer at the last probe; absent when the name did not resolve.',
  },
  sensei_lb_probes_total: {
    type: 'counter',
    unit: 'none',
    labels: place,
    help: 'Probes of single addresses; a resolution that failed counts as one.',
  },
  sensei_lb_probe_failures_total: {
    type: 'counter',
    unit: 'none',
    labels: [...place, 'reason'],
    help: 'Probes of single addresses that failed, by reason: dns, connect, tls, timeout, status, body, redirect or too_large.',
  },
  sensei_lb_address_up: {
    type: 'gauge',
    unit: 'none',
    labels: address,
    help: 'Whether this address is up: 0 after `threshold` failed probes in a row, 1 after the first that succeeded; absent until either.',
  },
  sensei_lb_probe_success: {
    type: 'gauge',
    unit: 'none',
    labels: address,
    help: 'Whether the last probe of this address got the expected answer (1) or failed (0).',
  },
  sensei_lb_probe_duration_seconds: {
    type: 'gauge',
    unit: 'seconds',
    labels: address,
    help: 'How long the last probe of this address took, name resolution included, successful or not.',
  },
  sensei_lb_probe_phase_seconds: {
    type: 'gauge',
    unit: 'seconds',
    labels: [...address, 'phase'],
    help: 'Time of the last probe by phase (resolve, connect, tls, processing, transfer), summed over its redirects; a phase that was not ended is absent.',
  },
  sensei_lb_http_status_code: {
    type: 'gauge',
    unit: 'none',
    labels: address,
    help: 'Status code of the last answer, after redirects; absent when there was none.',
  },
  sensei_lb_http_redirects: {
    type: 'gauge',
    unit: 'none',
    labels: address,
    help: 'Redirects that the last probe followed; absent when there was no answer.',
  },
  sensei_lb_http_body_bytes: {
    type: 'gauge',
    unit: 'bytes',
    labels: address,
    help: 'Size of the last body, as transferred; absent when it was not read to its end.',
  },
  sensei_lb_tls_verified: {
    type: 'gauge',
    unit: 'none',
    labels: address,
    help: 'Whether the certificate chain, its dates and its name were verified (1) or not (0); absent without TLS.',
  },
  sensei_lb_tls_certificate_not_after_timestamp_seconds: {
    type: 'gauge',
    unit: 'timestamp',
    labels: address,
    help: 'Unix time at which the endpoint certificate ends, also when it could not be verified.',
  },
  sensei_lb_tls_chain_not_after_timestamp_seconds: {
    type: 'gauge',
    unit: 'timestamp',
    labels: address,
    help: 'Unix time at which the first certificate of the chain ends, also when it could not be verified.',
  },
  sensei_lb_tls_info: {
    type: 'gauge',
    unit: 'none',
    labels: [...address, 'version'],
    help: 'The TLS version that was agreed on; always 1.',
  },
});
