import { statusOf } from './api-answers.js';
import type { Extension, Written } from './api-server.js';
import type { Cluster } from './cluster.js';

const evictionPattern = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/eviction$/;
const nodePattern = /^\/api\/v1\/nodes\/([^/]+)$/;

function notFound(what: string): Written {
  return { code: 404, body: statusOf(404, 'NotFound', `${what} not found`) };
}

function evict(cluster: Cluster, name: string, uid: string | undefined): Written {
  const outcome = cluster.evict(name, uid);
  if (outcome === 'missing') return notFound(`pods "${name}"`);
  const words = "Cannot evict pod as it would violate the pod's disruption budget.";
  if (outcome === 'refused') return { code: 429, body: statusOf(429, 'TooManyRequests', words) };
  if (outcome === 'another')
    return { code: 409, body: statusOf(409, 'Conflict', 'the UID in the precondition differs') };
  return { code: 201, body: { kind: 'Status', apiVersion: 'v1', status: 'Success' } };
}

interface EvictionBody {
  readonly deleteOptions?: { readonly preconditions?: { readonly uid?: string } };
}

/** What may be written to a cluster: evictions, and whether a node takes pods. */
export function clusterWrites(cluster: Cluster): Extension {
  return ({ method, url, body }) => {
    const eviction = evictionPattern.exec(url.pathname);
    if (eviction !== null && method === 'POST') {
      const { deleteOptions } = body as EvictionBody;
      return evict(cluster, eviction[2]!, deleteOptions?.preconditions?.uid);
    }
    const [, name] = nodePattern.exec(url.pathname) ?? [];
    if (name === undefined) return undefined;
    if (method === 'PATCH') {
      const { spec } = body as { spec: { unschedulable: boolean | null } };
      cluster.cordon(name, spec.unschedulable === true);
    }
    const node = cluster.store.get('nodes', '', name);
    return node === undefined ? notFound(`nodes "${name}"`) : { code: 200, body: node };
  };
}
