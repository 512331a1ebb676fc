import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import { dataSource } from './query.js';
import { selected } from './selector.js';

/** Choices beside those that every dashboard has. */
export type VariableName = 'region' | 'component' | 'slo';

/** Nothing is chosen beforehand: Grafana takes All where there is one, and else the first. */
const unchosen = { text: '', value: '' };

function queried(name: string, label: string, query: string): QueryVariableBuilder {
  return (
    new QueryVariableBuilder(name)
      .label(label)
      .datasource(dataSource)
      .query({ query, refId: name })
      .refresh(VariableRefresh.OnTimeRangeChanged)
      // oxlint-disable-next-line unicorn/no-array-sort -- a builder, not an array
      .sort(VariableSort.AlphabeticalAsc)
      .current(unchosen)
  );
}

/** Follows the deployment: All is what Prometheus knows of it, not whatever there is. */
function followsDeployment(name: 'job' | 'instance', label: string): QueryVariableBuilder {
  return queried(
    name,
    label,
    `label_values(sensei_deployment_info{deployment=~"$deployment"}, ${name})`,
  )
    .hide(VariableHide.HideVariable)
    .multi(true)
    .includeAll(true);
}

/** Also matches what has no such label. */
function choice(name: 'region' | 'component', label: string): QueryVariableBuilder {
  return queried(name, label, `label_values(${selected('sensei_slo_info')}, ${name})`)
    .multi(true)
    .includeAll(true)
    .allValue('.*');
}

const makers: Readonly<Record<VariableName, () => Builder<VariableModel>>> = {
  region: () => choice('region', 'Region'),
  component: () => choice('component', 'Component'),
  slo: () =>
    queried('slo', 'SLO', `label_values(${selected('sensei_slo_info')}, slo)`).multi(false),
};

export function variablesOf(names: readonly VariableName[]): Builder<VariableModel>[] {
  return [
    new DatasourceVariableBuilder('datasource')
      .label('Data source')
      .type('prometheus')
      .current(unchosen),
    queried('deployment', 'Deployment', 'label_values(sensei_deployment_info, deployment)').multi(
      false,
    ),
    followsDeployment('job', 'Job'),
    followsDeployment('instance', 'Instance'),
    ...names.map((name) => makers[name]()),
  ];
}
