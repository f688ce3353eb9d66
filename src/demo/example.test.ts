import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import type { AnyResource } from '../fhir/types';
import { exampleSummary } from './example';

const FILE = join(__dirname, '..', '..', 'examples', 'summary.json');

interface Attachment {
  data: string;
  size: number;
}

/** The summary without its document, and what the document's streams hold: how zlib packs them differs by machine. */
function opened(summary: AnyResource): { rest: string; streams: string[] } {
  const entries = summary.entry as unknown as { resource: { content?: { attachment: Attachment }[] } }[];
  const attachment = entries[3]?.resource.content?.[0]?.attachment;
  if (!attachment) throw new Error('the fourth entry is the document');
  const pdf = Buffer.from(attachment.data, 'base64');
  expect(attachment.size).toBe(pdf.length);
  const streams = [...pdf.toString('latin1').matchAll(/stream\n([\s\S]*?)\nendstream/g)].map(
    ([, stream = '']) => inflateSync(Buffer.from(stream, 'latin1')).toString('latin1'),
  );
  attachment.data = '';
  attachment.size = 0;
  return { rest: JSON.stringify(summary, null, 2), streams };
}

describe('examples/summary.json', () => {
  const text = readFileSync(FILE, 'utf8');

  it('is what the generator makes (if not: npm run example)', () => {
    expect(opened(JSON.parse(text) as AnyResource)).toEqual(opened(exampleSummary()));
  });

  it('is small enough to be read', () => {
    expect(text.length).toBeLessThanOrEqual(60_000);
  });
});
