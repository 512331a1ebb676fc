import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exporterConfig } from '../../lab/exporter-config.js';
import { ExporterProcess } from '../../lab/exporter-process.js';
import { ask, until } from '../../lab/health.js';
import { Lab, removeLab } from '../../lab/lab.js';
import type { DrillEvidence } from '../../src/drills/evidence.js';

const labName = 'drr';
const root = fileURLToPath(new URL('../..', import.meta.url));
const cli = join(root, 'bin/sensei.js');
const schemaFile = join(root, 'schema/drill-evidence.schema.json');

interface Slos {
  readonly slos: readonly {
    readonly component: string;
    readonly now: string;
    readonly openIncident: string | null;
  }[];
}

describe('a drill by a command on a real deployment', () => {
  let lab: Lab;
  let exporter: ExporterProcess;

  /** A program that speaks to the lab, and names what it did it to. */
  function program(name: string, ...args: readonly string[]): string {
    const file = join(lab.folder, name);
    const call = `'${process.execPath}' --import tsx lab/main.ts --name ${labName} ${args.join(' ')}`;
    writeFileSync(file, `#!/bin/sh\ncd '${root}' && ${call}\n`);
    chmodSync(file, 0o755);
    return file;
  }

  function configWithDrill(): string {
    const config = JSON.parse(exporterConfig(lab)) as object;
    const kill = program(
      'kill-primary',
      'kill',
      'pg-primary',
      "2>&1 | sed -n 's/^kill: /target: /p'",
    );
    const plan = {
      name: 'database-kill',
      scenario: 'primary_database',
      what: 'PostgreSQL is killed on the primary.',
      components: ['postgresql'],
      command: { inject: [kill], cleanup: [program('heal', 'heal')], timeout: '300s' },
      observe: '2s',
      settle: '10s',
      recoverWithin: '180s',
    };
    const drills = { folder: join(lab.folder, 'drills'), environment: 'lab', plans: [plan] };
    return JSON.stringify({ ...config, drills });
  }

  beforeAll(async () => {
    lab = await Lab.up({ name: labName, octet: 66, timing: 'fast' });
    exporter = new ExporterProcess(lab);
    await exporter.start(configWithDrill());
    const isWell = async () => {
      const answer = await ask(`${exporter.url}/api/v1/slos`);
      const { slos } = JSON.parse(answer?.body ?? '{"slos":[]}') as Slos;
      const mine = slos.filter(({ component }) => component === 'postgresql');
      return mine.length > 0 && mine.every((slo) => slo.now === 'good' && !slo.openIncident);
    };
    await until('everything well', isWell, 180_000, () => '');
  });
  afterAll(async () => {
    await exporter?.stop();
    await removeLab(labName);
  });

  it('times the loss of the primary by the incident that the exporter made of it', async () => {
    const args = ['drill', 'run', 'database-kill', '-c', exporter.configFile, '--by', 'A. Admin'];
    const child = spawn(process.execPath, [cli, ...args, '--confirm', '--json']);
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number]>,
    ]);
    expect(stderr).toMatch(/making the failure/);
    const { file, page, verdict, evidence } = JSON.parse(stdout) as {
      readonly file: string;
      readonly page: string;
      readonly verdict: string;
      readonly evidence: DrillEvidence;
    };
    expect(evidence.targets).toEqual([expect.stringMatching(/^a[123]$/)]);
    expect(evidence.cleanup).toMatchObject([{ isDone: true, proof: 'it ended with exit code 0' }]);
    const answer = await ask(`${exporter.url}/api/v1/incidents/${evidence.incident}`);
    const incident = JSON.parse(answer?.body ?? '{}') as { lowMs: number; highMs: number };
    expect(evidence.recovery).toEqual({
      lowSeconds: incident.lowMs / 1000,
      highSeconds: incident.highMs / 1000,
    });
    expect(evidence.recovery?.lowSeconds).toBeGreaterThan(0);
    expect([verdict, code]).toEqual(['pass', 0]);
    const schema = JSON.parse(readFileSync(schemaFile, 'utf8')) as object;
    const isValid = new Ajv2020({ validateFormats: false }).compile(schema);
    expect(isValid(JSON.parse(readFileSync(file, 'utf8')))).toBe(true);
    expect(readFileSync(page, 'utf8')).toContain(evidence.incident!);
  });
});
