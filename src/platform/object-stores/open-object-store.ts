/** Opens the place that a setting names: a folder, or `s3://BUCKET/PREFIX`. */
import { resolve } from 'node:path';
import { folderStore } from './folder-store';
import type { ObjectStore } from './object-store';

/** @param isFlat true to keep the objects of a folder in the folder itself, not spread over folders below it */
export function openObjectStore(place: string, isFlat = false): ObjectStore {
  if (!place.startsWith('s3:')) return folderStore(resolve(place), isFlat);
  // Loaded here only: the client is large, and most servers do not use it.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { s3Store } = require('./s3-store') as typeof import('./s3-store');
  return s3Store(place);
}
