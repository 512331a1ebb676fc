import { readFile } from 'node:fs/promises';
import type { TlsSettings } from '../../config/values.js';
import { CollectionError } from '../failure.js';

/** The options that `node:tls` takes, read from the files that the settings name. */
export interface TlsMaterial {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized: boolean;
}

async function readPem(path: string, key: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new CollectionError('tls', `cannot read ${path} (tls.${key})`, { cause });
  }
}

/** @throws CollectionError `tls`, naming the file that cannot be read */
export async function readTlsMaterial(settings: TlsSettings | undefined): Promise<TlsMaterial> {
  if (settings === undefined) return { rejectUnauthorized: true };
  const { caFile, certFile, keyFile, serverName, insecureSkipVerify } = settings;
  return {
    rejectUnauthorized: !insecureSkipVerify,
    ...(caFile !== undefined && { ca: await readPem(caFile, 'caFile') }),
    ...(certFile !== undefined && { cert: await readPem(certFile, 'certFile') }),
    ...(keyFile !== undefined && { key: await readPem(keyFile, 'keyFile') }),
    ...(serverName !== undefined && { servername: serverName }),
  };
}
