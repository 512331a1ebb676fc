import { dashboards } from '../alerts/rule.js';
import { drillDown } from './panel.js';

/** From a table to the detail of the SLO that the row is of; its column is headed `SLO`. */
export const toSlo = drillDown('Show the SLO', dashboards.slo, '&var-slo=${__data.fields["SLO"]}');

/** From a line or a bar that is of an SLO. */
export const seriesToSlo = drillDown(
  'Show the SLO',
  dashboards.slo,
  '&var-slo=${__field.labels.slo}',
);
