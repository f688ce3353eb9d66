/**
 * `/console/documents/<Binary id>`: the bytes of a document as they were received, for the frame of a stay's page; and
 * `…/download`. Scripts in a document do not run: the answer has the CSP `sandbox`. The frame itself has none, because
 * Chromium does not show a PDF in a frame with the attribute `sandbox`.
 *
 * A browser that opens the address by itself, from its history or a bookmark, gets a page around a document that was
 * retracted, corrected or replaced since, with a mark.
 */
import { answered, type Answered } from '../../../../use-cases/call/answered';
import { together } from '../../../../use-cases/call/disclosed';
import { binary, type DocumentBytes } from '../../../../use-cases/reading/binary';
import { mediaTypeOf } from '../../../http/handlers/binary';
import type { Answer, HttpFailure } from '../../../http/request-context';
import { safeContentType } from '../../../http/safe-content-type';
import type { ConsoleDependencies } from '../../dependencies';
import type { Page, Shown, Visit } from '../../page';
import { readerFor } from '../../reader-for';
import { marksOf, type Marked } from './marks';

type Disposition = 'inline' | 'attachment';

const pageOf = (path: `/console${string}`, disposition: Disposition): Page => ({
  method: 'GET',
  path,
  roles: ['clinician'],
  audit: { action: 'R', interaction: 'read' },
  show: (visit, dependencies) => show(visit, disposition, dependencies),
});

export const documentFrame = pageOf('/console/documents/:id', 'inline');
export const documentDownload = pageOf('/console/documents/:id/download', 'attachment');

async function show(
  visit: Visit,
  disposition: Disposition,
  dependencies: ConsoleDependencies,
): Promise<Answered<Shown, HttpFailure>> {
  const { path, request } = visit.context;
  const id = (path.id ?? '').toLowerCase();
  const { reading, ownersOf } = dependencies;
  const reader = readerFor(visit, await ownersOf([id]), dependencies);
  const found = await binary(reader, { id }, reading);
  if (!found.ok) return found;
  const { answer: document } = found;
  const isAlone = disposition === 'inline' && request.headers['sec-fetch-dest'] === 'document';
  if (!isAlone && disposition === 'inline')
    return answered({ kind: 'file', answer: answerOf(document, disposition) }, found.disclosed);
  const marked = await marksOf(reader, document.record, reading);
  const [first] = marked.marks;
  if (isAlone && first) return answered(pageAround(document, marked), marked.disclosed);
  const name = first && `${first.name}-`;
  return answered(
    { kind: 'file', answer: answerOf(document, disposition, name) },
    together(found.disclosed, marked.disclosed),
  );
}

const isPdf = ({ record }: DocumentBytes): boolean => mediaTypeOf(record.contentType) === 'application/pdf';

/** The frame in it has an address of its own: a browser does not show a page within itself. */
function pageAround(document: DocumentBytes, { marks, stay }: Marked): Shown {
  const { id, patientId } = document.record;
  return {
    kind: 'page',
    template: 'pages/document/document.njk',
    title: `Document: ${marks[0]!.heading}`,
    headers: { Vary: 'Sec-Fetch-Dest' },
    values: { marks, stay, patientId, address: `/console/documents/${id}`, isPdf: isPdf(document) },
  };
}

/** @param mark what the name of the saved file begins with */
function answerOf(document: DocumentBytes, wanted: Disposition, mark = ''): Answer {
  const { record, pieces } = document;
  const disposition = isPdf(document) ? wanted : 'attachment';
  return {
    status: 200,
    headers: {
      'Cache-Control': 'no-store',
      'Content-Disposition': `${disposition}; filename="${mark}${record.id}${isPdf(document) ? '.pdf' : ''}"`,
      'Content-Security-Policy': "sandbox; default-src 'none'; frame-ancestors 'self'",
      Vary: 'Sec-Fetch-Dest',
      'X-Frame-Options': 'SAMEORIGIN',
    },
    stream: { contentType: safeContentType(record.contentType), size: record.size, pieces: () => pieces() },
  };
}
