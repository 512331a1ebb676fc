import type { ShownTarget } from './target.js';

/** Something that is wrong though everybody answers, and users may be served. */
export interface Danger {
  readonly health: 'down' | 'degraded';
  readonly trouble: 'split' | 'redundancy' | 'archiving';
  readonly text: string;
}

type Values = ReadonlyMap<string, ShownTarget['facts'][number]['value']>;

/** Two that write are worse than none: what one of them takes is lost. */
function twoWriters(text: string): Danger {
  return { health: 'down', trouble: 'split', text };
}

const readers: Readonly<Record<string, (facts: Values) => Danger | undefined>> = {
  patroni: (facts) =>
    facts.get('split_brain') === true
      ? twoWriters('a split brain: more than one member writes')
      : undefined,
  lag: (facts) =>
    Number(facts.get('writers') ?? 0) > 1
      ? twoWriters(`${facts.get('writers')} members of the two regions accept writes`)
      : undefined,
  backups: (facts) => {
    if (facts.get('restorable') === null)
      return { health: 'degraded', trouble: 'redundancy', text: 'no point to restore is known' };
    const archiving = facts.get('archiving');
    if (archiving !== 'fails' && archiving !== 'off') return undefined;
    const text = archiving === 'off' ? 'archiving is off' : 'archiving fails';
    return { health: 'degraded', trouble: 'archiving', text };
  },
};

/** What no SLI of its users need tell, as the facts of the target have it. */
export function dangerOf({ kind, status, stale, facts }: ShownTarget): Danger | undefined {
  if (status !== 'ok' || stale) return undefined;
  return readers[kind]?.(new Map(facts.map(({ name, value }) => [name, value])));
}
