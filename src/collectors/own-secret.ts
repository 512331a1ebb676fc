import type { SecretRef } from '../config/values.js';
import type { Secrets } from './contract.js';
import { CollectionError } from './failure.js';

/**
 * A secret that the subject is to be asked with. @throws CollectionError `internal`: nothing was asked,
 * and what could not be read is on this side
 */
export async function ownSecret(
  secrets: Secrets,
  ref: SecretRef,
  subject: string,
): Promise<string> {
  try {
    return await secrets.read(ref);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CollectionError('internal', `${subject}: ${why}`, { cause });
  }
}
