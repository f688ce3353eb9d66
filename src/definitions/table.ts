/**
 * The types in which a resource folder says how its type is stored and found: columns, search parameters, identity.
 */
import type { RuleId } from '../fhir/issue';
import type { AnyResource, JsonObject } from '../fhir/types';
import type { Finding } from './rule';

export type SqlType =
  | 'text'
  | 'text[]'
  | 'uuid'
  | 'uuid[]'
  | 'integer'
  | 'bigint'
  | 'numeric'
  | 'numeric[]'
  | 'boolean'
  | 'date'
  | 'timestamptz'
  | 'timestamptz[]'
  | 'tstzmultirange'
  | 'jsonb';

/** What a column's value may be before PostgreSQL reads it out of JSON. Decimals and times travel as strings. */
export type SqlValue = string | number | boolean | null | readonly (string | number | null)[] | JsonObject;

/** A column beyond those that every table has: a thing an analyst would ask for, such as `news2_total`. */
export interface Column {
  name: string;
  type: SqlType;
  /** What the column contains, for the documentation of the tables. */
  comment: string;
  value(resource: AnyResource): SqlValue;
}

/**
 * An index of a table. Every table has a primary key, `last_updated` and, where it has the column, `identifier`: a
 * definition lists the others. One with the name of a usual one takes its place.
 */
export interface Index {
  /** The end of its name: `of_patient` of the table `encounter` is the index `encounter_of_patient`. */
  name: string;
  /** What it orders rows by, as SQL: `patient_id, period_start`. */
  on: string;
  /** `gin` where the column is a list that is searched for one of its values, or a list of words. */
  using?: 'gin';
  /** Which rows are in it, as SQL; all of them unless given. */
  where?: string;
  unique?: true;
  /** True where the history has the same index. */
  history?: true;
}

/** @see https://hl7.org/fhir/R4/search.html#ptypes */
export type SearchParameterType =
  'token' | 'reference' | 'date' | 'string' | 'quantity' | 'number' | 'uri' | 'composite' | 'special';

/**
 * One search parameter. `paths` says where its values lie; `src/engines/indexing/<type>.ts` says how they are stored and how
 * they are asked for.
 */
export interface SearchParameter {
  /** The name in a query: `patient`, `code-value-quantity`. */
  code: string;
  type: SearchParameterType;
  /** The official FHIRPath expression (or our own): for the CapabilityStatement, OpenAPI, and the test that judges us by it. */
  expression: string;
  /** Its canonical url, such as `http://hl7.org/fhir/SearchParameter/clinical-patient`; absent for our own. */
  url?: string;
  /** What it finds, one sentence. */
  documentation: string;
  /** Paths below the resource. Lists are followed; `value[x]` means each typed name. */
  paths: readonly string[];
  /** Keeps a value that a path reached only where this holds. */
  filter?: (value: unknown, resource: AnyResource) => boolean;
  /** Reference parameters: the types they may point to. */
  targets?: readonly string[];
  /** The column (or the stem of the columns) it is stored in. Several parameters may share one. */
  column: string;
  /** Whether the resource can have more than one value. If so, they are stored in an array column. */
  multiple: boolean;
  /** Composite parameters: the codes of their components, parameters of the same type. */
  components?: readonly string[];
  /**
   * Composite parameters whose components must match within one element (`component`, `relatesTo`): each component,
   * with paths from that element. They are stored as one jsonb list of small rows.
   */
  parts?: readonly SearchParameter[];
  /** A parameter that finds what any of these parameters of the type finds; it has no column itself. */
  anyOf?: readonly string[];
  /** How it is stored where that is not the usual way of its type. */
  stored?: Storage;
  /** `plain` tokens: the code system that FHIR implies for the code. */
  system?: string;
  /** The values, where paths cannot say it. */
  values?: (resource: AnyResource) => readonly unknown[];
  /** Reference parameters: that the element is the canonical address of what it refers to, and no id. */
  canonical?: true;
  /** The identifiers of the patients themselves: an NHS number finds the patient whose current number it is. */
  numbersPatients?: true;
  /** Reference parameters: that many resources refer to the same one, as the stays of a trust do. */
  refersToOneOfFew?: true;
  /** Date parameters: a moment of the server's own or of a record, compared to the millisecond. */
  moment?: true;
  /** String parameters: what is stored and asked for in place of the text, such as how a name sounds. */
  encode?: (text: string) => string;
}

/**
 * `plain`: a token that is a code without a system of its own (`status`), stored as it is;
 * `instant`: a moment in one column; `id`: the primary key;
 * `owner`: the reference to the patient, asked for by `patient_id` where a Patient is meant.
 */
export type Storage = 'plain' | 'instant' | 'id' | 'owner';

/**
 * `sender or custodian`: the same sender, or the custodian itself sends it;
 * `stay or time`: the same stay or the same time, and the time alone where one of them names no stay.
 */
export type Agreement = 'patient' | 'sender' | 'custodian' | 'sender or custodian' | 'stay or time';

/**
 * How two resources are recognised as the same outside a lineage (semantics, "Who is who"). The
 * keys of a sent resource are those that are current now. The keys of a stored one are those at `storedAt`, so that no
 * stored resource becomes another one when the period of an identifier ends.
 */
export interface Identity {
  /** The business keys of the resource, as tokens `system|value`. */
  keys(resource: AnyResource, at?: number): readonly string[];
  /** Other identifiers that an update may not change either, as tokens. */
  alsoKnownBy?(resource: AnyResource, at?: number): readonly string[];
  /** Where the resource is an organisation: its ODS codes, for which the site's policy may forbid a sender to act. */
  odsCodes?(resource: AnyResource, at?: number): readonly string[];
  /** What must agree in addition to the key. */
  within: readonly Agreement[];
  /** For `stay or time`: the element that refers to the stay, and the time as one text for one moment or period. */
  stay?: string;
  time?(resource: AnyResource): string | null;
  /** What the sender reads where the key and these agree, but not all of `within`: the resource is stored as new. */
  otherwise?: { agree: readonly Agreement[]; rule: RuleId; text: string };
  /**
   * True where two resources with one key are so different that the sender has probably used the number again. The one
   * sent is still the next version, with a warning and a review mark.
   */
  usedAgain?(stored: AnyResource, sent: AnyResource): boolean;
  /**
   * Where the references to the stay are, and the type of a stay. If another summary has stored the resource for another
   * stay, the sender has probably used the number again.
   */
  ofStay?: { path: readonly string[]; type: string };
  /** The element that names the organisation whose stay or document it is. */
  heldBy?: string;
  /** True where the id of a new resource follows from its key, so that it is the same whoever sends it first. */
  idFollowsKey?: true;
  /** Of a type that senders share: true where content that was made before what is stored does not turn that back. */
  keepsNewest?: true;
  /** True where a second resource of the same Bundle with the key makes both of them new. */
  uniqueInBundle: boolean;
}

/** What becomes of a resource that every sender shares (a person, an organisation) when it is sent again. */
export type Merge = (stored: AnyResource, incoming: AnyResource, context: MergeContext) => MergeResult;

export interface MergeContext {
  /** True where the stored resource came from this lineage only, so that its correction wins. */
  solelyThisLineage: boolean;
  /** True of an update (`PUT`), which asks for this change and for nothing else. */
  isUpdate: boolean;
  /** True where another submission that was made later wrote what is stored: that stays current. */
  isLate: boolean;
  /** True of a Patient that a retraction states as its summary did: nothing of it is written but a death that is news. */
  isOnlyRestated: boolean;
  /** True where nobody has said of the patient's death since, and no retraction only says it again. */
  isNewestOfDeath: boolean;
  /** True of a death where a submission that stands has said a death before: this one repeats or contradicts it. */
  repeatsDeath: boolean;
  /** True of a conditional create whose condition finds the stored resource: nothing that is sent is written. */
  isFoundByCondition: boolean;
  /** The elements that the sender empties (the null of HL7 v2), beside leaving them out. */
  emptied?: ReadonlySet<string> | undefined;
  /** True where something differs from what is stored. */
  differs: boolean;
  /** True where the sender wrote the stored version. */
  isOwn: boolean;
  /** True of an entry of a summary, which itself brings a stay and a document. */
  isInSummary: boolean;
  /** True where the sender has stored a stay or a document of the patient. */
  isInCare: boolean;
  /** True where the sender is this organisation, or the site's policy lets it act for it; `''` for one without a code. */
  mayActFor(odsCode: string): boolean;
}

export type MergeResult =
  /** What is stored from now on; a new version only where it differs. */
  | {
      ok: true;
      resource: AnyResource;
      remarks: readonly MergeRemark[];
      /** True of what comes late: what is sent goes to the history, and `resource` is current after it. */
      isBehind?: true;
      /** True where the sender may not change what is stored, so that what was sent is not taken. */
      isKept?: true;
    }
  /** They are not the same after all (409), or the sender may not change what is stored (403). */
  | { ok: false; category: 'conflict' | 'forbidden'; rule: RuleId; element: string; text: string };

/** An issue for the sender about a merge. */
export interface MergeRemark extends Pick<Finding, 'element' | 'text' | 'review'> {
  rule: RuleId;
  severity: 'warning' | 'information';
}

/** One resource type: a folder of `src/resources/`. */
export interface TableDefinition {
  /** The table's name, snake_case of the type: `document_reference`. Its history is `<name>_history`. */
  name: string;
  /** The paths of attachments whose bytes are stored separately, e.g. `['content.attachment']`. Absent if there are none. */
  documents?: readonly string[];
  /** The path of the Reference to the patient, e.g. `['subject']`. Empty if the type belongs to no patient. */
  patient: readonly string[];
  columns: readonly Column[];
  /** Indexes in addition to those that every table has. */
  indexes?: readonly Index[];
  /** The column that holds the resource type, where several types share the table. */
  typeColumn?: string;
  /** `false` where rows are written once and never change, so that there is no `<name>_history`. */
  history?: false;
  /** The most of them on one page, where each may be as large as a submission; absent where pages are as usual. */
  mostOnPage?: number;
  /** True where numbers that were mistyped are on record, so that asking for one is no mistake. */
  holdsMistypedNumbers?: true;
  /** SQL for the bytes of a row's content, where that is put together from elsewhere. @param alias of the row */
  contentBytes?: (alias: string) => string;
}
