import { dashboards } from '../alerts/rule.js';
import type { DashboardSpec, Section } from './dashboard.js';
import { failureTable } from './failures.js';
import { certificateEnds, noneIsGood } from './limits.js';
import { asking } from './selector.js';
import { bars, stat } from './stat.js';
import { table } from './table.js';
import { lines, states } from './time.js';
import { upDown, yesNo } from './words.js';

const { most, least, rate, increase } = asking('region', 'component');
const endpoint = ['target', 'region', 'zone'] as const;
const byAddress = [...endpoint, 'address'] as const;

const probes = rate('sensei_lb_probes_total', ['target']);
const failed = rate('sensei_lb_probe_failures_total', ['target']);

const serving: Section = {
  title: 'Serving',
  panels: [
    stat({
      title: 'Endpoints down',
      description:
        'Endpoints that failed often enough in a row that routing leaves them out. The timeline names them.',
      width: 6,
      queries: [{ expr: `sum(1 - ${least('sensei_lb_up', endpoint)})` }],
      limits: noneIsGood,
      none: 'Unknown',
    }),
    stat({
      title: 'Probes that succeed',
      unit: 'percentunit',
      description:
        'Of the endpoint at which fewest do: share of the probes of its addresses, over the last interval.',
      width: 6,
      named: true,
      decimals: 2,
      queries: [
        {
          expr: `bottomk(1, 1 - (${failed} or 0 * ${probes})\n/ on (target) (${probes} > 0))`,
          legend: '{{target}}',
        },
      ],
      limits: ['bad', [0.99, 'doubtful'], [0.999, 'good']],
      none: 'Unknown',
    }),
    states({
      title: 'Routing by region',
      description:
        'Whether any endpoint of the region is up, by the threshold that routing goes by. When not, nothing should be sent there.',
      width: 12,
      height: 4,
      words: upDown,
      queries: [{ expr: most('sensei_region_routing_healthy', ['region']), legend: '{{region}}' }],
    }),
    states({
      title: 'Endpoints',
      description:
        'Up or down of each endpoint, by the worse of the vantage points. One zone down alone is a zone; all of a region is the region.',
      width: 14,
      height: 9,
      words: upDown,
      queries: [{ expr: least('sensei_lb_up', ['target']), legend: '{{target}}' }],
    }),
    table({
      title: 'Addresses by endpoint',
      description:
        'Addresses that the name has, that are probed and that answered rightly at the last probe.',
      width: 10,
      height: 9,
      rows: { target: 'Endpoint', region: 'Region', zone: 'Zone' },
      widths: { Endpoint: 170 },
      columns: [
        { name: 'Resolved', expr: least('sensei_lb_addresses_resolved', endpoint) },
        { name: 'Probed', expr: least('sensei_lb_addresses_probed', endpoint) },
        {
          name: 'Healthy',
          expr: least('sensei_lb_addresses_healthy', endpoint),
          limits: ['bad', [1, 'good']],
        },
      ],
    }),
  ],
};

const latency: Section = {
  title: 'Latency',
  panels: [
    lines({
      title: 'Latency by endpoint',
      description:
        'How long the slowest address of each endpoint took at the last probe, name resolution included.',
      width: 12,
      min: 0,
      queries: [
        {
          expr: most('sensei_lb_probe_duration_seconds', ['target']),
          legend: '{{target}}',
        },
      ],
    }),
    lines({
      title: 'Latency by phase',
      description:
        'Where the time goes, as the worst of the endpoints: resolve is DNS, connect is the network, processing is the service.',
      width: 12,
      min: 0,
      queries: [{ expr: most('sensei_lb_probe_phase_seconds', ['phase']), legend: '{{phase}}' }],
      colors: {
        resolve: 'second',
        connect: 'third',
        tls: 'fourth',
        processing: 'first',
        transfer: 'fifth',
      },
    }),
  ],
};

const failures: Section = {
  title: 'Failures',
  panels: [
    lines({
      title: 'Failed probes by endpoint',
      description:
        'Failures of probes of single addresses, a second. The table beside tells the reasons.',
      width: 12,
      unit: 'ops',
      min: 0,
      queries: [{ expr: failed, legend: '{{target}}' }],
    }),
    failureTable({
      title: 'Failed probes by reason',
      description:
        'In the time that is shown. Connect and timeout point at the network or a dead instance, status and body at the service, tls at certificates.',
      width: 12,
      rows: { target: 'Endpoint', reason: 'Reason' },
      none: 'Unknown',
      expr: increase('sensei_lb_probe_failures_total', ['target', 'reason']),
    }),
    table({
      title: 'Addresses',
      description:
        'The last probe of each address. One bad address behind a good name fails some of the clients.',
      width: 24,
      height: 9,
      rows: { target: 'Endpoint', region: 'Region', zone: 'Zone', address: 'Address' },
      columns: [
        { name: 'State', expr: least('sensei_lb_address_up', byAddress), words: upDown },
        {
          name: 'Last probe',
          expr: least('sensei_lb_probe_success', byAddress),
          words: { 1: ['Good', 'good'], 0: ['Failed', 'bad'] },
        },
        {
          name: 'Status code',
          expr: most('sensei_lb_http_status_code', byAddress),
          unit: 'none',
          limits: ['unknown', [200, 'good'], [400, 'doubtful'], [500, 'bad']],
        },
        { name: 'Redirects', expr: most('sensei_lb_http_redirects', byAddress) },
        { name: 'Body', expr: most('sensei_lb_http_body_bytes', byAddress) },
        { name: 'Took', expr: most('sensei_lb_probe_duration_seconds', byAddress) },
      ],
      sort: ['State', 'lowest'],
    }),
  ],
};

const untilEnd = `${least('sensei_lb_tls_chain_not_after_timestamp_seconds', endpoint)} - time()`;

const certificates: Section = {
  title: 'TLS',
  panels: [
    bars({
      title: 'Certificates end in',
      description:
        'Time until the first certificate of the chain ends. Below three weeks whatever renews it has not done so.',
      width: 10,
      height: 5,
      min: 0,
      none: 'No endpoint with TLS is known',
      queries: [{ expr: `sort(bottomk(15, ${untilEnd}))`, legend: '{{target}}' }],
      limits: certificateEnds,
    }),
    table({
      title: 'Certificates and TLS versions',
      description:
        'Whether chain, dates and name were verified, and which version of TLS was agreed on.',
      width: 14,
      height: 5,
      none: 'No endpoint with TLS is known',
      rows: {
        target: 'Endpoint',
        region: 'Region',
        zone: 'Zone',
        address: 'Address',
        version: 'Version',
      },
      columns: [
        { name: 'Info', expr: most('sensei_lb_tls_info', [...byAddress, 'version']), hidden: true },
        { name: 'Verified', expr: least('sensei_lb_tls_verified', byAddress), words: yesNo },
        {
          name: 'Own one ends in',
          expr: `${least('sensei_lb_tls_certificate_not_after_timestamp_seconds', byAddress)} - time()`,
        },
      ],
    }),
  ],
};

export const endpoints: DashboardSpec = {
  uid: dashboards.endpoints,
  title: 'Sensei: Load balancer',
  description: 'What clients meet at the load balancers: answers, latency, failures, certificates.',
  variables: ['region', 'component'],
  sections: [serving, latency, failures, certificates],
};
