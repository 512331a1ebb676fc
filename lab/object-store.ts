import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import S3rver from 's3rver';

/** The one key that s3rver knows. It compares signatures, and keeps no versions of objects. */
export const objectStoreKey = 'S3RVER';

/** An object that keeps its folder there. */
export const placeholder = 'placeholder';

export interface ObjectStore {
  readonly url: string;
  readonly s3: S3Client;
  close(): Promise<void>;
}

/** An S3 server with these buckets, in this process, for objects under these prefixes. Port 0 takes a free one. */
export async function startObjectStore(
  host: string,
  port: number,
  folder: string,
  buckets: readonly string[],
  prefixes: readonly string[],
): Promise<ObjectStore> {
  const server = new S3rver({
    address: host,
    port,
    silent: true,
    directory: folder,
    configureBuckets: buckets.map((name) => ({ name, configs: [] })),
  });
  const { port: taken } = await server.run();
  const url = `http://${host}:${taken}`;
  const s3 = new S3Client({
    endpoint: url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: objectStoreKey, secretAccessKey: objectStoreKey },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  // s3rver removes a folder with its last object, also from under one that is just being written.
  for (const bucket of buckets) {
    for (const prefix of prefixes) {
      const key = `${prefix}${placeholder}`;
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'kept' }));
    }
  }
  const close = async () => {
    s3.destroy();
    await server.close();
  };
  return { url, s3, close };
}
