import type { TargetState } from '../runner/state-book.js';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}

const links = [
  ['/metrics', 'metrics for Prometheus'],
  ['/api/v1/state', 'what the exporter believes, with instant and source (JSON)'],
  ['/api/v1/slos', 'burn rates and error budgets (JSON)'],
  ['/api/v1/incidents', 'outages, with brackets and evidence (JSON)'],
  ['/api/v1/regions', 'whether whole regions are up, suspected or down (JSON)'],
  ['/api/v1/compliance', 'verdicts against the tiers, and RPO exposure (JSON)'],
  ['/-/healthy', 'is the process alive?'],
  ['/-/ready', 'has every target been collected once?'],
] as const;

function finding({ status, lastFailure }: TargetState): string {
  if (status === 'failed' && lastFailure !== null)
    return `${lastFailure.reason}: ${lastFailure.message}`;
  return status === 'pending' ? 'not collected yet' : '';
}

function row(state: TargetState): string {
  const cells = [
    state.id,
    state.component,
    state.region,
    state.zone,
    state.status,
    state.lastSuccessAt ?? 'never',
    finding(state),
  ];
  return `<tr class="${state.status}">${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`;
}

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 2rem auto; max-width: 72rem; padding: 0 1rem }
.table { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .35rem .7rem; border-bottom: 1px solid #8886; white-space: nowrap }
td:last-child { white-space: normal }
.failed td:nth-child(5) { font-weight: 700; color: #c2410c }
.failed td:nth-child(5)::before { content: "\\2716\\00a0" }
.ok td:nth-child(5)::before { content: "\\2714\\00a0" }`;

/** The page at `/`: links, and every target with its last result. Needs no script. */
export function landingPage(
  deployment: string,
  version: string,
  targets: readonly TargetState[],
): string {
  const headings = [
    'Target',
    'Component',
    'Region',
    'Zone',
    'Collection',
    'Last success',
    'Finding',
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>sensei: ${escapeHtml(deployment)}</title><style>${style}</style></head>
<body><h1>${escapeHtml(deployment)}</h1>
<p>sensei exporter ${escapeHtml(version)}. Probes run on their own timers; this page and <code>/metrics</code> show what they found.</p>
<ul>${links.map(([path, text]) => `<li><a href="${path}">${path}</a>: ${text}</li>`).join('')}</ul>
<div class="table"><table><thead><tr>${headings.map((heading) => `<th scope="col">${heading}</th>`).join('')}</tr></thead>
<tbody>${targets.map(row).join('\n')}</tbody></table></div>
</body></html>
`;
}
