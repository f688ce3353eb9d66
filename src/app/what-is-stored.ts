/**
 * Describes what this version stores: the tables that the ledger seals, which patient owns a resource, and how patients
 * are identified.
 */
import type { Patients } from '../definitions/patients';
import { sealedTablesOf, type SealedTables } from '../engines/ledger/sealed-tables';
import { ownersIn } from '../engines/store/owners';
import { secret } from '../engines/store/secrets';
import { keyedIds, type KeyedId } from '../platform/keyed-ids';
import type { Queryable } from '../platform/postgres';
import { bundle, storedResources } from '../resources';
import { createPatients } from '../resources/patient/patients';
import { provenance } from '../resources/provenance';

/** Finds the patients that own the ids in a request. */
export const owners = ownersIn(storedResources.map(({ table }) => table));

/** What the ledger seals beside submissions: the rows that they list, and those that the server makes for them. */
export const sealedTables = sealedTablesOf(storedResources, [bundle, provenance]);

/** The type of a row of each table, as SQL: a literal, or the column of a table that several types share. */
export const rowTypesOf = ({ types, shared }: SealedTables): Record<string, string> =>
  Object.fromEntries(
    Object.entries(types).map(([type, table]) => [table, shared[table] ?? `'${type}'::text`]),
  );

/** Makes ids from keys, with this database's own secret. */
export const openKeyedIds = async (database: Queryable): Promise<KeyedId> =>
  keyedIds(await secret(database, 'resource-ids'));

/** How this database identifies patients. */
export const openPatients = async (database: Queryable): Promise<Patients> => {
  const idOfKey = await openKeyedIds(database);
  return createPatients((nhsNumber) => idOfKey('nhs-number', nhsNumber));
};
