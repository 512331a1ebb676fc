import type { Secrets } from '../collectors/contract.js';
import type { Config } from '../config/schema.js';
import type { StoreSettings } from '../store/open-store.js';

/** Where history goes, as the configuration says. */
export function storeSettings({ store, deployment }: Config, secrets: Secrets): StoreSettings {
  const { postgres, file } = store;
  return postgres === undefined
    ? { kind: 'sqlite', file }
    : { kind: 'postgres', url: () => secrets.read(postgres.url), deployment };
}
