import { z } from 'zod';
import { httpUrl, secretRef, tls } from '../../config/values.js';

const bucketWords = {
  error: 'the name of a bucket: 3 to 63 lower-case letters, digits, "." or "-"',
};

/** Where a bucket is and how to log in to it; any service that speaks the S3 API. */
export const bucketSettings = {
  bucket: z
    .string(bucketWords)
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, bucketWords)
    .describe('Name of the bucket.'),
  endpoint: httpUrl
    .optional()
    .describe("URL of a service that speaks the S3 API; AWS's own for the region when absent."),
  signingRegion: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/, { error: 'a region as requests are signed for, such as us-east-1' })
    .prefault('us-east-1')
    .describe('Region that requests are signed for.'),
  pathStyle: z
    .boolean()
    .optional()
    .describe(
      'Whether the bucket stands in the path, not in the host name; so with an endpoint when absent.',
    ),
  accessKeyId: secretRef
    .optional()
    .describe(
      'Access key, by reference; with the secret one. Without both, as the AWS SDK finds them: environment, web identity, instance role.',
    ),
  secretAccessKey: secretRef.optional().describe('Secret access key, by reference.'),
  sessionToken: secretRef.optional().describe('Session token of temporary keys, by reference.'),
  tls: tls.optional(),
};

const bucket = z.strictObject(bucketSettings);
export type BucketSettings = Omit<z.output<typeof bucket>, 'pathStyle'> & {
  readonly pathStyle?: boolean | undefined;
};
