import { PostgresBackend } from './postgres/backend.js';
import { reading, recording } from './purpose.js';
import { SqlStore } from './sql-store.js';
import { SqliteBackend } from './sqlite/backend.js';
import type { Store } from './store.js';

export type StoreSettings =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: () => Promise<string>; readonly deployment: string };

export interface StoreEnv {
  readonly clock: { now(): { readonly wallMs: number } };
  /** Told, in a sentence, when a damaged file was put aside. */
  readonly onDamage: (message: string) => void;
}

/** The store that the settings name; connects to nothing yet. */
export function storeOf(settings: StoreSettings, { clock, onDamage }: StoreEnv): Store {
  return new SqlStore(
    settings.kind === 'sqlite'
      ? new SqliteBackend(settings.file, recording, { clock, onDamage })
      : new PostgresBackend(settings.url, settings.deployment, recording),
  );
}

/** A store for those who only read it. */
export type StoreReader = Pick<Store, 'open' | 'exposures' | 'drills' | 'close'>;

/** It makes, mends and migrates nothing, and may be asked beside an exporter. */
export function storeReaderOf(settings: StoreSettings, clock: StoreEnv['clock']): StoreReader {
  return new SqlStore(
    settings.kind === 'sqlite'
      ? new SqliteBackend(settings.file, reading, { clock })
      : new PostgresBackend(settings.url, settings.deployment, reading),
  );
}
