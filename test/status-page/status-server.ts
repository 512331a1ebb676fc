import { createApp } from '../../src/server/app.js';
import { LiveFeed } from '../../src/server/live-feed.js';
import { listen, type Listening } from '../../src/server/listen.js';
import { SnapshotMaker } from '../../src/server/status-snapshot.js';
import type { ServedStatus } from '../../src/server/status-routes.js';
import { StateBook } from '../../src/runner/state-book.js';
import type { StatusModel } from '../../src/status-page/model.js';
import { MetricsPage } from '../../src/telemetry/metrics-page.js';

/** The status page over a model that a test holds. */
export function servedStatus(model: () => StatusModel): ServedStatus {
  const snapshots = new SnapshotMaker(model, () => performance.now());
  return {
    model,
    incident: (id) => Promise.resolve(model().incidents.find((each) => each.id.startsWith(id))),
    snapshots,
    feed: new LiveFeed(snapshots, (error) => {
      throw error;
    }),
  };
}

export interface StatusServer extends Listening {
  readonly status: ServedStatus;
}

/** A server on loopback whose pages show the model. */
export async function startStatusServer(model: () => StatusModel): Promise<StatusServer> {
  const status = servedStatus(model);
  const unasked = () => {
    throw new Error('not asked for here');
  };
  const app = createApp({
    version: '1.2.3',
    page: new MetricsPage(),
    book: new StateBook(),
    slos: {
      slos: unasked,
      compliance: unasked,
      regions: unasked,
      incidents: unasked,
      incident: unasked,
      drills: unasked,
    },
    heartbeats: { clusters: [], answer: unasked },
    status,
    peers: { regions: unasked, peerSecret: () => Promise.resolve(undefined) },
    deployment: () => model().deployment,
    hasTargets: () => true,
    reload: unasked,
    reloadAllowed: () => false,
    logError: (error) => {
      throw error;
    },
  });
  const listening = await listen(app, '127.0.0.1', 0);
  return {
    url: listening.url,
    status,
    close: () => {
      status.feed.stop();
      return listening.close();
    },
  };
}
