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
import type { ReceivedBundle } from './received-bundle';

export interface ReadingDependencies extends VisibilityDependencies {
  database: Readable;
  /** A standby that may answer in place of the database. Use cases take it through `onReplica`. */
  replica?: ReadReplica | undefined;
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
  newId: NewId;
  tracing: Pick<Tracing, 'step'>;
}
