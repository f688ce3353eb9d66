/** What the headers of a MESH message say. */
import type { IncomingHttpHeaders } from 'node:http';

export interface MessageHead {
  /** `REPORT` is a note of MESH itself about a message that this mailbox has sent. */
  type: 'DATA' | 'REPORT';
  /** The mailbox of the sender, which MESH has checked; empty for a REPORT. In capitals. */
  from: string;
  workflow: string;
  localId: string;
  subject: string;
  fileName: string;
  contentType: string;
  /** What the sender gave as a checksum, in any form. */
  checksum: string;
  /** How many chunks the message has, where MESH says so. */
  chunks: number | undefined;
  /** Of a REPORT: the message that it is about, and what became of it. */
  linkedMessageId: string;
  statusCode: string;
  statusDescription: string;
}

export function headOf(headers: IncomingHttpHeaders): MessageHead {
  const text = (name: string): string => {
    const value = headers[name];
    return (Array.isArray(value) ? value[0] : value)?.trim() ?? '';
  };
  return {
    type: text('mex-messagetype').toUpperCase() === 'REPORT' ? 'REPORT' : 'DATA',
    from: text('mex-from').toUpperCase(),
    workflow: text('mex-workflowid'),
    localId: text('mex-localid'),
    subject: text('mex-subject'),
    fileName: text('mex-filename'),
    contentType: text('mex-content-type') || text('content-type'),
    checksum: text('mex-content-checksum'),
    chunks: chunksOf(text('mex-chunk-range')),
    linkedMessageId: text('mex-linkedmsgid'),
    statusCode: text('mex-statuscode'),
    statusDescription: text('mex-statusdescription'),
  };
}

/** `1:3` are three chunks. */
function chunksOf(range: string): number | undefined {
  const total = /^\s*\d+\s*:\s*(\d{1,9})\s*$/.exec(range)?.[1];
  return total === undefined ? undefined : Number(total);
}
