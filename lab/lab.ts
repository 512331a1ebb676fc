import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Archive } from './archive.js';
import { addressesOf, ports, type Addresses, type Region, type RegionLetter } from './addresses.js';
import {
  alertmanagerConfiguration,
  haproxyConfiguration,
  patroniConfiguration,
  prometheusConfiguration,
  redisConfiguration,
  sentinelConfiguration,
  timings,
  type TimingName,
} from './configurations.js';
import { followNobody } from './patroni-configuration.js';
import { Fences } from './fences.js';
import {
  areSentinelsHealthy,
  ask,
  clusterOf,
  isClusterHealthy,
  isFollowing,
  isStandbyCluster,
  redisPrimary,
  redisReply,
  until,
} from './health.js';
import { objectStoreKey } from './object-store.js';
import { ProcessRecords } from './process-records.js';
import {
  processesOfFolder,
  signalAll,
  startProgram,
  stateOf,
  treeOf,
  waitForEnd,
  type ProcessState,
} from './processes.js';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const tsx = import.meta.resolve('tsx');
/** These end what hangs, on a machine that is many times slower too. */
const startLimitMs = 300_000;
const logTailLines = 15;
const roleLimitMs = 60_000;
const endLimitMs = 10_000;
const fenceLimitMs = 5000;
const downRounds = 5;

export interface LabOptions {
  /** Tells labs apart: letters, digits and dashes. */
  readonly name: string;
  /** Second octet of every address, 0 to 255. */
  readonly octet: number;
  readonly timing: TimingName;
  /** Whether region A is backed up and archives its WAL, with pgBackRest; it takes some seconds more. */
  readonly hasBackups?: boolean;
  readonly onProgress?: (text: string) => void;
}

interface StoredState {
  readonly name: string;
  readonly octet: number;
  readonly timing: TimingName;
}

export interface ComponentStatus {
  readonly component: string;
  readonly host: string;
  readonly pid: number | null;
  readonly state: ProcessState;
  readonly role: string;
}

export function labFolder(name: string): string {
  if (!/^[A-Za-z0-9-]{1,40}$/.test(name))
    throw new Error(`a lab's name is letters, digits and dashes, not ${JSON.stringify(name)}`);
  return join(tmpdir(), `sensei-lab-${name}`);
}

function idOf(user: string): Promise<{ uid: number; gid: number }> {
  return Promise.all([run('id', ['-u', user]), run('id', ['-g', user])]).then(([uid, gid]) => ({
    uid: Number(uid.stdout),
    gid: Number(gid.stdout),
  }));
}

/** A running lab, or the remains of one. */
export class Lab {
  readonly addresses: Addresses;
  readonly folder: string;
  readonly archive: Archive;
  private readonly fences: Fences;
  private readonly records: ProcessRecords;

  private constructor(
    private readonly state: StoredState,
    private readonly progress: (text: string) => void,
  ) {
    this.addresses = addressesOf(state.octet);
    this.folder = labFolder(state.name);
    this.archive = new Archive(this.folder);
    this.fences = new Fences(this.folder);
    this.records = new ProcessRecords(this.folder);
  }

  get name(): string {
    return this.state.name;
  }

  /** The lab of that name. @throws Error when there is none */
  static open(name: string, onProgress: (text: string) => void = () => {}): Lab {
    const file = join(labFolder(name), 'state.json');
    if (!existsSync(file))
      throw new Error(`there is no lab ${name}; \`npm run lab -- up\` makes one`);
    return new Lab(JSON.parse(readFileSync(file, 'utf8')) as StoredState, onProgress);
  }

  /** Brings a lab up and waits until all of it is healthy. What is left of an earlier one goes first. */
  static async up(options: LabOptions): Promise<Lab> {
    const { name, octet, timing, hasBackups = false, onProgress = () => {} } = options;
    await removeLab(name);
    const folder = labFolder(name);
    mkdirSync(folder, { mode: 0o711 });
    const lab = new Lab({ name, octet, timing }, onProgress);
    lab.save();
    if (hasBackups) lab.archive.prepare(await idOf('postgres'));
    await lab.start();
    return lab;
  }

  /** Where a password of the lab stands: superuser, replication, monitor, canary, objects, fencer or truth. */
  passwordFile(role: string): string {
    return join(this.folder, 'passwords', role);
  }

  password(role: string): string {
    return readFileSync(this.passwordFile(role), 'utf8');
  }

  async status(): Promise<ComponentStatus[]> {
    const roles = await this.roles();
    return Object.entries(this.hosts()).map(([component, host]) => {
      const record = this.records.of(component);
      const role = this.isFenced(component) ? 'fenced' : (roles.get(component) ?? '');
      return { component, host, pid: record?.pid ?? null, state: stateOf(record), role };
    });
  }

  /** SIGKILL: the process, and for a database member Patroni, the postmaster and its children together. */
  async kill(what: string): Promise<string[]> {
    return this.each(what, async (component) => {
      const pids = this.pidsOf(component);
      signalAll(pids, 'SIGKILL');
      // What is still dying counts as running, and would not be started again.
      await waitForEnd(pids, endLimitMs);
    });
  }

  /** A clean end: SIGTERM. */
  async stop(what: string): Promise<string[]> {
    return this.each(what, async (component) => {
      const pids = this.pidsOf(component);
      signalAll(pids.slice(0, 1), 'SIGTERM');
      const left = await waitForEnd(pids, 15_000);
      signalAll(left, 'SIGKILL');
    });
  }

  /** Any signal, to one component's own process. */
  async signal(what: string, signal: NodeJS.Signals): Promise<string[]> {
    return this.each(what, (component) =>
      Promise.resolve(signalAll(this.pidsOf(component).slice(0, 1), signal)),
    );
  }

  /** SIGSTOP: still connected, and silent. */
  async freeze(what: string): Promise<string[]> {
    return this.each(what, (component) =>
      Promise.resolve(signalAll(this.pidsOf(component), 'SIGSTOP')),
    );
  }

  async thaw(what: string): Promise<string[]> {
    return this.each(what, (component) =>
      Promise.resolve(signalAll(this.pidsOf(component), 'SIGCONT')),
    );
  }

  async restart(what: string): Promise<string[]> {
    return this.each(what, async (component) => {
      if (this.isFenced(component))
        throw new Error(`${component}: its region is fenced; \`unfence\` lets it start again`);
      const pids = this.pidsOf(component);
      signalAll(pids, 'SIGKILL');
      await waitForEnd(pids, 5000);
      this.launch(component);
    });
  }

  /** A planned switchover of region A's PostgreSQL to its synchronous standby; answers with its name. */
  async switchover(): Promise<string> {
    const candidate = await this.memberWith('sync_standby', 'switchover');
    const leader = await this.memberWith('leader', 'switchover');
    const host = this.addresses.regionA.members[leader];
    const answer = await fetch(`http://${host}:${ports.patroni}/switchover`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ leader, candidate }),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await answer.text();
    if (answer.status !== 200)
      throw new Error(`switchover: Patroni answered ${answer.status}: ${text}`);
    return candidate;
  }

  /** The line from region A to region B: cut it, slow it, or mend it. */
  async link(action: 'cut' | 'mend' | { readonly delayMs: number }): Promise<void> {
    const path = typeof action === 'string' ? action : `delay?ms=${action.delayMs}`;
    const answer = await ask(`http://${this.addresses.link}:${ports.linkControl}/${path}`, 'POST');
    if (answer === undefined) throw new Error('link: gives no answer; is it running?');
  }

  /** A backup of region A's PostgreSQL. @throws Error where the lab has none */
  async backup(type: 'full' | 'incr'): Promise<void> {
    if (!this.archive.isThere)
      throw new Error('backup: this lab has no backups; `up --backups` makes one that has');
    await this.archive.backup(await this.leaderFolder(), type);
  }

  /** The copying of objects between the regions: stop it, slow it, make it corrupt, or mend it. */
  async objects(action: 'stop' | 'corrupt' | 'mend' | { readonly delayMs: number }): Promise<void> {
    const path = typeof action === 'string' ? action : `delay?ms=${action.delayMs}`;
    const url = `http://${this.addresses.objects}:${ports.objectsControl}/${path}`;
    if ((await ask(url, 'POST')) === undefined)
      throw new Error('objects: gives no answer; is it running?');
  }

  /**
   * Ends a region's HAProxy, its write path, and keeps it from being started until `unfence`. Works on a
   * region that is dead already, and again on one that is fenced.
   */
  async fence(region: RegionLetter): Promise<void> {
    this.fences.put(region);
    const pids = processesOfFolder(this.haproxyFile(region));
    signalAll(pids, 'SIGKILL');
    const left = await waitForEnd(pids, fenceLimitMs);
    if (left.length > 0) throw new Error(`fence: HAProxy of region ${region} does not end`);
  }

  /** Lets a region's HAProxy be started again, and starts it; nothing to one that runs. */
  async unfence(region: RegionLetter): Promise<void> {
    this.fences.remove(region);
    const component = `haproxy-${region}`;
    if (processesOfFolder(this.haproxyFile(region)).length === 0) this.launch(component);
    const { haproxy } = this.region(region);
    const answers = async () =>
      (await ask(`http://${haproxy}:${ports.haproxyStats}/`)) !== undefined;
    await this.waitFor(`${component}: an answer`, answers, component);
  }

  /**
   * Starts what is dead of one region, its HAProxy left out while it is fenced. Waits until etcd and
   * every Patroni answer, not until anything is healthy. A region that was the primary one makes itself
   * that again, on a timeline of its own, unless it is started as a standby: one that follows nobody yet,
   * accepts no writes, and can be read.
   */
  async startRegion(
    region: RegionLetter,
    role: 'as-it-was' | 'standby' = 'as-it-was',
  ): Promise<void> {
    const components = this.componentsOf(region);
    this.revive(components.filter((component) => !this.isMember(component)));
    await this.waitForEtcd(region);
    const members = components.filter((component) => this.isMember(component));
    const isRunning = members.some((member) => stateOf(this.records.of(member)) !== 'dead');
    if (role === 'standby' && !isRunning)
      await followNobody(this.region(region), `orders-${region}`, this.addresses.nobody);
    this.revive(members);
    await Promise.all(members.map((member) => this.waitForPatroni(member)));
  }

  /**
   * Starts what is dead, thaws what is frozen, mends the link, and waits until all is healthy, with
   * whichever region is the primary one. A fenced region stays fenced.
   */
  async heal(): Promise<void> {
    for (const { component, state } of await this.status())
      if (state === 'frozen') signalAll(this.pidsOf(component), 'SIGCONT');
    this.revive(Object.keys(this.hosts()));
    await this.waitFor(
      'the link',
      async () =>
        (await ask(`http://${this.addresses.link}:${ports.linkControl}/mend`, 'POST')) !==
        undefined,
      'link',
    );
    await this.waitFor('objects', () => this.areObjectsMended(), 'objects');
    this.archive.resume();
    const isStandby = await isStandbyCluster(this.addresses.regionB);
    await this.waitHealthyAs(isStandby === false ? 'b' : 'a');
  }

  /** Waits until both clusters and the Sentinels are as they should be, with the primary in region A. */
  async waitHealthy(): Promise<void> {
    await this.waitHealthyAs('a');
  }

  /** The same, with the primary in the one region and the standby cluster in the other. */
  async waitHealthyAs(primary: RegionLetter): Promise<void> {
    const { redis } = this.addresses;
    const standby = primary === 'a' ? 'b' : 'a';
    if (this.fences.has(primary))
      throw new Error(`region ${primary} is the primary one and is fenced: nothing can follow it`);
    await Promise.all([
      this.waitFor(
        `region ${primary}: a leader, a synchronous standby if it is to have one, all on one timeline`,
        () => isClusterHealthy(this.region(primary), 'leader'),
        `${primary}1`,
      ),
      this.waitFor('Redis: three Sentinels that agree', () => areSentinelsHealthy(redis), 's1'),
    ]);
    await this.waitFor(
      `region ${standby}: a standby leader that streams from the other region, and its replicas`,
      async () =>
        (await isClusterHealthy(this.region(standby), 'standby_leader')) &&
        (await isFollowing(this.region(standby), this.region(primary))),
      `${standby}1`,
    );
  }

  /** Ends every process of the lab and removes its folder. Works on the remains of a crash too. */
  async down(): Promise<void> {
    // What was just starting something may have done so between the look and the signal.
    for (let round = 0; round < downRounds; round += 1) {
      const pids = this.pidsOfAll();
      if (pids.length === 0) break;
      await endAll(pids, this.postmasters());
    }
    await this.releaseSharedMemory();
    removeFolder(this.folder);
  }

  private pidsOfAll(): number[] {
    const recorded = this.records.all().filter((record) => stateOf(record) !== 'dead');
    return [
      ...new Set([
        ...recorded.flatMap(({ pid }) => treeOf(pid)),
        ...Object.keys(this.members()).flatMap((name) => this.postmasterTree(name)),
        ...processesOfFolder(this.folder),
      ]),
    ];
  }

  private async start(): Promise<void> {
    this.progress('etcd, Redis, HAProxy, API instances, Prometheus, Alertmanager ...');
    await this.writeFiles();
    for (const component of Object.keys(this.hosts())) {
      if (!this.isMember(component)) this.launch(component);
    }
    const { regionA, regionB } = this.addresses;
    await Promise.all([this.waitForEtcd('a'), this.waitForEtcd('b')]);
    this.progress('PostgreSQL under Patroni, region A ...');
    for (const member of Object.keys(regionA.members)) this.launch(member);
    await this.waitFor(
      'region A: a leader',
      async () =>
        (await clusterOf(regionA)).some(
          ({ role, state }) => role === 'leader' && state === 'running',
        ),
      'a1',
    );
    await this.createRoles();
    if (this.archive.isThere) {
      this.progress('pgBackRest, a first backup of region A ...');
      await this.archive.create(await this.leaderFolder());
    }
    this.progress('PostgreSQL under Patroni, region B ...');
    for (const member of Object.keys(regionB.members)) this.launch(member);
    await this.waitHealthy();
    await this.waitFor('objects: the S3 server', () => this.areObjectsMended(), 'objects');
    await this.waitFor('HAProxy: a write path', () => this.canWrite(), 'haproxy-a');
  }

  /** Every component with its host, in the order of starting. */
  private hosts(): Record<string, string> {
    const { regionA, regionB, redis, link, objects, monitoring } = this.addresses;
    return {
      'etcd-a': regionA.etcd,
      'etcd-b': regionB.etcd,
      ...redis,
      ...Object.fromEntries(
        Object.entries(redis).map(([name, host]) => [name.replace('r', 's'), host]),
      ),
      link,
      objects,
      ...regionA.api,
      ...regionB.api,
      'haproxy-a': regionA.haproxy,
      'haproxy-b': regionB.haproxy,
      prometheus: monitoring,
      alertmanager: monitoring,
      pager: monitoring,
      fencer: monitoring,
      ...regionA.members,
      ...regionB.members,
    };
  }

  private region(letter: RegionLetter): Region {
    return letter === 'a' ? this.addresses.regionA : this.addresses.regionB;
  }

  /** What a region is made of: what dies with it. */
  private componentsOf(letter: RegionLetter): string[] {
    const { members, api } = this.region(letter);
    const own = [`etcd-${letter}`, `haproxy-${letter}`, ...Object.keys({ ...members, ...api })];
    const { redis } = this.addresses;
    return letter === 'a' ? [...own, ...Object.keys(redis), 's1', 's2', 's3'] : own;
  }

  private members(): Record<string, string> {
    return { ...this.addresses.regionA.members, ...this.addresses.regionB.members };
  }

  private isMember(component: string): boolean {
    return component in this.members();
  }

  private folderOf(component: string): string {
    return join(this.folder, component);
  }

  private async writeFiles(): Promise<void> {
    const { uid, gid } = await idOf('postgres');
    mkdirSync(join(this.folder, 'passwords'), { mode: 0o700 });
    for (const role of ['superuser', 'replication', 'monitor', 'canary', 'fencer', 'truth']) {
      writeFileSync(this.passwordFile(role), randomBytes(18).toString('base64url'), {
        mode: 0o600,
      });
    }
    writeFileSync(this.passwordFile('objects'), objectStoreKey, { mode: 0o600 });
    writeFileSync(this.passwordFile('pagerduty'), randomBytes(16).toString('hex'), { mode: 0o600 });
    for (const component of Object.keys(this.hosts()))
      mkdirSync(this.folderOf(component), { mode: 0o700 });
    for (const [region, letter] of [
      [this.addresses.regionA, 'a'],
      [this.addresses.regionB, 'b'],
    ] as const) {
      const redis = letter === 'a' ? this.addresses.redis : undefined;
      writeFileSync(
        join(this.folder, `haproxy-${letter}`, 'haproxy.cfg'),
        haproxyConfiguration(region, redis),
      );
      for (const member of Object.keys(region.members))
        this.writePatroni(region, member, letter, uid, gid);
    }
    const primary = this.addresses.redis.r1;
    for (const [name, host] of Object.entries(this.addresses.redis)) {
      const sentinel = name.replace('r', 's');
      writeFileSync(
        join(this.folderOf(name), 'redis.conf'),
        redisConfiguration(this.folderOf(name), host, primary),
      );
      writeFileSync(
        join(this.folderOf(sentinel), 'sentinel.conf'),
        sentinelConfiguration(this.folderOf(sentinel), host, primary),
      );
    }
    writeFileSync(
      join(this.folderOf('prometheus'), 'prometheus.yml'),
      prometheusConfiguration(this.addresses),
    );
    writeFileSync(
      join(this.folderOf('alertmanager'), 'alertmanager.yml'),
      alertmanagerConfiguration,
    );
  }

  private writePatroni(
    region: Region,
    member: string,
    letter: 'a' | 'b',
    uid: number,
    gid: number,
  ): void {
    const folder = this.folderOf(member);
    const file = join(folder, 'patroni.yml');
    const zone = `zone-${'abc'[Number(member.slice(1)) - 1]}`;
    const text = patroniConfiguration({
      scope: `orders-${letter}`,
      member,
      address: region.members[member] ?? '',
      zone,
      region: `region-${letter}`,
      etcd: region.etcd,
      folder,
      passwords: {
        superuser: this.password('superuser'),
        replication: this.password('replication'),
      },
      timing: timings[this.state.timing],
      ...(letter === 'a' &&
        this.archive.isThere && {
          archiveCommand: this.archive.prepareMember(folder, { uid, gid }),
        }),
      ...(letter === 'b' && { source: { host: this.addresses.link, port: ports.pgWrite } }),
    });
    writeFileSync(file, text, { mode: 0o600 });
    chownSync(folder, uid, gid);
    chownSync(file, uid, gid);
    chmodSync(folder, 0o700);
  }

  private commandOf(component: string): readonly string[] {
    const folder = this.folderOf(component);
    const host = this.hosts()[component] ?? '';
    const script = (file: string, ...args: (string | number)[]) => [
      process.execPath,
      '--import',
      tsx,
      join(here, file),
      ...args.map(String),
    ];
    if (this.isMember(component)) {
      return [
        'setpriv',
        '--reuid=postgres',
        '--regid=postgres',
        '--init-groups',
        '/usr/bin/patroni',
        join(folder, 'patroni.yml'),
      ];
    }
    if (component.startsWith('etcd')) return etcdCommand(folder, host);
    if (/^r\d$/.test(component)) return ['redis-server', join(folder, 'redis.conf')];
    if (/^s\d$/.test(component))
      return ['redis-server', join(folder, 'sentinel.conf'), '--sentinel'];
    if (component.startsWith('haproxy'))
      return ['haproxy', '-db', '-f', join(folder, 'haproxy.cfg')];
    if (component.startsWith('api'))
      return script('api-instance.ts', host, ports.api, `zone-${component.slice(-1)}`);
    if (component === 'link') {
      return script(
        'link.ts',
        ports.linkControl,
        ports.pgWrite,
        host,
        this.addresses.regionA.haproxy,
        this.addresses.linkBack,
        this.addresses.regionB.haproxy,
      );
    }
    if (component === 'objects') {
      return script('objects.ts', host, ports.objects, ports.objectsControl, join(folder, 'data'));
    }
    if (component === 'pager') return script('pager.ts', host, ports.pager);
    if (component === 'fencer') return script('fencer.ts', host, ports.fencer, this.name);
    if (component === 'prometheus') {
      return [
        'prometheus',
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=${host}:${ports.prometheus}`,
      ];
    }
    return [
      'prometheus-alertmanager',
      `--config.file=${join(folder, 'alertmanager.yml')}`,
      `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=${host}:${ports.alertmanager}`,
      '--cluster.listen-address=',
    ];
  }

  private haproxyFile(region: RegionLetter): string {
    return join(this.folderOf(`haproxy-${region}`), 'haproxy.cfg');
  }

  private isFenced(component: string): boolean {
    return (
      (component === 'haproxy-a' && this.fences.has('a')) ||
      (component === 'haproxy-b' && this.fences.has('b'))
    );
  }

  /** Starts those that are dead, and may run. */
  private revive(components: readonly string[]): void {
    for (const component of components) {
      if (stateOf(this.records.of(component)) !== 'dead' || this.isFenced(component)) continue;
      signalAll(this.pidsOf(component), 'SIGKILL');
      this.launch(component);
    }
  }

  private launch(component: string): void {
    const cwd = this.folderOf(component);
    const record = startProgram({
      command: this.commandOf(component),
      logFile: join(this.folder, `${component}.log`),
      cwd,
      env: { SENSEI_LAB: this.folder, TMPDIR: tmpdir() },
    });
    this.records.put(component, record);
    // Fenced by another program in this very moment: what that looked for was not there yet.
    if (this.isFenced(component)) signalAll([record.pid], 'SIGKILL');
  }

  /** Written to a new file and moved, so that a crash leaves a whole one. */
  private save(): void {
    const file = join(this.folder, 'state.json');
    writeFileSync(`${file}.new`, JSON.stringify(this.state, undefined, 2), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  private postmasterPid(member: string): number | undefined {
    const file = join(this.folderOf(member), 'data', 'postmaster.pid');
    return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : undefined;
  }

  /** The postmaster and its children; empty when a stale file names a process of somebody else. */
  private postmasterTree(member: string): number[] {
    const pid = this.postmasterPid(member);
    return pid !== undefined && processesOfFolder(this.folderOf(member)).includes(pid)
      ? treeOf(pid)
      : [];
  }

  private postmasters(): number[] {
    return Object.keys(this.members()).flatMap((member) => this.postmasterTree(member).slice(0, 1));
  }

  private pidsOf(component: string): number[] {
    const record = this.records.of(component);
    const own = record !== undefined && stateOf(record) !== 'dead' ? treeOf(record.pid) : [];
    return this.isMember(component)
      ? [...new Set([...own, ...this.postmasterTree(component)])]
      : own;
  }

  /** Roles move: a member that just became something else is waited for. */
  private async memberWith(role: string, what: string): Promise<string> {
    let found: string | undefined;
    const isThere = async () => {
      const members = await clusterOf(this.addresses.regionA);
      found = members.find((member) => member.role === role)?.name;
      return found !== undefined;
    };
    const why = `no member of region A has the role ${role}`;
    await until(`${what}: ${why}`, isThere, roleLimitMs, () => this.logTail('a1'));
    return found!;
  }

  /** The components that a word means just now. @throws Error listing the words there are */
  private async resolve(what: string): Promise<string[]> {
    if (what in this.hosts()) return [what];
    if (what === 'region-a') return this.componentsOf('a');
    if (what === 'region-b') return this.componentsOf('b');
    const roleWords: Record<string, string> = {
      'pg-primary': 'leader',
      'pg-standby': 'sync_standby',
      'pg-replica': 'replica',
    };
    const role = roleWords[what];
    if (role !== undefined) return [await this.memberWith(role, what)];
    if (what === 'redis-primary') {
      let found: string | undefined;
      const isThere = async () => (found = await redisPrimary(this.addresses.redis)) !== undefined;
      const why = 'redis-primary: no server says that it is the primary';
      await until(why, isThere, roleLimitMs, () => this.logTail('s1'));
      return [found!];
    }
    const words = [
      ...Object.keys(roleWords),
      'redis-primary',
      'region-a',
      'region-b',
      ...Object.keys(this.hosts()),
    ];
    throw new Error(`${what}: no such component; there are ${words.join(', ')}`);
  }

  private async each(
    what: string,
    action: (component: string) => Promise<void>,
  ): Promise<string[]> {
    const components = await this.resolve(what);
    await Promise.all(components.map(action));
    return components;
  }

  private async roles(): Promise<Map<string, string>> {
    const { regionA, regionB, redis } = this.addresses;
    const [a, b] = await Promise.all([clusterOf(regionA), clusterOf(regionB)]);
    const replies = await Promise.all(
      Object.entries(redis).map(
        async ([name, host]) =>
          [name, (await redisReply(host, ports.redis, 'role'))[0] ?? ''] as const,
      ),
    );
    return new Map([
      ...[...a, ...b].map(({ name, role, state }) => [name, `${role}, ${state}`] as const),
      ...replies,
    ]);
  }

  private async psql(
    host: string,
    args: readonly string[],
    env: Record<string, string>,
  ): Promise<string> {
    const { stdout } = await run(
      'psql',
      [
        '-X',
        '-q',
        '-v',
        'ON_ERROR_STOP=1',
        '-h',
        host,
        '-p',
        String(ports.postgres),
        '-U',
        'postgres',
        '-d',
        'postgres',
        ...args,
      ],
      { timeout: 60_000, env: { ...process.env, PGPASSWORD: this.password('superuser'), ...env } },
    );
    return stdout;
  }

  private async createRoles(): Promise<void> {
    const leader =
      (await clusterOf(this.addresses.regionA)).find(({ role }) => role === 'leader')?.name ?? '';
    const host = this.addresses.regionA.members[leader] ?? '';
    const file = fileURLToPath(new URL('../sql/monitoring.sql', import.meta.url));
    const env = {
      SENSEI_MONITOR_PASSWORD: this.password('monitor'),
      SENSEI_CANARY_PASSWORD: this.password('canary'),
    };
    // Commits must not wait for a standby that is still being made.
    await this.psql(host, ['-c', 'SET synchronous_commit = local', '-f', file], env);
  }

  private async leaderFolder(): Promise<string> {
    const members = await clusterOf(this.addresses.regionA);
    return this.folderOf(members.find(({ role }) => role === 'leader')?.name ?? '');
  }

  private async areObjectsMended(): Promise<boolean> {
    const url = `http://${this.addresses.objects}:${ports.objectsControl}/mend`;
    return (await ask(url, 'POST')) !== undefined;
  }

  private async canWrite(): Promise<boolean> {
    const answer = await ask(`http://${this.addresses.regionA.haproxy}:${ports.haproxyStats}/;csv`);
    const lines = answer?.body.split('\n') ?? [];
    const isUp = (service: string) =>
      lines.some((line) => line.startsWith(`${service},BACKEND`) && line.includes(',UP,'));
    return ['pg_write', 'pg_read', 'api', 'redis_primary'].every(isUp);
  }

  private logTail(component: string): string {
    const file = join(this.folder, `${component}.log`);
    if (!existsSync(file)) return `${component}: no log`;
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-logTailLines);
    return `the end of ${file}:\n${lines.join('\n')}`;
  }

  private waitForPatroni(member: string): Promise<void> {
    const url = `http://${this.members()[member]}:${ports.patroni}/patroni`;
    return this.waitFor(`${member}: Patroni`, async () => (await ask(url)) !== undefined, member);
  }

  private waitForEtcd(region: RegionLetter): Promise<void> {
    const url = `http://${this.region(region).etcd}:${ports.etcd}/health`;
    const isHealthy = async () => (await ask(url))?.body.includes('true') === true;
    return this.waitFor('etcd', isHealthy, `etcd-${region}`);
  }

  private waitFor(what: string, holds: () => Promise<boolean>, component: string): Promise<void> {
    return until(what, holds, startLimitMs, () => this.logTail(component));
  }

  /** A killed postmaster leaves its System V segment: postmaster.pid's seventh line names it. */
  private async releaseSharedMemory(): Promise<void> {
    for (const member of Object.keys(this.members())) {
      const file = join(this.folderOf(member), 'data', 'postmaster.pid');
      const id = existsSync(file)
        ? readFileSync(file, 'utf8').split('\n')[6]?.trim().split(/\s+/)[1]
        : undefined;
      if (id !== undefined) await run('ipcrm', ['-m', id]).catch(() => undefined);
    }
  }
}

/** What has just been killed may still be writing there. */
function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
}

function etcdCommand(folder: string, host: string): readonly string[] {
  const client = `http://${host}:${ports.etcd}`;
  const peer = `http://${host}:${ports.etcdPeer}`;
  return [
    'etcd',
    '--name=lab',
    `--data-dir=${join(folder, 'data')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=lab=${peer}`,
    '--logger=zap',
    '--log-level=warn',
  ];
}

/** Ends processes: postmasters by an immediate shutdown, so that they free their memory; the rest at once. */
async function endAll(pids: readonly number[], postmasters: readonly number[]): Promise<void> {
  const others = pids.filter((pid) => !postmasters.includes(pid));
  const patronis = others.filter((pid) => !isPostgres(pid));
  signalAll(pids, 'SIGCONT');
  signalAll(patronis, 'SIGKILL');
  signalAll(postmasters, 'SIGQUIT');
  const left = await waitForEnd(pids, 3000);
  signalAll(left, 'SIGKILL');
  await waitForEnd(left, 3000);
}

function isPostgres(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'postgres';
  } catch {
    return false;
  }
}

/** Removes a lab or what is left of it; does nothing when there is none. */
export async function removeLab(name: string): Promise<boolean> {
  const folder = labFolder(name);
  if (!existsSync(folder)) return false;
  if (existsSync(join(folder, 'state.json'))) {
    await Lab.open(name).down();
    return true;
  }
  await endAll(processesOfFolder(folder), []);
  removeFolder(folder);
  return true;
}
