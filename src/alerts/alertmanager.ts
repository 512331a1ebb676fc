import type { Config } from '../config/schema.js';
import { muteTimesOf, type MuteTime, type Unmuted } from './mute-times.js';
import { anyOf, promDuration } from './promql.js';
import { outageAlerts } from './rule.js';

type Settings = NonNullable<Config['alerts']['alertmanager']>;
type Service = Settings['pagerduty'][number];

interface Route {
  readonly receiver: string;
  readonly matchers?: readonly string[];
  readonly group_by?: readonly string[];
  readonly group_wait?: string;
  readonly group_interval?: string;
  readonly repeat_interval?: string;
  readonly mute_time_intervals?: readonly string[];
  readonly routes?: readonly Route[];
}

interface InhibitRule {
  readonly source_matchers: readonly string[];
  readonly target_matchers: readonly string[];
  readonly equal: readonly string[];
}

export interface AlertmanagerConfig {
  readonly route: Route;
  readonly inhibit_rules: readonly InhibitRule[];
  readonly time_intervals?: readonly Omit<MuteTime, 'components'>[];
  readonly receivers: readonly object[];
}

/** What one page is about. A region that is lost is a component of its own. */
const incidentLabels = ['deployment', 'region', 'component'];

/** A matcher: strings as Go and JSON both write them. */
function is(label: string, value: string): string {
  return `${label}=${JSON.stringify(value)}`;
}

function isAny(label: string, values: readonly string[]): string {
  return `${label}=~${JSON.stringify(anyOf(values))}`;
}

/** The alerts of a notification, those that still fire first. */
const alerts = '(or .Alerts.Firing .Alerts.Resolved)';
const ofFirst = (annotation: string) =>
  `{{ with index ${alerts} 0 }}{{ .Annotations.${annotation} }}{{ end }}`;
const everySummary =
  '{{ range .Alerts.Firing }}{{ .Annotations.summary }}\n{{ end }}{{ range .Alerts.Resolved }}over: {{ .Annotations.summary }}\n{{ end }}';
const headline = `${ofFirst('summary')}{{ if gt (len .Alerts) 1 }} (1 of {{ len .Alerts }} alerts){{ end }}`;

function linksOf({ grafana, runbooks }: Config['alerts']): object {
  const links = [
    ...(runbooks === undefined ? [] : [{ href: ofFirst('runbook_url'), text: 'Runbook' }]),
    ...(grafana === undefined ? [] : [{ href: ofFirst('dashboard_url'), text: 'Dashboard' }]),
  ];
  return links.length === 0 ? {} : { links };
}

function pagerdutyConfig(
  { routingKeyFile, url }: Pick<Service, 'routingKeyFile' | 'url'>,
  settings: Config['alerts'],
): object {
  return {
    routing_key_file: routingKeyFile,
    ...(url !== undefined && { url }),
    send_resolved: true,
    client: 'Alertmanager',
    client_url: '{{ .ExternalURL }}',
    severity: '{{ if eq .CommonLabels.severity "page" }}critical{{ else }}warning{{ end }}',
    description: headline,
    class: '{{ .CommonLabels.alertname }}',
    component: '{{ .CommonLabels.component }}',
    group: '{{ .CommonLabels.deployment }}{{ with .CommonLabels.region }}/{{ . }}{{ end }}',
    ...linksOf(settings),
    details: {
      what: everySummary,
      meaning: ofFirst('description'),
      runbook: ofFirst('runbook_url'),
      deployment: '{{ .CommonLabels.deployment }}',
      tier: '{{ .CommonLabels.tier }}',
      region: '{{ .CommonLabels.region }}',
      component: '{{ .CommonLabels.component }}',
    },
  };
}

function webhookConfig({
  url,
  credentialsFile,
}: {
  readonly url: string;
  readonly credentialsFile?: string | undefined;
}): object {
  return {
    url,
    ...(credentialsFile !== undefined && {
      http_config: { authorization: { credentials_file: credentialsFile } },
    }),
  };
}

function ticketReceiver({ tickets }: Settings, settings: Config['alerts']): object {
  const name = ticketsName;
  if (tickets?.routingKeyFile !== undefined) {
    const { routingKeyFile } = tickets;
    return {
      name,
      pagerduty_configs: [pagerdutyConfig({ routingKeyFile, url: undefined }, settings)],
    };
  }
  if (tickets?.url === undefined) return { name };
  const { url, credentialsFile } = tickets;
  return {
    name,
    webhook_configs: [{ ...webhookConfig({ url, credentialsFile }), send_resolved: true }],
  };
}

const pagesName = 'pages';
const ticketsName = 'tickets';
const heartbeatName = 'heartbeat';

function receiverName({ components }: Service): string {
  return components === undefined
    ? pagesName
    : `${pagesName}-${components.join('-')}`.slice(0, 100);
}

function receiversOf(given: Settings, settings: Config['alerts']): object[] {
  const { pagerduty, heartbeat } = given;
  return [
    ...pagerduty.map((service) => ({
      name: receiverName(service),
      pagerduty_configs: [pagerdutyConfig(service, settings)],
    })),
    ticketReceiver(given, settings),
    {
      name: heartbeatName,
      ...(heartbeat !== undefined && {
        webhook_configs: [{ ...webhookConfig(heartbeat), send_resolved: false }],
      }),
    },
  ];
}

function mutedBy(muted: readonly MuteTime[]): Pick<Route, 'mute_time_intervals'> {
  return muted.length === 0 ? {} : { mute_time_intervals: muted.map(({ name }) => name) };
}

/** Components that maintenance of the platform says nothing of. */
const neverMuted = ['exporter', 'compliance'];

/** The routes below one: those that windows for some components mute, and what is never muted. */
function mutedRoutes(
  receiverOf: (component: string) => string,
  muted: readonly MuteTime[],
): Route[] {
  if (muted.length === 0) return [];
  const scoped = [...new Set(muted.flatMap(({ components }) => components ?? []))].toSorted();
  const exempt = neverMuted.filter((component) => !scoped.includes(component));
  return [
    ...exempt.map((component) => ({
      receiver: receiverOf(component),
      matchers: [is('component', component)],
    })),
    ...scoped.map((component) => ({
      receiver: receiverOf(component),
      matchers: [is('component', component)],
      ...mutedBy(
        muted.filter(
          ({ components }) => components === undefined || components.includes(component),
        ),
      ),
    })),
  ];
}

function pageRoute(given: Settings, muted: readonly MuteTime[]): Route {
  const { pagerduty, groupWait, groupInterval, repeatInterval } = given;
  const forAll = muted.filter(({ components }) => components === undefined);
  const serviceOf = (component: string) =>
    receiverName(
      pagerduty.find(({ components }) => components?.includes(component)) ??
        pagerduty.find(({ components }) => components === undefined)!,
    );
  return {
    receiver: pagesName,
    matchers: [is('severity', 'page')],
    group_by: incidentLabels,
    group_wait: promDuration(groupWait),
    group_interval: promDuration(groupInterval),
    repeat_interval: promDuration(repeatInterval),
    ...mutedBy(forAll),
    routes: [
      ...mutedRoutes(serviceOf, muted),
      ...pagerduty.flatMap((service) =>
        service.components === undefined
          ? []
          : [
              {
                receiver: receiverName(service),
                matchers: [isAny('component', service.components)],
                ...mutedBy(forAll),
              },
            ],
      ),
    ],
  };
}

const ticketTimes = { group_wait: '1m', group_interval: '5m', repeat_interval: '1d' };

function ticketRoute(muted: readonly MuteTime[]): Route {
  return {
    receiver: ticketsName,
    matchers: [is('severity', 'ticket')],
    group_by: [...incidentLabels, 'alertname'],
    ...ticketTimes,
    ...mutedBy(muted.filter(({ components }) => components === undefined)),
    routes: mutedRoutes(() => ticketsName, muted),
  };
}

const watchdog = 'SenseiWatchdog';
const defaultHeartbeatMs = 60_000;

/** Alertmanager looks once a group_interval whether to repeat: a shorter repeat_interval is never missed. */
function heartbeatRoute({ heartbeat }: Settings): Route {
  const intervalMs = heartbeat?.interval ?? defaultHeartbeatMs;
  return {
    receiver: heartbeatName,
    matchers: [is('alertname', watchdog)],
    group_by: ['deployment'],
    group_wait: '0s',
    group_interval: promDuration(intervalMs),
    repeat_interval: promDuration(intervalMs * 0.8),
  };
}

/** Two writers, or commits that are gone: worse than the loss of a region, and likeliest just then. */
const neverSilenced = 'alertname!~"SenseiSplitBrain|SenseiCommitsLost"';

/** What a cause silences. A label that both lack counts as equal, so both sides must be known to have it. */
const inhibitRules: readonly InhibitRule[] = [
  // A region that is down says all that there is to say of what is in it, and of what leads to it.
  {
    source_matchers: [is('alertname', 'SenseiRegionDown')],
    target_matchers: ['region!=""', 'component!="region"', neverSilenced],
    equal: ['deployment', 'region'],
  },
  {
    source_matchers: [is('alertname', 'SenseiRegionDown')],
    target_matchers: [is('scope', 'cross-region'), neverSilenced],
    equal: ['deployment'],
  },
  // Without its source a copy lags: no news while the source is lost.
  {
    source_matchers: [
      isAny('alertname', [...outageAlerts, 'SenseiPostgresqlNoLeader', 'SenseiSentinelNoQuorum']),
    ],
    target_matchers: [is('about', 'replication')],
    equal: ['deployment', 'component'],
  },
  // A zone that is lost takes its instances with it.
  {
    source_matchers: [is('alertname', 'SenseiZoneLost')],
    target_matchers: [is('about', 'capacity')],
    equal: ['deployment', 'region'],
  },
  // Who sees nothing cannot tell what is wrong.
  {
    source_matchers: [isAny('alertname', ['SenseiExporterDown', 'SenseiExporterAbsent'])],
    target_matchers: [is('about', 'unknown')],
    equal: ['deployment'],
  },
  // The graver of two alerts on the same thing.
  {
    source_matchers: [is('alertname', 'SenseiRecoveryTargetBreached')],
    target_matchers: [is('alertname', 'SenseiOutageHalfOfRecoveryTarget')],
    equal: ['deployment', 'slo'],
  },
  {
    source_matchers: [is('alertname', 'SenseiErrorBudgetBurnFast')],
    target_matchers: [is('alertname', 'SenseiErrorBudgetBurnSlow')],
    equal: ['deployment', 'slo'],
  },
  {
    source_matchers: [isAny('alertname', ['SenseiRpoBreached', 'SenseiRpoUnknown'])],
    target_matchers: [is('alertname', 'SenseiRpoHalfOfTarget')],
    equal: ['deployment', 'dataset'],
  },
  {
    source_matchers: [is('alertname', 'SenseiCertificateExpiresSoon')],
    target_matchers: [is('alertname', 'SenseiCertificateExpiring')],
    equal: ['deployment', 'target'],
  },
  // A drill that failed breaks the promise that it was made for.
  {
    source_matchers: [is('alertname', 'SenseiDrillFailed')],
    target_matchers: [is('alertname', 'SenseiVerdictBreached'), is('objective', 'rto')],
    equal: ['deployment', 'disruption'],
  },
  // That one is to be made says it all.
  {
    source_matchers: [is('alertname', 'SenseiDrillOverdue')],
    target_matchers: [is('alertname', 'SenseiDrillInconclusive')],
    equal: ['deployment', 'scenario'],
  },
];

/**
 * Alertmanager's configuration of a deployment (0.25 and later), and the maintenance windows that it
 * cannot express. Undefined where the configuration has no `alerts.alertmanager`.
 */
export function alertmanagerConfig({
  alerts: settings,
  slo: { maintenance },
}: Pick<Config, 'alerts' | 'slo'>):
  { readonly config: AlertmanagerConfig; readonly unmuted: readonly Unmuted[] } | undefined {
  const given = settings.alertmanager;
  if (given === undefined) return undefined;
  const { muted, unmuted } = muteTimesOf(maintenance);
  const config: AlertmanagerConfig = {
    route: {
      receiver: given.tickets === undefined ? pagesName : ticketsName,
      group_by: incidentLabels,
      ...ticketTimes,
      routes: [heartbeatRoute(given), pageRoute(given, muted), ticketRoute(muted)],
    },
    inhibit_rules: inhibitRules,
    ...(muted.length > 0 && {
      time_intervals: muted.map(({ name, time_intervals }) => ({ name, time_intervals })),
    }),
    receivers: receiversOf(given, settings),
  };
  return { config, unmuted };
}
