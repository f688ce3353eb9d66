/**
 * What the audit trail is told of one event, by whichever door it came: plain facts, from which the AuditEvent is made.
 * @see docs/audit.md
 */
import type { Caller } from '../../engines/access/caller';

export interface AuditFacts {
  /** C: a submission; R: a read; E: a search or operation. @see https://hl7.org/fhir/R4/valueset-audit-event-action.html */
  action: 'C' | 'R' | 'U' | 'D' | 'E';
  /** A code of `restful-interaction`, an operation's name with `$`, or `token` for a token that was asked for. */
  interaction: string;
  /** The HTTP status that is answered, or would be. */
  status: number;
  requestId: string;
  /** Who; absent where nobody was authenticated. */
  caller?: Pick<Caller, 'clientId' | 'sender' | 'odsCode' | 'endUserOrganisation' | 'user' | 'tokenId'>;
  /** True where the client is named by what it claims only (a refused assertion). */
  unproven?: boolean;
  /** The address that the request came from. */
  address?: string;
  /** This server, as the caller knows it. */
  observer: string;
  /** What was asked, without its query: `GET /FHIR/R4/Observation`. */
  target?: string;
  /** The search as written. */
  query?: string;
  /** Server ids of the patients concerned. */
  patients?: Iterable<string>;
  /** NHS numbers that were named, found or not. */
  nhsNumbers?: Iterable<string>;
  /** Resources disclosed or written: `Type/id` or `Type/id/_history/v`. */
  resources?: readonly string[];
  submissionId?: string;
  /** By which road a submission came: `http`, `cli`, … */
  door?: string;
  /** More of the outcome than its code, such as `resend`. */
  remark?: string;
  /** The reason given for breaking the glass. */
  breakGlass?: string;
}

/** A patient as the trail names one: the server's id, the NHS number, or both. */
export interface AuditedPatient {
  id?: string;
  nhsNumber?: string;
}

/** The code of AuditEvent.outcome. @see https://hl7.org/fhir/R4/valueset-audit-event-outcome.html */
export function outcomeOf(status: number): '0' | '4' | '8' | '12' {
  if (status < 400) return '0';
  if (status < 500) return '4';
  return status === 503 ? '12' : '8';
}
