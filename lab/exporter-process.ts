import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ports } from './addresses.js';
import { exporterConfig } from './exporter-config.js';
import { ask, until } from './health.js';
import type { Lab } from './lab.js';
import type { ExporterState } from './summary.js';

const cli = fileURLToPath(new URL('../bin/sensei.js', import.meta.url));
const readyLimitMs = 120_000;

/** The exporter watching a lab, as a process of its own: what a user would start. */
export class ExporterProcess {
  readonly configFile: string;
  readonly url: string;
  private child: ChildProcess | undefined;
  private log = '';

  constructor(
    private readonly lab: Lab,
    host = lab.addresses.exporter,
  ) {
    this.configFile = join(lab.folder, `sensei-${host}.yaml`);
    this.url = `http://${host}:${ports.exporter}`;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Starts it, and waits until every target was collected once. */
  async start(configText = exporterConfig(this.lab)): Promise<void> {
    writeFileSync(this.configFile, configText, { mode: 0o600 });
    const child = spawn(process.execPath, [cli, 'exporter', '--config', this.configFile], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, SENSEI_LAB: this.lab.folder },
    });
    this.child = child;
    child.stderr
      ?.setEncoding('utf8')
      .on('data', (text: string) => void (this.log = (this.log + text).slice(-20_000)));
    const isReady = async () => {
      if (child.exitCode !== null) throw new Error(`the exporter ended\n${this.log}`);
      return (await ask(`${this.url}/-/ready`))?.status === 200;
    };
    await until('the exporter: every target collected once', isReady, readyLimitMs, () => this.log);
  }

  /** Ends it by SIGTERM; answers with its exit code. */
  async stop(): Promise<number | null> {
    const { child } = this;
    this.child = undefined;
    if (child === undefined || child.exitCode !== null) return child?.exitCode ?? null;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const [code] = (await exited) as [number | null];
    return code;
  }

  async state(): Promise<ExporterState> {
    const answer = await ask(`${this.url}/api/v1/state`);
    if (answer?.status !== 200) throw new Error(`the exporter gives no state\n${this.log}`);
    return JSON.parse(answer.body) as ExporterState;
  }

  async metrics(): Promise<string> {
    const answer = await ask(`${this.url}/metrics`);
    if (answer?.status !== 200) throw new Error(`the exporter gives no metrics\n${this.log}`);
    return answer.body;
  }
}
