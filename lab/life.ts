import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ports } from './addresses.js';
import { prometheusConfiguration } from './configurations.js';
import { clusterOf, until } from './health.js';
import type { Lab } from './lab.js';
import { hasData, type Prometheus } from './prometheus.js';
import { switchSegment } from './superuser.js';

/** Ends what hangs, on a machine that is many times slower too. */
const limitMs = 180_000;
/** Both exporters were scraped for fifteen seconds, and no outage was under way for ten. */
const quiet =
  'count(count_over_time(up[15s]) >= 14) == 2 and max(max_over_time(sensei_outage_open[10s])) == 0';

/** What can befall a Kubernetes cluster. */
export interface Platform {
  deletePod(name: string): void;
  killNode(name: string): void;
  reviveNode(name: string): void;
  killZone(zone: string): void;
  reviveZone(zone: string): void;
  rolloutRestart(name: string): void;
  killContainer(name: string): void;
  pods(app: string): readonly { readonly metadata: { readonly name: string } }[];
}

/** What stands beside the lab, and fails with it. */
export interface Surroundings {
  readonly platform: Platform;
  /** Ends all connections to the API of Kubernetes, which gives no answers for a while. */
  interruptKubernetes(): void;
  /** The exporter in region B. */
  readonly peer: { stop(): Promise<unknown>; start(): Promise<void> };
}

/** An instant that is worth a look: something fails then, or is over. Unix seconds. */
export interface Moment {
  readonly what: string;
  readonly atSeconds: number;
}

/** Has the lab's Prometheus scrape both exporters; in force once it is told to load its rules. */
export function scrapeBoth({ addresses, folder }: Lab): void {
  const exporters = [addresses.exporter, addresses.peer];
  writeFileSync(
    join(folder, 'prometheus', 'prometheus.yml'),
    prometheusConfiguration(addresses, exporters),
  );
}

function nameOf({ metadata }: { readonly metadata: { readonly name: string } }): string {
  return metadata.name;
}

/** Schedules a switchover for tomorrow, or takes back what is scheduled. */
async function scheduleSwitchover({ addresses }: Lab, action: 'make' | 'cancel'): Promise<void> {
  const leader = (await clusterOf(addresses.regionA)).find(({ role }) => role === 'leader')?.name;
  const host = addresses.regionA.members[leader ?? ''] ?? '';
  const scheduled_at = new Date(Date.now() + 24 * 3_600_000).toISOString();
  const answer = await fetch(`http://${host}:${ports.patroni}/switchover`, {
    method: action === 'make' ? 'POST' : 'DELETE',
    ...(action === 'make' && { body: JSON.stringify({ leader, scheduled_at }) }),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await answer.text();
  if (!answer.ok)
    throw new Error(`${action} a switchover: Patroni answered ${answer.status}: ${text}`);
}

/** The life of a deployment, on the lab and on a Kubernetes cluster beside it. */
export class Life {
  readonly moments: Moment[] = [];

  constructor(
    private readonly lab: Lab,
    private readonly surroundings: Surroundings,
    private readonly prometheus: Prometheus,
    private readonly tell: (text: string) => void,
  ) {}

  private get platform(): Platform {
    return this.surroundings.platform;
  }

  /** Lives it from beginning to end, and answers when all is well again. */
  async run(): Promise<void> {
    await switchSegment(this.lab);
    await this.shows('sensei_backup_archive_missing == 0', quiet);
    this.note('all is well');
    await this.losesDatabasePrimary();
    await this.losesRedisPrimaryAndNode();
    await this.losesLineAndZone();
    await this.isMaintained();
    await this.losesRegionB();
    await this.shows(quiet);
    this.note('all is well again');
  }

  /** Waits until Prometheus has a value for each of these. */
  async shows(...queries: readonly string[]): Promise<void> {
    for (const query of queries) {
      const holds = async () => hasData(await this.prometheus.instant(query));
      await until(`Prometheus: ${query}`, holds, limitMs, () => '');
    }
  }

  private async losesDatabasePrimary(): Promise<void> {
    const [pod = '', other = ''] = this.platform.pods('sensei-api').map(nameOf);
    await Promise.all([this.lab.kill('pg-primary'), this.lab.kill('api-a')]);
    this.platform.deletePod(pod);
    this.platform.killContainer(other);
    await this.shows(
      'sensei_outage_open{slo="orders-a-writes"} == 1',
      'sensei_outage_open{slo="api-zone-a-availability"} == 1',
    );
    this.note('the database primary and an API instance are down');
    await this.shows('sensei_outages_total{slo="orders-a-writes", class="outage"} > 0');
    await this.heal('a new database primary');
  }

  private async losesRedisPrimaryAndNode(): Promise<void> {
    const { lab, platform } = this;
    lab.archive.pause();
    await switchSegment(lab);
    await Promise.all([lab.kill('redis-primary'), lab.objects('stop')]);
    platform.killNode('n0');
    await this.shows(
      'sensei_outage_open{slo="cache-writes"} == 1',
      'sensei_replicas_missing{planned="false"} > 0',
      'sensei_backup_archiving == 0',
      'sensei_objects_canaries_outstanding{state="missing"} > 1',
    );
    this.note('the Redis primary and a node are down, objects and WAL wait');
    await this.shows('sensei_outages_total{slo="cache-writes", class="outage"} > 0');
    platform.reviveNode('n0');
    lab.archive.resume();
    await switchSegment(lab);
    await this.heal('a new Redis primary');
  }

  private async losesLineAndZone(): Promise<void> {
    const { lab, platform } = this;
    await Promise.all([
      lab.freeze('pg-replica'),
      lab.freeze('s3'),
      lab.link('cut'),
      lab.objects('corrupt'),
    ]);
    platform.killZone('zone-c');
    await this.shows(
      'sensei_lag_above_threshold == 1',
      'sensei_patroni_member_up == 0',
      'sensei_sentinel_up == 0',
      'sensei_replicas_zone_lost == 1',
      'sensei_objects_canaries_corrupt_total > 0',
    );
    this.note('the line between the regions is cut, a replica and a Sentinel frozen, a zone lost');
    platform.reviveZone('zone-c');
    await this.heal('the line is mended');
  }

  private async isMaintained(): Promise<void> {
    await this.surroundings.peer.stop();
    this.surroundings.interruptKubernetes();
    this.platform.rolloutRestart('sensei-workers');
    await scheduleSwitchover(this.lab, 'make');
    await this.shows(
      'sensei_patroni_scheduled_switchover_timestamp_seconds',
      'sensei_peer_up == 0',
    );
    this.note('a switchover is scheduled, workers are rolled out, an exporter is down');
    await this.surroundings.peer.start();
    await scheduleSwitchover(this.lab, 'cancel');
    await this.lab.switchover();
    await this.lab.waitHealthy();
    await this.lab.backup('incr');
    this.note('switched over and backed up');
  }

  private async losesRegionB(): Promise<void> {
    await this.lab.kill('region-b');
    await this.shows('sensei_region_state{region="region-b", state="down"} == 1');
    this.note('region B is down');
    await this.heal('region B is back');
  }

  /** Mends all there is, and waits until no outage is under way. */
  private async heal(what: string): Promise<void> {
    await this.lab.heal();
    await this.shows('max(sensei_outage_open) == 0', 'min(sensei_replicas_capacity_ratio) == 1');
    this.note(what);
  }

  private note(what: string): void {
    const atSeconds = Date.now() / 1000;
    this.moments.push({ what, atSeconds });
    const sinceSeconds = atSeconds - (this.moments[0]?.atSeconds ?? atSeconds);
    this.tell(`${sinceSeconds.toFixed(0).padStart(4)} s: ${what}`);
  }
}
