/**
 * `/console/documents/<Binary id>`: the bytes of a document as they were received, for the frame of a stay's page; and
 * `…/download`. Scripts in a document do not run: the answer has the CSP `sandbox`. The frame itself has none, because
 * Chromium does not show a PDF in a frame with the attribute `sandbox`.
 */
import { mapped } from '../../../../use-cases/call/answered';
import { binary, type DocumentBytes } from '../../../../use-cases/reading/binary';
import { mediaTypeOf } from '../../../http/handlers/binary';
import type { Answer } from '../../../http/request-context';
import { safeContentType } from '../../../http/safe-content-type';
import type { Page } from '../../page';
import { readerFor } from '../../reader-for';

const pageOf = (path: `/console${string}`, disposition: 'inline' | 'attachment'): Page => ({
  method: 'GET',
  path,
  roles: ['clinician'],
  audit: { action: 'R', interaction: 'read' },
  show: async (visit, dependencies) => {
    const id = (visit.context.path.id ?? '').toLowerCase();
    const reader = readerFor(visit, await dependencies.ownersOf([id]), dependencies);
    const found = await binary(reader, { id }, dependencies.reading);
    return mapped(found, (document) => ({ kind: 'file', answer: answerOf(document, disposition) }) as const);
  },
});

export const documentFrame = pageOf('/console/documents/:id', 'inline');
export const documentDownload = pageOf('/console/documents/:id/download', 'attachment');

function answerOf({ record, pieces }: DocumentBytes, wanted: 'inline' | 'attachment'): Answer {
  const isPdf = mediaTypeOf(record.contentType) === 'application/pdf';
  const disposition = isPdf ? wanted : 'attachment';
  return {
    status: 200,
    headers: {
      'Cache-Control': 'no-store',
      'Content-Disposition': `${disposition}; filename="${record.id}${isPdf ? '.pdf' : ''}"`,
      'Content-Security-Policy': "sandbox; default-src 'none'; frame-ancestors 'self'",
      'X-Frame-Options': 'SAMEORIGIN',
    },
    stream: { contentType: safeContentType(record.contentType), size: record.size, pieces: () => pieces() },
  };
}
