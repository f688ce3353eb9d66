/** The rule that keeps AuditEvents out of submissions. */
import { always, type Rule } from '../../definitions/rule';
import { listOf } from '../../fhir/types';

/** A submitted AuditEvent could not be distinguished from those of the server. */
export const auditEventsAreTheServersOwn: Rule = {
  id: 'audit-01',
  severity: always('error'),
  code: 'not-supported',
  guidance: 'R4 AuditEvent',
  claim: 'A submission contains no AuditEvent, because only the server writes the audit trail.',
  check: () => [
    {
      element: '',
      text: 'An AuditEvent cannot be submitted, because only the server writes the audit trail. Leave the entry out. To record what happened earlier, send a Provenance.',
    },
  ],
  examples: {
    keeps: (summary) => summary,
    breaks: (summary) => {
      summary.entry = [
        ...listOf(summary.entry),
        {
          fullUrl: 'urn:uuid:5f1b0c1e-93f5-4c0e-8d39-0d5a9b9a6a01',
          resource: {
            resourceType: 'AuditEvent',
            type: { system: 'http://terminology.hl7.org/CodeSystem/audit-event-type', code: 'rest' },
            recorded: '2026-01-05T10:00:00Z',
            agent: [{ requestor: true, who: { display: 'somebody' } }],
            source: { observer: { display: 'some system' } },
          },
        },
      ];
      return summary;
    },
  },
};
