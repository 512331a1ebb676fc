import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exporterConfig } from '../../lab/exporter-config.js';
import { ExporterProcess } from '../../lab/exporter-process.js';
import { until } from '../../lab/health.js';
import { Lab, removeLab } from '../../lab/lab.js';

const labName = 'health';
const cli = fileURLToPath(new URL('../../bin/sensei.js', import.meta.url));

interface Checked {
  readonly code: number;
  readonly health: string;
  readonly tookMs: number;
  readonly components: readonly {
    readonly component: string;
    readonly region: string;
    readonly health: string;
    readonly finding: string;
    readonly advice: string;
  }[];
}

describe('sensei health check', () => {
  let lab: Lab;
  let file: string;
  let exporter: ExporterProcess | undefined;

  const check = async (...args: readonly string[]): Promise<Checked> => {
    const from = args.includes('--exporter') ? [] : ['-c', file];
    const command = [cli, 'health', 'check', ...from, '--json', ...args];
    const env = { ...process.env, SENSEI_LAB: lab.folder };
    const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'], env });
    const [stdout, [code]] = await Promise.all([
      text(child.stdout),
      once(child, 'close') as Promise<[number]>,
    ]);
    return { code, ...(JSON.parse(stdout) as Omit<Checked, 'code'>) };
  };
  const told = ({ code, health, tookMs, components }: Checked, when: string) => {
    const worst = components.find((each) => each.health === health);
    const found = `${worst?.component ?? '-'} ${worst?.region ?? ''}: ${worst?.finding ?? ''}`;
    process.stdout.write(`${when}: ${health}, exit ${code}, ${tookMs} ms; ${found}\n`);
  };
  /** Checks until it says what it should: a failure takes a moment to show, and so does its end. */
  const shows = async (when: string, holds: (found: Checked) => boolean): Promise<Checked> => {
    let found: Checked | undefined;
    await until(
      when,
      async () => holds((found = await check())),
      180_000,
      () => JSON.stringify(found, undefined, 1),
    );
    told(found!, when);
    return found!;
  };
  const of = ({ components }: Checked, component: string, region = 'region-a') =>
    components.find((each) => each.component === component && each.region === region);

  beforeAll(async () => {
    lab = await Lab.up({ name: labName, octet: 76, timing: 'fast' });
    file = join(lab.folder, 'health.yaml');
    writeFileSync(file, exporterConfig(lab), { mode: 0o600 });
  });
  afterAll(async () => {
    await exporter?.stop();
    await removeLab(labName);
  });

  it('is healthy, 0, while all of the lab is', async () => {
    const found = await shows('all is well', ({ code }) => code === 0);
    expect(of(found, 'postgresql')).toMatchObject({ health: 'healthy', live: 3, minimum: 2 });
    expect(of(found, 'redis')).toMatchObject({ health: 'healthy', live: 3, minimum: 3 });
  });

  it.each([
    ['a database replica', 'pg-replica', 'postgresql', 1, 'degraded'],
    ['an API instance', 'api-a', 'api', 1, 'degraded'],
    ['a Sentinel', 's3', 'redis', 1, 'degraded'],
    ['the load balancer', 'haproxy-a', 'api', 2, 'down'],
  ] as const)(
    'tells of the loss of %s, and that it is mended',
    async (what, part, component, code, health) => {
      await lab.kill(part);
      const found = await shows(
        `without ${what}`,
        (each) => of(each, component)?.health === health && each.code === code,
      );
      expect(of(found, component)!.advice).toMatch(/^sensei probe .*docs\/runbooks|^bring/);
      await lab.heal();
      await shows(`with ${what} again`, (each) => each.code === 0);
    },
  );

  it('is the same by what a running exporter believes', async () => {
    exporter = new ExporterProcess(lab);
    await exporter.start();
    const byExporter = () => check('--exporter', exporter!.url);
    await until(
      'healthy by the exporter',
      async () => (await byExporter()).code === 0,
      180_000,
      () => '',
    );
    await lab.kill('haproxy-a');
    await until(
      'down by the exporter',
      async () => (await byExporter()).code === 2,
      180_000,
      () => '',
    );
    told(await byExporter(), 'by the exporter, without the load balancer');
  });

  it('ends in time where nothing answers any more, with 2', async () => {
    await lab.freeze('region-a');
    await lab.freeze('region-b');
    const found = await check('--timeout', '2s');
    told(found, 'all of it frozen, --timeout 2s');
    expect(found.code).toBe(2);
    await lab.thaw('region-a');
    await lab.thaw('region-b');
  });
});
