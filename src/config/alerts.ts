import { z } from 'zod';
import { duration, httpUrl, name } from './values.js';

const file = (what: string) =>
  z.string().min(1).max(4096).describe(`File with ${what}, on Alertmanager's machine.`);

const limits = z
  .strictObject({
    certificate: duration({ min: '1h', max: '365d' })
      .prefault('21d')
      .describe('Time before a certificate ends at which a ticket is opened.'),
    certificateUrgent: duration({ min: '1h', max: '365d' })
      .prefault('3d')
      .describe('Time before a certificate ends at which somebody is paged.'),
    slotRetainedBytes: z
      .int()
      .min(1)
      .prefault(10 * 1024 ** 3)
      .describe('Bytes of log that a replication slot may keep.'),
    regionSettles: duration({ min: '1s', max: '1h' })
      .prefault('2m')
      .describe('How long a region must be back before it ceases to silence what is in it.'),
    backupAge: duration({ min: '1h', max: '365d' })
      .optional()
      .describe(
        'Age that the newest backup may have; one and a half settings.backups.interval when absent, or 36h.',
      ),
  })
  .prefault({})
  .describe('From where on something is worth a ticket or a page.');

const drill = (kind: string, often: string) =>
  duration({ min: '1d', max: '3650d' })
    .prefault(often)
    .describe(`Longest time between two drills of the loss of ${kind}.`);

const drills = z
  .strictObject({
    pod: drill('an instance', '31d'),
    node: drill('a node', '92d'),
    zone: drill('a zone', '92d'),
    region: drill('a region', '366d'),
  })
  .prefault({})
  .describe('How often failures are to be exercised.');

const routingKeyFile = file('the integration key of a PagerDuty service (Events API v2)');

const pagerduty = z
  .strictObject({
    routingKeyFile,
    components: z
      .array(name)
      .min(1)
      .max(100)
      .optional()
      .describe('Components whose alerts go there; without it, those of all the others.'),
    url: httpUrl
      .optional()
      .describe("Address of the Events API; PagerDuty's own in the US when absent."),
  })
  .describe('A PagerDuty service.');

const webhook = (what: string) => ({
  url: httpUrl.describe(`Address that ${what} posted to.`),
  credentialsFile: file('a bearer token').optional(),
});

const alertmanager = z
  .strictObject({
    groupWait: duration({ min: '1s', max: '10m' })
      .prefault('30s')
      .describe('Time for alerts of one incident to gather before the page.'),
    groupInterval: duration({ min: '1s', max: '1h' })
      .prefault('1m')
      .describe('Time between two notifications of one incident, its end included.'),
    repeatInterval: duration({ min: '1m', max: '30d' })
      .prefault('4h')
      .describe('Time after which one that is not over is told again.'),
    pagerduty: z
      .array(pagerduty)
      .min(1)
      .max(50)
      .describe('Where pages go: the first that names the component, or else the one for all.'),
    tickets: z
      .strictObject({
        ...webhook('tickets are'),
        url: webhook('tickets are').url.optional(),
        routingKeyFile: routingKeyFile.optional(),
      })
      .optional()
      .describe('Where tickets go: a webhook, or a PagerDuty service of low urgency.'),
    heartbeat: z
      .strictObject({
        ...webhook('the heartbeat is'),
        interval: duration({ min: '10s', max: '1h' })
          .prefault('1m')
          .describe('Time between two of them.'),
      })
      .optional()
      .describe("A dead man's switch: it alarms when the alert that always fires stays away."),
  })
  .optional()
  .describe('What `sensei alertmanager generate` makes the configuration of.');

/** What rules and Alertmanager's configuration are made of. */
export const alertsBlock = z
  .strictObject({
    job: name
      .prefault('sensei')
      .describe('The job label under which Prometheus scrapes the exporters of this deployment.'),
    interval: duration({ min: '1s', max: '1m' })
      .prefault('15s')
      .describe('Time between two evaluations of what pages.'),
    grafana: httpUrl.optional().describe('Address of Grafana, for links to its dashboards.'),
    runbooks: httpUrl
      .optional()
      .describe('Where docs/runbooks is published, for links; a relative path when absent.'),
    disabled: z.array(name).max(100).prefault([]).describe('Names of alerts to leave out.'),
    limits,
    drills,
    alertmanager,
  })
  .prefault({})
  .describe('Prometheus rules and Alertmanager: nothing of it matters to the exporter itself.');
