/** What this version stores: the tables that the ledger seals, whose resources are whose, and how patients are known. */
import type { Patients } from '../definitions/patients';
import { sealedTablesOf } from '../engines/ledger/sealed-tables';
import { ownersIn } from '../engines/store/owners';
import { secret } from '../engines/store/secrets';
import { keyedIds, type KeyedId } from '../platform/keyed-ids';
import type { Database } from '../platform/postgres';
import { bundle, storedResources } from '../resources';
import { createPatients } from '../resources/patient/patients';
import { provenance } from '../resources/provenance';

/** The patients of whatever ids a request names. */
export const owners = ownersIn(storedResources.map(({ table }) => table));

/** What the ledger seals beside submissions: the rows that they list, and those that the server makes of them. */
export const sealedTables = sealedTablesOf(storedResources, [bundle, provenance]);

/** Ids that follow from a key, by this database's own secret. */
export const openKeyedIds = async (database: Database): Promise<KeyedId> =>
  keyedIds(await secret(database, 'resource-ids'));

/** How this database knows patients. */
export const openPatients = async (database: Database): Promise<Patients> => {
  const idOfKey = await openKeyedIds(database);
  return createPatients((nhsNumber) => idOfKey('nhs-number', nhsNumber));
};
