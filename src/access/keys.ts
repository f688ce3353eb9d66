/**
 * Where the public keys of a token's issuer (or of a client) come from: a key set that is loaded once, refreshed
 * behind the requests' back, reloaded when an unknown `kid` comes, and kept while its source is away.
 * Unknown `kid`s can't be used to hammer the source: they share one reload, and reloads are counted.
 * @see docs/decisions/0004-access.md
 */
import { keySetEntry, readKeySet, type KeySet, type VerificationKey } from './jwk';
import { fetchJson } from './fetch-json';
import { messageOf } from './message-of';
import { readJsonFile } from './read-json-file';

export interface KeySource {
  /** The key that `kid` names for this algorithm, of those known now. Starts a refresh where one is due; never waits. */
  current(kid: string, algorithm: string): VerificationKey | undefined;
  /** The same, but waits for a reload where the key is unknown and a reload is allowed. Never throws. */
  find(kid: string, algorithm: string): Promise<VerificationKey | undefined>;
  /** Whether any key is known: false where the source has never answered, or has been away too long. */
  isReady(): boolean;
}

/** Reads the source again: the parsed JWKS document, or `unchanged`. Throws where the source can't be reached. */
export type LoadKeys = () => Promise<{ document: unknown } | 'unchanged'>;

export interface KeySourceOptions {
  load: LoadKeys;
  /** Keys older than this are refreshed in the background, in milliseconds. */
  refreshAfterMillis: number;
  /** Keys older than this are no longer trusted, in milliseconds: how long the source may be away. */
  distrustAfterMillis: number;
  /** After a failure the source is left alone for this long, in milliseconds. */
  retryAfterMillis: number;
  /** Each unknown `kid` may cost one reload of this many, which come back one per `unknownKidMillis`. */
  unknownKidReloads: number;
  unknownKidMillis: number;
  now: () => number;
  /** Told once, in a sentence for operators, what is wrong with the source or with a key. */
  onProblem: (text: string) => void;
}

export function createKeySource(options: KeySourceOptions): KeySource {
  const { now } = options;
  let keys: KeySet = new Map();
  let loadedAt = -Infinity;
  let failedAt = -Infinity;
  let inFlight: Promise<void> | undefined;
  let reloadsLeft = options.unknownKidReloads;
  let reloadsCountedAt = now();
  const told = new Set<string>();

  const tell = (text: string): void => {
    if (!told.has(text)) options.onProblem(text);
    told.add(text);
  };

  const reload = (): Promise<void> => {
    inFlight ??= load().finally(() => {
      inFlight = undefined;
    });
    return inFlight;
  };

  const load = async (): Promise<void> => {
    try {
      const loaded = await options.load();
      if (loaded !== 'unchanged') {
        const read = readKeySet(loaded.document);
        if (read.faults.length === 0) told.clear();
        for (const fault of read.faults) tell(`a key was left out: ${fault}`);
        if (read.keys.size === 0) throw new Error('it holds no key that can be used');
        keys = keepingSameKeys(keys, read.keys);
      }
      loadedAt = now();
      failedAt = -Infinity;
    } catch (error) {
      failedAt = now();
      tell(`the keys could not be loaded: ${messageOf(error)}`);
    }
  };

  const mayTry = (): boolean => now() - failedAt >= options.retryAfterMillis;

  const mayReload = (): boolean => {
    const gained = Math.floor((now() - reloadsCountedAt) / options.unknownKidMillis);
    if (gained > 0) {
      reloadsLeft = Math.min(options.unknownKidReloads, reloadsLeft + gained);
      reloadsCountedAt += gained * options.unknownKidMillis;
    }
    if (reloadsLeft < 1 || !mayTry()) return false;
    reloadsLeft -= 1;
    return true;
  };

  const current = (kid: string, algorithm: string): VerificationKey | undefined => {
    const age = now() - loadedAt;
    if (age >= options.refreshAfterMillis && loadedAt !== -Infinity && mayTry()) void reload();
    return age < options.distrustAfterMillis ? keys.get(keySetEntry(kid, algorithm)) : undefined;
  };

  return {
    current,
    isReady: () => now() - loadedAt < options.distrustAfterMillis,
    find: async (kid, algorithm) => {
      const known = current(kid, algorithm);
      if (known !== undefined) return known;
      if (inFlight !== undefined) await inFlight;
      else if (loadedAt === -Infinity ? mayTry() : mayReload()) await reload();
      return current(kid, algorithm);
    },
  };
}

/** Keeps the object of a key that is still published, so that what was verified by it can be told to hold still. */
function keepingSameKeys(before: KeySet, after: KeySet): KeySet {
  return new Map(
    [...after].map(([entry, key]) => {
      const old = before.get(entry);
      return [entry, old?.thumbprint === key.thumbprint ? old : key];
    }),
  );
}

export interface OpenKeySourceOptions {
  now: () => number;
  onProblem: (text: string) => void;
}

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

/** The key source at an `http:`, `https:` or `file:` address (`file:///etc/keys.json`, `file:keys.json`). */
export function openKeySource(uri: string, { now, onProblem }: OpenKeySourceOptions): KeySource {
  if (uri.startsWith('file:')) {
    return createKeySource({
      load: readJsonFile(uri),
      refreshAfterMillis: SECOND,
      distrustAfterMillis: 24 * HOUR,
      retryAfterMillis: 100,
      unknownKidReloads: 1_000,
      unknownKidMillis: 1,
      now,
      onProblem,
    });
  }
  return createKeySource({
    load: async () => ({ document: await fetchJson(uri) }),
    refreshAfterMillis: 300 * SECOND,
    distrustAfterMillis: 24 * HOUR,
    retryAfterMillis: 5 * SECOND,
    unknownKidReloads: 3,
    unknownKidMillis: 30 * SECOND,
    now,
    onProblem,
  });
}

/** Keys that never change: those that stand in a client's registration. */
export function fixedKeySource(keys: KeySet): KeySource {
  const current = (kid: string, algorithm: string): VerificationKey | undefined =>
    keys.get(keySetEntry(kid, algorithm));
  return { current, find: (kid, algorithm) => Promise.resolve(current(kid, algorithm)), isReady: () => true };
}
