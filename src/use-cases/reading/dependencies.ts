/**
 * The dependencies that `app.ts` passes to the use cases that read: the database, the search engine, the definitions.
 */
import type { VisibilityDependencies } from '../../engines/access/visibility';
import type { SearchEngine } from '../../engines/search/search';
import type { Patients } from '../../definitions/patients';
import type { ResourceDefinition } from '../../definitions/resource-definition';
import type { StayChart } from '../../definitions/stay-chart';
import type { StayDocument } from '../../definitions/stay-document';
import type { NewId } from '../../platform/ids';
import type { Documents } from '../../engines/store/documents';
import type { Readable, ReadReplica } from '../../platform/read-replica';
import type { Tracing } from '../../platform/tracing';
import type { Issue } from '../../fhir/issue';
import type { Shares } from '../../platform/shares';
import type { Failed } from '../call/answered';
import type { Share } from './in-share';
import type { ReceivedBundle } from './received-bundle';

/** Resources of a type that are outside of the database. */
export interface Outside {
  /** Remarks for the answer of a search with these parameters. */
  remarks(params: readonly (readonly [string, string])[]): Promise<readonly Issue[]>;
  /** The failure for one of them that was asked for by its id. */
  missing(id: string): Promise<Failed | undefined>;
}

export interface ReadingDependencies extends VisibilityDependencies {
  database: Readable;
  /** A standby that may answer in place of the database. Use cases take it through `onReplica`. */
  replica?: ReadReplica | undefined;
  /** Each caller's share of the connections. */
  shares: Omit<Share, 'holder'>;
  /** Each caller's documents in work: a stay as one document fills memory and takes a second of the processor. */
  documentsAtOnce: Shares;
  /** The bytes of documents. */
  documents: Documents;
  /** The Bundle of a stored submission. */
  receivedBundle: ReceivedBundle;
  searchEngine: SearchEngine;
  patients: Patients;
  /** Every type with a table of its own. */
  definitions: readonly ResourceDefinition[];
  /** Every type that is stored, whether it has a table of its own or not. */
  storedTypes: readonly string[];
  /** The table that the other types share. */
  otherTable: string;
  /** Says how a stay is assembled as a document. */
  stayDocument: StayDocument;
  /** Says how the readings of a stay are charted. */
  stayChart: StayChart;
  /** What must be said of resources of a type that are outside of the database; undefined for most types. */
  outsideOf?: ((type: string) => Outside | undefined) | undefined;
  newId: NewId;
  tracing: Pick<Tracing, 'step'>;
}
