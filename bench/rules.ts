import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { infoName, ratioName, slothIdentity } from '../src/alerts/recording-rules.js';
import type { RecordingRule, Rule, RuleGroup } from '../src/alerts/rule.js';
import { ruleGroups } from '../src/alerts/rules.js';
import { alertPlanOf } from '../src/deployment/alert-plan.js';
import { loadDeployment } from '../src/deployment/load.js';
import { startProgram, stop } from './child.js';
import { remoteWrite } from './remote-write.js';
import { rowOf, type Row } from './row.js';

const slos = 100;
const day = 86_400_000;
const historyMs = 30 * day;
const scrapeMs = 15_000;
const stepMs = 300_000;
const url = 'http://127.0.0.1:19090';
/** All groups are evaluated this often while they are measured; what they cost is told for their own interval. */
const roundSeconds = 30;
const rounds = 3;
const samplesOfRequest = 480;

const configuration = {
  deployment: 'bench',
  collectors: {
    lb: Array.from({ length: slos }, (_, index) => ({
      name: `app-${index}`,
      url: `http://127.0.0.1:1/${index}`,
      component: `app-${index}`,
      interval: '1s',
      timeout: '900ms',
    })),
  },
};

const seconds = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

function secondsOf(duration: string): number {
  return Number(duration.slice(0, -1)) * seconds[duration.slice(-1) as keyof typeof seconds];
}

/** The same ratio straight from the counters, whatever the window. */
function naiveRatio(rule: RecordingRule, window: string): RecordingRule {
  const counted = (name: string) => `sum by (slo) (rate(${name}{job="sensei"}[${window}]))`;
  const ids = slothIdentity.join(', ');
  return {
    ...rule,
    expr: `sum by (${ids}) (${counted('sensei_slo_bad_slices_total')} / (${counted('sensei_slo_valid_slices_total')} > 0) * on (slo) group_left (${ids}) ${infoName}{deployment="bench", sloth_id!=""})`,
  };
}

function naive(groups: readonly RuleGroup[]): RuleGroup[] {
  return groups
    .filter(({ name }) => !name.endsWith('increases'))
    .map((group) => ({
      ...group,
      rules: group.rules.flatMap((rule): Rule[] => {
        if (!('record' in rule)) return [rule];
        // Its alerts weigh nothing: it has no increases to tell the coverage from.
        if (rule.record.startsWith('slo:sensei_slo_coverage')) return [];
        const window = rule.labels?.['sloth_window'];
        return [window === undefined ? rule : naiveRatio(rule, window)];
      }),
    }));
}

/** Rules that reckon with SLOs: those of other alerts are the same for both. */
function ofSlos(groups: readonly RuleGroup[]): RuleGroup[] {
  return groups.filter(({ name }) => /-slo-|error-budgets$/.test(name));
}

function samplesFrom(
  fromMs: number,
  step: number,
  count: number,
  valueAt: (atMs: number) => number,
) {
  return Array.from({ length: count }, (_, index) => {
    const atMs = fromMs + index * step;
    return [atMs, valueAt(atMs)] as const;
  });
}

/** A probe a second of which one in 2,000 fails, for 30 days: counters, and their recorded increases. */
async function fill(startMs: number, endMs: number, names: readonly string[]): Promise<void> {
  const grown = (atMs: number) => (atMs - startMs) / 1000;
  const requestMs = samplesOfRequest * scrapeMs;
  for (let fromMs = startMs; fromMs < endMs; fromMs += requestMs) {
    const scrapes = Math.min(samplesOfRequest, Math.ceil((endMs - fromMs) / scrapeMs));
    const steps = Math.floor((scrapes * scrapeMs) / stepMs);
    await remoteWrite(
      url,
      names.flatMap((slo) => {
        const counter = { job: 'sensei', instance: 'bench', slo };
        const recorded = {
          sloth_id: `bench-${slo}`,
          sloth_service: 'bench',
          sloth_slo: slo,
        };
        const made = [
          ['valid', (atMs: number) => grown(atMs), stepMs / 1000],
          ['bad', (atMs: number) => Math.floor(grown(atMs) / 2000), stepMs / 2_000_000],
        ] as const;
        return made.flatMap(([kind, valueAt, increase]) => [
          {
            labels: { __name__: `sensei_slo_${kind}_slices_total`, ...counter },
            samples: samplesFrom(fromMs, scrapeMs, scrapes, valueAt),
          },
          {
            labels: { __name__: `slo:sensei_slo_${kind}_slices:increase5m`, ...recorded },
            samples: samplesFrom(fromMs, stepMs, steps, () => increase),
          },
        ]);
      }),
    );
  }
}

async function gauges(name: string): Promise<Map<string, number>> {
  const page = await (await fetch(`${url}/metrics`)).text();
  const found = page.matchAll(new RegExp(`^${name}\\{rule_group="[^"]*;([^"]*)"\\} (\\S+)$`, 'gm'));
  return new Map([...found].map(([, group = '', value]) => [group, Number(value)]));
}

/** What every group costs, in milliseconds an evaluation: the mean of some rounds. */
async function costs(
  rules: string,
  groups: readonly RuleGroup[],
  pid: number,
): Promise<Map<string, number>> {
  const hurried = groups.map((group) => ({ ...group, interval: `${roundSeconds}s` }));
  writeFileSync(rules, stringify({ groups: hurried }));
  process.kill(pid, 'SIGHUP');
  await sleep(2 * roundSeconds * 1000);
  const sums = new Map<string, number>();
  for (let round = 0; round < rounds; round += 1) {
    await sleep(roundSeconds * 1000);
    for (const [group, value] of await gauges('prometheus_rule_group_last_duration_seconds'))
      sums.set(group, (sums.get(group) ?? 0) + (value * 1000) / rounds);
  }
  return sums;
}

function total(
  groups: readonly RuleGroup[],
  cost: ReadonlyMap<string, number>,
  everySeconds?: number,
) {
  return groups.reduce((sum, { name, interval }) => {
    const evaluations = 60 / (everySeconds ?? secondsOf(interval));
    return sum + (cost.get(name) ?? NaN) * evaluations;
  }, 0);
}

async function isReady(): Promise<boolean> {
  try {
    return (await fetch(`${url}/-/ready`)).ok;
  } catch {
    return false;
  }
}

async function burnOf(window: string): Promise<number> {
  const query = encodeURIComponent(`count(slo:sli_error:ratio_rate${window})`);
  const { data } = (await (await fetch(`${url}/api/v1/query?query=${query}`)).json()) as {
    data: { result: { value: [number, string] }[] };
  };
  return Number(data.result[0]?.value[1] ?? 0);
}

/** Prometheus' work for the rules of 100 SLOs, beside the same rules from ranges of 30 days. */
export async function benchRules(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sensei-bench-rules-'));
  const [configFile, rules] = [join(folder, 'sensei.yaml'), join(folder, 'rules.yaml')];
  writeFileSync(configFile, stringify(configuration));
  writeFileSync(join(folder, 'prometheus.yml'), stringify({ rule_files: [rules] }));
  writeFileSync(rules, stringify({ groups: [] }));
  const loaded = await loadDeployment(configFile);
  if (!loaded.ok) throw new Error(loaded.faults.map(({ message }) => message).join('\n'));
  const groups = ofSlos(ruleGroups(alertPlanOf(loaded.config, loaded.slos, '0')));
  const prometheus = startProgram('prometheus', [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    '--storage.tsdb.retention.time=90d',
    // Nothing is compacted meanwhile.
    '--storage.tsdb.min-block-duration=60d',
    '--storage.tsdb.max-block-duration=60d',
    '--web.enable-remote-write-receiver',
    '--web.listen-address=127.0.0.1:19090',
    '--query.max-samples=200000000',
  ]);
  try {
    for (let tries = 0; !(await isReady()); tries += 1) {
      if (tries > 100) throw new Error('prometheus does not start');
      await sleep(200);
    }
    const endMs = Date.now();
    process.stderr.write(`  filling 30 days of ${slos} SLOs ...\n`);
    const startMs = Math.floor((endMs - historyMs) / stepMs) * stepMs;
    await fill(
      startMs,
      endMs,
      loaded.slos.map(({ name }) => name),
    );
    const pid = prometheus.pid!;
    const ours = await costs(rules, groups, pid);
    const seen = await burnOf('30d');
    const theirs = await costs(rules, naive(groups), pid);
    if (seen !== slos || (await burnOf('30d')) !== slos)
      throw new Error(`expected ${ratioName(historyMs)} of ${slos} SLOs; found ${seen}`);
    const cost = total(groups, ours);
    const sameIntervals = total(naive(groups), theirs);
    const everyMinute = total(naive(groups), theirs, 60);
    const row = (name: string, peer: number) =>
      rowOf({
        name,
        unit: 'ms a minute',
        ours: cost,
        peer,
        aim: '<= 0.1 of naive',
        isMet: cost <= peer / 10,
      });
    return [
      row('rules of 100 SLOs against 30-day ranges, at the same intervals', sameIntervals),
      row('rules of 100 SLOs against 30-day ranges, all once a minute', everyMinute),
    ];
  } finally {
    await stop(prometheus);
    rmSync(folder, { recursive: true, force: true });
  }
}
