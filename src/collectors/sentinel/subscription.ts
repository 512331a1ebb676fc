import { Redis } from 'ioredis';
import type { HostPort } from '../../config/values.js';
import type { CollectorEnv } from '../contract.js';
import { channels, type Announcement } from './announcement.js';
import { redisOptions, type RedisLogin } from './connection.js';

/** Announcements held between two collections; further ones are counted and dropped. */
const queueLimit = 1000;
/** Longest announcement that is kept, in characters. */
const messageLimit = 512;
const reconnectMs = 200;

/** Announcements of all Sentinels of one target, waiting for the next collection. */
export class AnnouncementQueue {
  private waiting: Announcement[] = [];
  private dropped = 0;

  push(announcement: Announcement): void {
    if (this.waiting.length < queueLimit) this.waiting.push(announcement);
    else this.dropped += 1;
  }

  /** Takes everything that waits. */
  drain(): { readonly announcements: readonly Announcement[]; readonly dropped: number } {
    const taken = { announcements: this.waiting, dropped: this.dropped };
    this.waiting = [];
    this.dropped = 0;
    return taken;
  }
}

/** Listens to one Sentinel, and again after every loss. What is announced in a gap is not heard. */
export class Subscription {
  private client: Redis | undefined;
  private starting = false;
  private closed = false;

  constructor(
    private readonly sentinel: string,
    private readonly address: HostPort,
    private readonly login: RedisLogin,
    private readonly env: CollectorEnv,
    private readonly queue: AnnouncementQueue,
  ) {}

  /** Begins to listen, once. Failures are left to the collection, which meets them too. */
  async start(): Promise<void> {
    if (this.starting || this.closed) return;
    this.starting = true;
    try {
      const options = await redisOptions(this.address, this.login, this.env.secrets);
      if (!this.closed) this.listen(new Redis({ ...options, retryStrategy: () => reconnectMs }));
    } catch (error) {
      this.starting = false;
      throw error;
    }
  }

  close(): void {
    this.closed = true;
    this.client?.disconnect();
    this.client?.stream?.destroy();
  }

  private listen(client: Redis): void {
    this.client = client;
    client.on('error', noteNothing);
    client.on('message', (channel: string, message: string) =>
      this.queue.push({
        sentinel: this.sentinel,
        channel,
        message: message.slice(0, messageLimit),
        at: this.env.clock.now(),
      }),
    );
    client.on('ready', () => void client.subscribe(...channels).catch(noteNothing));
    void client.connect().catch(noteNothing);
  }
}

/** The collection asks the same Sentinel and reports what is wrong with it. */
function noteNothing(): void {}
