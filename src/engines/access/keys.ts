/**
 * The public keys of a token's issuer (or of a client). The key set is loaded once, loaded again before its maximum age
 * and when an unknown `kid` occurs, and kept while its source is not available. Unknown `kid`s cannot overload the
 * source: requests share one reload, and the number of reloads is limited.
 * @see docs/decisions/0004-access.md
 */
import { fetchJson } from './fetch-json';
import { keySetEntry, readKeySet, type KeySet, type VerificationKey } from './jwk';
import { messageOf } from '../../platform/message-of';
import { readJsonFile, type ReadDocument } from '../../platform/read-json-file';
import { sha256Of, type OnRead } from '../../platform/seen-file';
import { within } from '../../platform/wait-at-most';
import { CHECK_AGAIN_AFTER_MILLIS } from '../../platform/watched-file';

export interface KeySource {
  /** The currently known key for this `kid` and algorithm. */
  current(kid: string, algorithm: string): VerificationKey | undefined;
  /** Waits until the keys are not older than their maximum age, so that the next request uses the new state. */
  settle(): Promise<void>;
  /** Waits like `settle`, and for a reload when the key is unknown and a reload is allowed. Never throws. */
  find(kid: string, algorithm: string): Promise<VerificationKey | undefined>;
  /** Whether any key is known: false when the source has never answered, or has not been available for too long. */
  isReady(): boolean;
}

/** Reads the source again: the parsed JWKS document, or `unchanged`. Throws when the source cannot be reached. */
export type LoadKeys = () => Promise<ReadDocument | 'unchanged'>;

export interface KeySourceOptions {
  load: LoadKeys;
  /** The maximum age of keys in milliseconds. When they are older, a request waits for the reload. */
  refreshAfterMillis: number;
  /** Whether requests wait for the source even after it failed. True for a file, which answers at once or never. */
  isNear?: boolean;
  /** Keys older than this are no longer trusted, in milliseconds: how long the source may be unavailable. */
  distrustAfterMillis: number;
  /** After a failure the source is not used for this long, in milliseconds. */
  retryAfterMillis: number;
  /** How many reloads unknown `kid`s may cause at once; one is regained every `unknownKidMillis`. */
  unknownKidReloads: number;
  unknownKidMillis: number;
  now: () => number;
  /** Called once for each fault of the source or of a key, with a sentence for operators. */
  onProblem: (text: string) => void;
  /** Called with each key set that is read. */
  onRead?: (keys: KeySet, sha256: string) => Promise<void>;
}

/** Longer than a fetch may take. */
const LONGEST_WAIT_MILLIS = 6_000;
/** A source on the network is reloaded at this share of the maximum age, so that requests rarely wait. */
const AHEAD = 0.8;

export function createKeySource(options: KeySourceOptions): KeySource {
  const { now } = options;
  let keys: KeySet = new Map();
  let loadedAt = -Infinity;
  let failedAt = -Infinity;
  let loads = 0;
  let inFlight: Promise<void> | undefined;
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
    const startedAt = now();
    loads += 1;
    try {
      const loaded = await options.load();
      if (loaded !== 'unchanged') {
        const read = readKeySet(loaded.document);
        if (read.faults.length === 0) told.clear();
        for (const fault of read.faults) tell(`a key was left out: ${fault}`);
        if (read.keys.size === 0) tell(withdrawal(loaded.document, loadedAt === -Infinity));
        keys = keepingSameKeys(keys, read.keys);
        await options.onRead?.(keys, loaded.sha256);
      }
      loadedAt = startedAt;
      failedAt = -Infinity;
    } catch (error) {
      failedAt = now();
      tell(`could not load the keys: ${messageOf(error)}`);
    }
  };

  const mayTry = (): boolean => now() - failedAt >= options.retryAfterMillis;
  const spendReload = reloadBudget(options);

  const current = (kid: string, algorithm: string): VerificationKey | undefined =>
    now() - loadedAt < options.distrustAfterMillis ? keys.get(keySetEntry(kid, algorithm)) : undefined;

  const age = (): number => now() - loadedAt;

  const settle = async (): Promise<void> => {
    // Tries twice, because a load in progress may have begun too long ago.
    for (let tries = 0; tries < 2 && age() >= options.refreshAfterMillis; tries += 1) {
      if (inFlight === undefined && !mayTry()) return;
      const isAway = failedAt !== -Infinity && loadedAt !== -Infinity;
      const loading = reload();
      // While the source is not available the last keys are used, and no request waits.
      if (isAway && options.isNear !== true) return;
      await within(loading, LONGEST_WAIT_MILLIS);
    }
    const isNearlyDue = age() >= options.refreshAfterMillis * AHEAD && age() < options.refreshAfterMillis;
    if (isNearlyDue && options.isNear !== true && inFlight === undefined && mayTry()) void reload();
  };

  return {
    current,
    settle,
    isReady: () => now() - loadedAt < options.distrustAfterMillis,
    find: async (kid, algorithm) => {
      const loadsBefore = loads;
      await settle();
      const known = current(kid, algorithm);
      if (known !== undefined) return known;
      if (inFlight !== undefined) await inFlight;
      else if (loads === loadsBefore && mayTry() && spendReload()) await reload();
      return current(kid, algorithm);
    },
  };
}

/** Limits reloads for unknown keys: a few at once, then one for each interval. @returns false when none remain */
function reloadBudget({
  now,
  unknownKidReloads,
  unknownKidMillis,
}: Pick<KeySourceOptions, 'now' | 'unknownKidReloads' | 'unknownKidMillis'>): () => boolean {
  let left = unknownKidReloads;
  let countedAt = now();
  return () => {
    const gained = Math.floor((now() - countedAt) / unknownKidMillis);
    if (gained > 0) {
      left = Math.min(unknownKidReloads, left + gained);
      countedAt += gained * unknownKidMillis;
    }
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}

/** Keeps the object of a key that is still published, so that results verified with it stay valid. */
function keepingSameKeys(before: KeySet, after: KeySet): KeySet {
  return new Map(
    [...after].map(([entry, key]) => {
      const old = before.get(entry);
      return [entry, old?.thumbprint === key.thumbprint ? old : key];
    }),
  );
}

export interface OpenKeySourceOptions {
  /** The name of the source for operators, such as `AUTH_JWKS_URI`. */
  name: string;
  now: () => number;
  onProblem: (text: string) => void;
  onRead?: OnRead;
}

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

/** The key source at an `http:`, `https:` or `file:` address (`file:///etc/keys.json`, `file:keys.json`). */
export function openKeySource(
  uri: string,
  { name, now, onProblem, onRead }: OpenKeySourceOptions,
): KeySource {
  const told = {
    now,
    onProblem: (text: string) => onProblem(`${name}: ${text}`),
    onRead: async (keys: KeySet, sha256: string) => onRead?.({ name, sha256, parts: partsOf(keys) }),
  };
  if (uri.startsWith('file:')) {
    return createKeySource({
      load: readJsonFile(uri),
      refreshAfterMillis: CHECK_AGAIN_AFTER_MILLIS,
      distrustAfterMillis: 24 * HOUR,
      retryAfterMillis: 100,
      isNear: true,
      unknownKidReloads: 1_000,
      unknownKidMillis: 1,
      ...told,
    });
  }
  return createKeySource({
    load: async () => {
      const document = await fetchJson(uri);
      return { document, sha256: sha256Of(JSON.stringify(document)) };
    },
    refreshAfterMillis: 300 * SECOND,
    distrustAfterMillis: 24 * HOUR,
    retryAfterMillis: 5 * SECOND,
    unknownKidReloads: 3,
    unknownKidMillis: 30 * SECOND,
    ...told,
  });
}

/** The keys by their `kid`, each with its thumbprint. */
function partsOf(keys: KeySet): Record<string, string> {
  return Object.fromEntries([...keys.values()].map(({ kid, thumbprint }) => [kid, thumbprint]));
}

/** Keys that never change: those in a client's registration. */
export function fixedKeySource(keys: KeySet): KeySource {
  const current = (kid: string, algorithm: string): VerificationKey | undefined =>
    keys.get(keySetEntry(kid, algorithm));
  return {
    current,
    settle: () => Promise.resolve(),
    find: (kid, algorithm) => Promise.resolve(current(kid, algorithm)),
    isReady: () => true,
  };
}

/**
 * What to tell of a set without a key. A set that was reached and is empty withdraws every key; an answer of another kind,
 * such as that of a proxy, does not.
 * @throws where nothing is known yet, or the document is no key set
 */
function withdrawal(document: unknown, isFirst: boolean): string {
  if (isFirst || !Array.isArray((Object(document) as { keys?: unknown }).keys))
    throw new Error('it contains no key that can be used');
  return 'the source has no key that can be used any more: none of its tokens is accepted';
}
