/**
 * Makes a PDF as large as wanted without making it another document: comments before its cross-reference table,
 * whose place is then told anew. Readers skip comments. ISO 32000-1, 7.2.3 and 7.5.4.
 */
import { randomOf } from './random';

const LINE = 78;
let filler: Buffer | undefined;

/**
 * @param bytes the size to reach; a PDF that is as large already, comment included, is not cut
 * @param mark a comment that tells this copy from others; none unless given
 * @throws where the bytes have no classic cross-reference table: it is for PDFs of our own making
 */
export function padPdf(pdf: Buffer, bytes: number, mark?: string): Buffer {
  if (pdf.length >= bytes && mark === undefined) return pdf;
  const startxref = pdf.lastIndexOf('startxref\n');
  const place = Number(/^\d+/.exec(pdf.toString('latin1', startxref + 10, startxref + 30))?.[0]);
  if (startxref < 0 || pdf.toString('latin1', place, place + 4) !== 'xref') {
    throw new Error('this PDF has no cross-reference table where it says');
  }
  const comment = mark === undefined ? '' : `% ${mark}\n`;
  const table = pdf.subarray(place, startxref + 10);
  // As many digits as an entry of the table has, so that the number's own length is known beforehand.
  const ending = (at: number): string => `${String(at).padStart(10, '0')}\n%%EOF\n`;
  const length = place + comment.length + table.length + ending(0).length;
  const fill = Math.max(0, bytes - length);
  return Buffer.concat([
    pdf.subarray(0, place),
    Buffer.from(comment, 'latin1'),
    fillerOf(fill),
    table,
    Buffer.from(ending(place + comment.length + fill), 'latin1'),
  ]);
}

/** So many bytes of comment lines; what they hold does not compress to nothing, as a picture would not. */
function fillerOf(length: number): Buffer {
  if (length === 0) return Buffer.alloc(0);
  if (!filler || filler.length < length) filler = fillerLines(Math.max(length, 64 * 1024));
  const part = Buffer.from(filler.subarray(0, length));
  // The last line may be cut anywhere: it ends here.
  part[length - 1] = 0x0a;
  return part;
}

function fillerLines(length: number): Buffer {
  const random = randomOf(0x66696c6c);
  const lines = Buffer.alloc(length + LINE);
  for (let i = 0; i < lines.length; i++) lines[i] = 0x30 + random.integer(0, 74);
  for (let i = 0; i < lines.length; i += LINE) {
    lines[i] = 0x25;
    if (i > 0) lines[i - 1] = 0x0a;
  }
  return lines;
}
