/** A place for bytes outside the database: a folder, or a service with the interface of Amazon S3. */

export interface StoredObject {
  key: string;
  /** When it was put last. */
  putAt: Date;
}

export interface ObjectStore {
  /** As the settings name it, for messages. */
  name: string;
  /** Resolves when the bytes are durable. Replaces an object of the same key. */
  put(key: string, bytes: Buffer): Promise<void>;
  /** All bytes, or those from `start` (inclusive) to `end` (exclusive); undefined when there is no such object. */
  read(key: string, range?: { start: number; end: number }): Promise<Buffer | undefined>;
  /** Puts the bytes of a file, however large. */
  putFile(key: string, path: string): Promise<void>;
  /** How many bytes the object has; undefined when there is none. */
  size(key: string): Promise<number | undefined>;
  /** When the object was put last; undefined when there is none. */
  putAt(key: string): Promise<Date | undefined>;
  remove(key: string): Promise<void>;
  /** All objects, in any order. */
  list(): AsyncIterable<StoredObject>;
}
