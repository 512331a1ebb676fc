import type { Clock, ObserveContext } from '../contract.js';
import { CollectionError } from '../failure.js';
import type { Bucket, Listing } from '../s3/client.js';
import type { NewestObject, SourceAnswer } from './snapshot.js';
import type { ObjectsSource } from './targets.js';

interface Found {
  newest: NewestObject | undefined;
  tooSmall: number;
}

/** Takes a page in; its times are moved from the service's clock to the exporter's. */
function take(found: Found, page: Listing, askedMs: number, minBytes: number): void {
  const shiftMs = page.answeredMs === undefined ? 0 : askedMs - page.answeredMs;
  for (const { key, bytes, modifiedMs } of page.objects) {
    if (bytes < minBytes) found.tooSmall += 1;
    else if (found.newest === undefined || modifiedMs + shiftMs > found.newest.modifiedMs)
      found.newest = { key, bytes, modifiedMs: modifiedMs + shiftMs };
  }
}

/** The newest object that is large enough to be a backup. @throws CollectionError */
export async function findNewestObject(
  bucket: Bucket,
  { prefix, minBytes, maxPages }: ObjectsSource,
  clock: Clock,
  { signal, transcript }: ObserveContext,
): Promise<Extract<SourceAnswer, { kind: 'objects' }>> {
  const found: Found = { newest: undefined, tooSmall: 0 };
  let next: string | undefined;
  for (let pages = 0; pages < maxPages; pages += 1) {
    const askedMs = clock.now().wallMs;
    const page = await bucket.list(prefix, next, signal);
    take(found, page, askedMs, minBytes);
    transcript?.note(`${bucket.where}: LIST ${prefix}`, `${page.objects.length} objects`);
    if (page.next === undefined) return { kind: 'objects', ...found };
    next = page.next;
  }
  throw new CollectionError(
    'too_large',
    `${bucket.where}: LIST ${prefix}: more than ${maxPages} pages; narrow the prefix, or raise maxPages`,
  );
}
