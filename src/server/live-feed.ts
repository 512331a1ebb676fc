import type { Request, RequestHandler, Response } from 'express';
import { serverLimits } from './limits.js';
import { changedSince, type Snapshot, type SnapshotMaker } from './status-snapshot.js';

/** Time between two updates, in milliseconds. */
const updateMs = 1000;
/** What a client's browser waits before it connects again, in milliseconds. */
const retryMs = 2000;

interface Client {
  readonly response: Response;
  /** The round that it has seen. */
  round: number;
}

/** What a client has seen: what it was told last, or what its page was made in. */
function markOf(request: Request): string | null {
  const told = request.headers['last-event-id'];
  if (typeof told === 'string') return told;
  return new URL(request.url, 'http://localhost').searchParams.get('since');
}

function eventOf(mark: string, snapshot: Snapshot, round: number): string {
  return `id: ${mark}
data: ${JSON.stringify(changedSince(snapshot, round))}

`;
}

/**
 * Server-sent events: every second the sections of the front page that changed, made once for all
 * clients, and only while there are any.
 */
export class LiveFeed {
  private readonly clients = new Set<Client>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly snapshots: SnapshotMaker,
    private readonly logError: (error: unknown) => void,
  ) {}

  route(): RequestHandler {
    return async (request, response) => {
      if (this.clients.size >= serverLimits.liveClients) {
        response
          .status(503)
          .setHeader('Retry-After', '15')
          .type('text/plain')
          .send('too many live pages are open; reload instead\n');
        return;
      }
      response.setHeader('Content-Type', 'text/event-stream');
      if (request.method === 'HEAD') {
        response.end();
        return;
      }
      const client = { response, round: this.snapshots.roundOf(markOf(request)) };
      this.clients.add(client);
      response.on('close', () => this.leave(client));
      response.write(`retry: ${retryMs}\n\n`);
      this.timer ??= setInterval(() => void this.update(), updateMs);
      this.tell(client, await this.snapshots.current());
    };
  }

  /** Ends every connection. */
  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    for (const { response } of this.clients) response.end();
    this.clients.clear();
  }

  private leave(client: Client): void {
    this.clients.delete(client);
    if (this.clients.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private async update(): Promise<void> {
    try {
      const snapshot = await this.snapshots.next();
      // Those that have seen the same get the same text.
      const texts = new Map<number, string>();
      for (const client of this.clients) {
        const text = texts.get(client.round) ?? this.eventOf(snapshot, client.round);
        texts.set(client.round, text);
        this.send(client, snapshot.round, text);
      }
    } catch (error) {
      this.logError(error);
    }
  }

  private tell(client: Client, snapshot: Snapshot): void {
    if (client.round >= snapshot.round) return;
    this.send(client, snapshot.round, this.eventOf(snapshot, client.round));
  }

  private eventOf(snapshot: Snapshot, round: number): string {
    return eventOf(this.snapshots.markOf(snapshot), snapshot, round);
  }

  /** One that does not read is let go: it would fill the memory. */
  private send(client: Client, round: number, text: string): void {
    const { response } = client;
    if (response.writableLength > serverLimits.liveBacklogBytes) {
      response.destroy();
      return;
    }
    response.write(text);
    client.round = round;
  }
}
