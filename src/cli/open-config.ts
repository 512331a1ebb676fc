import { ConfigReloader } from '../deployment/reloader.js';
import { SecretReader } from '../config/secrets.js';
import { systemClock } from '../runner/clock.js';
import { complain } from './output.js';

export interface OpenedConfig {
  readonly reloader: ConfigReloader;
  readonly secrets: SecretReader;
}

/** Loads a configuration for a command; on faults prints every one and answers nothing. */
export async function openConfig(file: string): Promise<OpenedConfig | undefined> {
  const opened = await ConfigReloader.open(file);
  if (opened.ok) return { reloader: opened.reloader, secrets: new SecretReader(systemClock) };
  for (const fault of opened.faults) complain(fault);
  return undefined;
}
