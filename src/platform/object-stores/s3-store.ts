/**
 * Objects of a service with the interface of Amazon S3: `s3://BUCKET/PREFIX`. The client takes credentials, region and
 * address from its standard variables (`AWS_ACCESS_KEY_ID`, `AWS_REGION`, `AWS_ENDPOINT_URL` and others).
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
 */
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { ObjectStore, StoredObject } from './object-store';

const TIMEOUT_MILLIS = 10_000;

export function s3Store(url: string): ObjectStore {
  const { hostname: bucket, pathname } = new URL(url);
  const prefix = pathname.replace(/^\/+/, '').replace(/\/*$/, (end) => (end === '' ? '' : '/'));
  const client = new S3Client({
    // An address of one's own rarely has a name for each bucket.
    forcePathStyle: true,
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: TIMEOUT_MILLIS, throwOnRequestTimeout: true },
    // The bytes are named by their SHA-256. Other services do not know the client's own checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const place = (key: string): { Bucket: string; Key: string } => ({
    Bucket: bucket,
    Key: `${prefix}${key}`,
  });
  return {
    name: url,
    put: async (key, bytes) => {
      await client.send(
        new PutObjectCommand({ ...place(key), Body: bytes, ContentType: 'application/octet-stream' }),
      );
    },
    read: (key, range) =>
      unlessMissing(async () => {
        const part = range === undefined ? {} : { Range: `bytes=${range.start}-${range.end - 1}` };
        const { Body } = await client.send(new GetObjectCommand({ ...place(key), ...part }));
        return Buffer.from((await Body?.transformToByteArray()) ?? []);
      }),
    putAt: (key) =>
      unlessMissing(async () => (await client.send(new HeadObjectCommand(place(key)))).LastModified),
    remove: async (key) => {
      await client.send(new DeleteObjectCommand(place(key)));
    },
    list: () => listed(client, bucket, prefix),
  };
}

async function* listed(client: S3Client, bucket: string, prefix: string): AsyncGenerator<StoredObject> {
  for (let next: string | undefined, isFirst = true; isFirst || next !== undefined; isFirst = false) {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: next }),
    );
    for (const { Key, LastModified } of page.Contents ?? [])
      if (Key !== undefined && LastModified) yield { key: Key.slice(prefix.length), putAt: LastModified };
    next = page.NextContinuationToken;
  }
}

async function unlessMissing<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
    if (name === 'NoSuchKey' || name === 'NotFound' || $metadata?.httpStatusCode === 404) return undefined;
    throw error;
  }
}
