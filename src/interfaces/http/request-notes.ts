/**
 * What is known of a request beside what it disclosed, for its audit record and its log line. It is noted as soon as it
 * is known: the id of a submission that is stored stays noted when its answer fails.
 */
export interface RequestNotes {
  /** NHS numbers in the body of a request that was refused or failed before it was answered. */
  readonly nhsNumbers: ReadonlySet<string>;
  /** The server's ids in such a body: their patients are recorded. */
  readonly ids: ReadonlySet<string>;
  /** The rules of what it, or a part of it, was refused for. */
  readonly rules: ReadonlySet<string>;
  readonly submissionId?: string;
  /** `Bundle.type` of what was sent, as far as it could be read. */
  readonly bundleType?: string;
  /** Overrides the subtype that the route gives. */
  readonly interaction?: string;
  /** A reason given for breaking the glass. */
  readonly breakGlass?: string;
  /** True where the record is durable already: a submission's commits together with it. */
  readonly recorded?: boolean;
  /** Where no token says who calls: what the caller claims or has proven of itself. */
  readonly client?: { clientId: string; sender: string; odsCode?: string; proven: boolean };
}

/** More of it: numbers, ids and rules are added to those noted before, the others take their place. */
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
