/** What a sender gets wrong, as a PDF to send to its supplier. It says nothing of a patient. */
import type { StatisticsSpan } from '../../../../engines/store/sender-counts';
import type { SenderReport } from '../../../../use-cases/auditing/senders';
import { clock } from '../../text';

const MARGIN = 56;
const BLUE = '#005eb8';
const GREY = '#4c6272';

const severities: Readonly<Record<string, string>> = {
  fatal: 'Error',
  error: 'Error',
  warning: 'Warning',
  information: 'Information',
};

/** @param madeAt the time on the page */
export function senderPdf(report: SenderReport, { from, to }: StatisticsSpan, madeAt: Date): Promise<Buffer> {
  const { sender, accepted, refused, rules } = report;
  // Loaded here only: it takes some 100 ms, and few people ask for the file.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const PDFDocument = require('pdfkit') as typeof import('pdfkit');
  const document = new PDFDocument({
    size: 'A4',
    margin: MARGIN,
    lang: 'en-GB',
    tagged: true,
    displayTitle: true,
    info: { Title: `Virtual ward summaries of ${sender}`, CreationDate: madeAt },
  });
  const pieces: Buffer[] = [];
  const made = new Promise<Buffer>((resolve, reject) => {
    document.on('data', (piece: Buffer) => pieces.push(piece));
    document.on('end', () => resolve(Buffer.concat(pieces)));
    document.on('error', reject);
  });
  document.font('Helvetica-Bold').fontSize(18).fillColor(BLUE).text(`Virtual ward summaries of ${sender}`);
  document.moveDown(0.3).font('Helvetica').fontSize(10).fillColor(GREY);
  document.text(`Received from ${clock(from)} to ${clock(to < madeAt ? to : madeAt)}`);
  document.moveDown(0.8).fontSize(11).fillColor('black');
  document.text(`Accepted: ${accepted}`).text(`Refused: ${refused}`);
  document.moveDown(0.8).font('Helvetica-Bold').fontSize(13).fillColor(BLUE).text('What to put right');
  document.moveDown(0.4);
  if (rules.length === 0)
    document.font('Helvetica').fontSize(11).fillColor('black').text('Nothing was found.');
  for (const { rule, severity, text, section, submissions, examples } of rules) {
    document.font('Helvetica-Bold').fontSize(10.5).fillColor('black');
    document.text(
      `${severities[severity] ?? severity}, in ${submissions} ${submissions === 1 ? 'submission' : 'submissions'}`,
    );
    document.font('Helvetica').fontSize(10.5).text(text);
    document.fontSize(9).fillColor(GREY);
    document.text([section, `rule ${rule}`].filter((each) => each !== null).join(' · '));
    document.text(`Examples: ${examples.join(', ')}`).moveDown(0.7);
  }
  document.end();
  return made;
}
