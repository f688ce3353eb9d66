/**
 * The facts of one event for the audit trail, as plain values. Every interface gives the same facts, and the AuditEvent
 * is made from them.
 * @see docs/audit.md
 */
import type { Caller } from '../../engines/access/caller';

export interface AuditFacts {
  /** C: a submission; R: a read; E: a search or operation. @see https://hl7.org/fhir/R4/valueset-audit-event-action.html */
  action: 'C' | 'R' | 'U' | 'D' | 'E';
  /**
   * A code of `restful-interaction`, an operation's name with `$`, `token` when a client asked for a token, or `sign-in` and
   * `sign-out` of a person.
   */
  interaction: string;
  /** The HTTP status that is answered, or would be. */
  status: number;
  requestId: string;
  /** The caller; absent when the request was not authenticated. */
  caller?: Pick<Caller, 'clientId' | 'sender' | 'odsCode' | 'endUserOrganisation' | 'user' | 'tokenId'>;
  /** True when the client's identity is only claimed and not proved (a refused assertion). */
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
  /** NHS numbers that the request named, whether or not they were found. */
  nhsNumbers?: Iterable<string>;
  /** Resources disclosed or written: `Type/id` or `Type/id/_history/v`. */
  resources?: readonly string[];
  submissionId?: string;
  /** The interface that received a submission: `http`, `cli`, … */
  door?: string;
  /** A detail of the outcome that its code does not show, such as `resend`. */
  remark?: string;
  /** The reason given for breaking the glass. */
  breakGlass?: string;
}

/** The remark on a search that was answered and showed nothing. The access report tells it apart by this. */
export const NOTHING_SHOWN = 'nothing was shown';

/** A patient as the audit trail records one: the server's id, the NHS number, or both. */
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
