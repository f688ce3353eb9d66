/**
 * Facts of a request for its audit record and its log line, beside what it disclosed. They are noted as soon as they
 * are known: the id of a stored submission stays noted if its answer fails.
 */
export interface RequestNotes {
  /** NHS numbers in the body of a request that was only checked, or was refused or failed before it was answered. */
  readonly nhsNumbers: ReadonlySet<string>;
  /** The server ids in such a body; their patients are recorded. */
  readonly ids: ReadonlySet<string>;
  /** The rules for which it, or a part of it, was refused. */
  readonly rules: ReadonlySet<string>;
  readonly submissionId?: string;
  /** `Bundle.type` of the body, if it could be read. */
  readonly bundleType?: string;
  /** Overrides the interaction of the route in the audit record. */
  readonly interaction?: string;
  /** A reason given for breaking the glass. */
  readonly breakGlass?: string;
  /** True when the audit record is already durable: a submission's commits together with it. */
  readonly recorded?: boolean;
  /** Without a token: the client that the caller claims to be, or has proved to be. */
  readonly client?: { clientId: string; sender: string; odsCode?: string; proven: boolean };
}

/** Facts to add: numbers, ids and rules are added to those noted before; the others are replaced. */
export type NotesGiven = Omit<Partial<RequestNotes>, 'nhsNumbers' | 'ids' | 'rules'> & {
  nhsNumbers?: Iterable<string>;
  ids?: Iterable<string>;
  rules?: Iterable<string>;
};

/** The notes of one request: `notes` shows what was noted until now, and `note` alone changes it. */
export function takeNotes(): { notes: RequestNotes; note: (given: NotesGiven) => void } {
  const numbers = new Set<string>();
  const named = new Set<string>();
  const broken = new Set<string>();
  const notes: RequestNotes = { nhsNumbers: numbers, ids: named, rules: broken };
  return {
    notes,
    note: ({ nhsNumbers = [], ids = [], rules = [], ...others }) => {
      for (const each of nhsNumbers) numbers.add(each);
      for (const each of ids) named.add(each);
      for (const each of rules) broken.add(each);
      Object.assign(notes, others);
    },
  };
}
