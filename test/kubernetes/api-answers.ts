import type { KubeObject, ResourceName } from './object-store.js';
import { resources } from './object-store.js';

/** A Status object, as the API server answers with when it does not do what it was asked. */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: { readonly continue?: string };
  readonly status: 'Failure';
  readonly message: string;
  readonly reason: string;
  readonly code: number;
  readonly details?: object;
}

export function statusOf(
  code: number,
  reason: string,
  message: string,
  more: Pick<Status, 'details'> & { readonly continue?: string } = {},
): Status {
  const { details } = more;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: more.continue === undefined ? {} : { continue: more.continue },
    status: 'Failure',
    message,
    reason,
    ...(details !== undefined && { details }),
    code,
  };
}

function groupOf(resource: ResourceName): string {
  const { groupVersion } = resources[resource];
  return groupVersion.includes('/') ? groupVersion.slice(0, groupVersion.indexOf('/')) : '';
}

/** What one asks for without the right to. */
export interface Asked {
  readonly verb: 'list' | 'watch' | 'get';
  readonly resource: ResourceName;
  readonly group: string;
  /** Empty at the cluster scope. */
  readonly namespace: string;
}

export function asked(verb: Asked['verb'], resource: ResourceName, namespace: string): Asked {
  return { verb, resource, group: groupOf(resource), namespace };
}

export function forbidden(user: string, { verb, resource, group, namespace }: Asked): Status {
  const qualified = group === '' ? resource : `${resource}.${group}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const message = `${qualified} is forbidden: User "${user}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`;
  return statusOf(403, 'Forbidden', message, { details: { group, kind: resource } });
}

export function tooOld(asked: number, oldest: number): Status {
  return statusOf(410, 'Expired', `too old resource version: ${asked} (${oldest})`);
}

/** Texts of objects as lists and events have them; each is made once. */
const inList = new WeakMap<KubeObject, string>();
const inEvent = new WeakMap<KubeObject, string>();

/** In a list an object does not say its kind. */
export function listText(object: KubeObject): string {
  let text = inList.get(object);
  if (text === undefined) {
    const { apiVersion: _version, kind: _kind, ...rest } = object;
    text = JSON.stringify(rest);
    inList.set(object, text);
  }
  return text;
}

export function eventText(type: string, object: KubeObject): string {
  let text = inEvent.get(object);
  if (text === undefined) {
    text = JSON.stringify(object);
    inEvent.set(object, text);
  }
  return `{"type":"${type}","object":${text}}\n`;
}

/** A sign that a watch has come this far; of the object it has only the version. */
export function bookmarkText(resource: ResourceName, revision: number): string {
  const { kind, groupVersion } = resources[resource];
  const metadata = { resourceVersion: String(revision), creationTimestamp: null };
  const object = { kind, apiVersion: groupVersion, metadata };
  return `${JSON.stringify({ type: 'BOOKMARK', object })}\n`;
}

type Labels = Readonly<Record<string, string>>;

/** Whether labels meet a selector such as `app=api,tier!=web,zone in (a,b),!legacy`. */
export function matchesLabels(selector: string, labels: Labels): boolean {
  return splitSelector(selector).every((part) => {
    const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(part);
    if (set !== null) {
      const values = set[3]!.split(',').map((each) => each.trim());
      const isIn = values.includes(labels[set[1]!] ?? '\0');
      return set[2] === 'in' ? isIn : !isIn;
    }
    const equality = /^([^=!]+)(==|=|!=)(.*)$/.exec(part);
    if (equality !== null) {
      const isEqual = labels[equality[1]!.trim()] === equality[3]!.trim();
      return equality[2] === '!=' ? !isEqual : isEqual;
    }
    return part.startsWith('!') ? labels[part.slice(1)] === undefined : labels[part] !== undefined;
  });
}

function splitSelector(selector: string): string[] {
  return selector
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
