/**
 * The report to the sender of a message: what became of it, as FHIR. It is a delivery of the outbox, written in the
 * transaction of the submission.
 */
import type { PlainWrite } from '../../engines/store/commit';
import { operationOutcome } from '../../fhir/operation-outcome';
import type { AnyResource, JsonObject } from '../../fhir/types';
import { writeXml } from '../../fhir/xml/write-xml';
import type { NewId } from '../../platform/ids';
import { deliveryRow } from '../../use-cases/forwarding/outbox';
import { responseMessage } from '../../use-cases/submitting/response-message';
import type { SubmissionEnding } from '../../use-cases/submitting/steps';
import { reportsOf, type Envelope } from './destination';

/** The message that is reported about. */
export interface Reported {
  /** The mailbox that received it, and that sends the report. */
  mailbox: string;
  messageId: string;
  from: string;
  /** The workflow of the report. */
  acknowledge: string;
  /** The format that came; JSON where none could be told. */
  format: 'json' | 'xml';
  /** Of a FHIR message: its MessageHeader. */
  header: JsonObject | undefined;
}

type Ending = Pick<SubmissionEnding, 'submissionId' | 'status' | 'issues'>;

export function reportRow(
  ending: Ending,
  reported: Reported,
  dependencies: { newId: NewId; now: () => Date },
): PlainWrite {
  const { mailbox, messageId, from, acknowledge, format } = reported;
  const envelope: Envelope = {
    from: mailbox,
    to: from,
    workflow: acknowledge,
    localId: ending.submissionId,
    subject: ending.status === 'refused' ? 'refused' : 'accepted',
    fileName: `${messageId}.${format}`,
  };
  const resource = contentOf(ending, reported, dependencies);
  const text = format === 'xml' ? writeXml(resource) : JSON.stringify(resource);
  return deliveryRow(
    {
      name: reportsOf(mailbox),
      submission: ending.submissionId,
      payload: { bytes: Buffer.from(text), contentType: `application/fhir+${format}` },
      envelope: { ...envelope },
    },
    dependencies,
  );
}

/** An OperationOutcome; in reply to a message, a message. */
function contentOf(
  { submissionId, status, issues }: Ending,
  { mailbox, header }: Reported,
  { newId, now }: { newId: NewId; now: () => Date },
): AnyResource {
  if (header === undefined) return operationOutcome(issues, submissionId) as unknown as AnyResource;
  const code = status === 'refused' ? 'fatal-error' : 'ok';
  return responseMessage({ header, code, issues, endpoint: `mesh:${mailbox}`, now: now() }, newId);
}
