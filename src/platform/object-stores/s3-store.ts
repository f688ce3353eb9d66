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
  type HeadObjectCommandOutput,
  type ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { ObjectStore, StoredObject } from './object-store';

const TIMEOUT_MILLIS = 10_000;
/** The time until an answer is whole. The client's own limits end with the head of an answer. */
const WHOLE_WITHIN_MILLIS = 60_000;
/** For a whole file: as much as one request may carry (5 GB), at 1.4 MB a second. */
const FILE_TIMEOUT_MILLIS = 3_600_000;

/** @param wholeWithinMillis the time until an answer is whole */
export function s3Store(url: string, wholeWithinMillis = WHOLE_WITHIN_MILLIS): ObjectStore {
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
  const inTime = within(wholeWithinMillis);
  const head = (key: string): Promise<HeadObjectCommandOutput | undefined> =>
    unlessMissing(() =>
      inTime((abortSignal) => client.send(new HeadObjectCommand(place(key)), { abortSignal })),
    );
  return {
    name: url,
    put: async (key, bytes) => {
      const command = new PutObjectCommand({
        ...place(key),
        Body: bytes,
        ContentType: 'application/octet-stream',
      });
      await inTime((abortSignal) => client.send(command, { abortSignal }));
    },
    putFile: async (key, path) => {
      // A stream cannot be sent again, so the whole request is repeated by whoever asked for it.
      const { size } = await stat(path);
      const Body = createReadStream(path);
      const ContentType = 'application/octet-stream';
      try {
        await client.send(new PutObjectCommand({ ...place(key), Body, ContentLength: size, ContentType }), {
          requestTimeout: FILE_TIMEOUT_MILLIS,
        });
      } finally {
        // A request that was not sent whole leaves its file open.
        Body.destroy();
      }
    },
    size: async (key) => (await head(key))?.ContentLength,
    read: (key, range) =>
      unlessMissing(async () => {
        const part = range === undefined ? {} : { Range: `bytes=${range.start}-${range.end - 1}` };
        return inTime(async (abortSignal) => {
          const command = new GetObjectCommand({ ...place(key), ...part });
          const { Body } = await client.send(command, { abortSignal });
          const body = Body as Readable | undefined;
          abortSignal.addEventListener('abort', () => body?.destroy(), { once: true });
          return Buffer.from((await Body?.transformToByteArray()) ?? []);
        });
      }),
    putAt: async (key) => (await head(key))?.LastModified,
    remove: async (key) => {
      const command = new DeleteObjectCommand(place(key));
      await inTime((abortSignal) => client.send(command, { abortSignal }));
    },
    list: () =>
      listed((command) => inTime((abortSignal) => client.send(command, { abortSignal })), bucket, prefix),
  };
}

type InTime = <T>(work: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/** Ends work that takes longer, also where an answer comes byte by byte and never ends. */
function within(millis: number): InTime {
  return async (work) => {
    const ending = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        ending.abort();
        reject(Object.assign(new Error('the object store did not answer in time'), { code: 'ETIMEDOUT' }));
      }, millis);
    });
    try {
      return await Promise.race([work(ending.signal), late]);
    } finally {
      clearTimeout(timer);
    }
  };
}

async function* listed(
  send: (command: ListObjectsV2Command) => Promise<ListObjectsV2CommandOutput>,
  bucket: string,
  prefix: string,
): AsyncGenerator<StoredObject> {
  for (let next: string | undefined, isFirst = true; isFirst || next !== undefined; isFirst = false) {
    const page = await send(
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
