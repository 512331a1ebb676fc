import type { RequestHandler } from 'express';
import { heartbeatsKept } from '../runner/heartbeat-book.js';
import type { ClusterHeartbeats, HeartbeatsAnswer } from '../slo/answers.js';
import type { HeartbeatRange } from '../slo/heartbeat-ring.js';
import { answering, BadQuery, limitOf, oneOf, queryOf } from './query.js';

/** What the route asks. */
export interface ServedHeartbeats {
  /** Clusters that have a write canary. */
  readonly clusters: readonly string[];
  /** Of one cluster, or of all. */
  answer(cluster: string | undefined, range: HeartbeatRange): readonly ClusterHeartbeats[];
}

function afterOf(query: URLSearchParams): bigint | undefined {
  const text = query.get('after');
  if (text === null) return undefined;
  if (/^-?\d{1,19}$/.test(text)) return BigInt(text);
  throw new BadQuery('after: expected the number of a heartbeat, such as 1795000020000');
}

function clusterOf(query: URLSearchParams, clusters: readonly string[]): string | undefined {
  if (query.has('cluster') && clusters.length === 0) {
    throw new BadQuery('cluster: no cluster has a write canary (collectors.postgres, canary)');
  }
  return oneOf(query, 'cluster', clusters) ?? undefined;
}

function rangeOf(query: URLSearchParams): HeartbeatRange {
  const limit = limitOf(query, heartbeatsKept);
  const after = afterOf(query);
  return after === undefined ? { limit } : { after, limit };
}

/** Which heartbeats were acknowledged. Reads memory alone. */
export function heartbeatsRoute(
  served: ServedHeartbeats,
  deployment: () => string,
): RequestHandler {
  return answering(({ url }): HeartbeatsAnswer => {
    const query = queryOf(url, ['cluster', 'after', 'limit']);
    const clusters = served.answer(clusterOf(query, served.clusters), rangeOf(query));
    return { deployment: deployment(), at: new Date().toISOString(), clusters };
  });
}
