/**
 * The Provenance of a submission: who sent it, what it made or changed, version by version.
 * @see https://hl7.org/fhir/R4/provenance.html
 */
import { ODS_ORGANISATION_SYSTEM } from '../../terminology/ods';
import type { AnyResource } from '../../fhir/types';

export interface SubmissionProvenance {
  submissionId: string;
  sender: string;
  recorded: Date;
  written: readonly { type: string; id: string; version: number; written: boolean; created: boolean }[];
}

/** Undefined where the submission changed nothing. */
export function provenanceOfSubmission({
  submissionId,
  sender,
  recorded,
  written,
}: SubmissionProvenance): AnyResource | undefined {
  const changed = written.filter((entry) => entry.written && entry.type !== 'Binary');
  if (changed.length === 0) return undefined;
  const isOds = /^[A-Z0-9]{3,12}$/.test(sender);
  return {
    resourceType: 'Provenance',
    target: changed.map(({ type, id, version }) => ({ reference: `${type}/${id}/_history/${version}` })),
    recorded: recorded.toISOString(),
    activity: {
      coding: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/v3-DataOperation',
          code: changed.every(({ created }) => created) ? 'CREATE' : 'UPDATE',
        },
      ],
    },
    agent: [
      {
        type: {
          coding: [
            {
              system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type',
              code: 'transmitter',
            },
          ],
        },
        who: {
          type: isOds ? 'Organization' : 'Device',
          identifier: {
            ...(isOds ? { system: ODS_ORGANISATION_SYSTEM } : {}),
            value: sender,
          },
        },
      },
    ],
    entity: [{ role: 'source', what: { reference: `Bundle/${submissionId}` } }],
  };
}
