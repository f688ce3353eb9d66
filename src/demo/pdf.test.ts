import { inflateSync } from 'node:zlib';
import { padPdf } from './pad-pdf';
import { samplePdf, stayPdf } from './pdf';
import { stay } from './stay';

/** True where the number before `%%EOF` is the place of the cross-reference table. */
function tableIsWhereItSays(pdf: Buffer): boolean {
  const place = Number(/startxref\n(\d+)\n%%EOF\s*$/.exec(pdf.toString('latin1'))?.[1]);
  return pdf.toString('latin1', place, place + 5) === 'xref\n';
}

describe('stayPdf', () => {
  it('draws the same bytes for the same stay', () => {
    expect(stayPdf(stay(1, 1)).equals(stayPdf(stay(1, 1)))).toBe(true);
  });

  it('is a PDF of one page and of a sender’s usual size', () => {
    const pdf = stayPdf(stay(1, 2));
    expect(pdf.toString('latin1', 0, 5)).toBe('%PDF-');
    expect(pdf.toString('latin1').match(/\/Type \/Page\b/g)?.length).toBe(1);
    expect(pdf.length).toBeGreaterThan(15_000);
    expect(pdf.length).toBeLessThan(60_000);
    expect(tableIsWhereItSays(pdf)).toBe(true);
  });

  it('shows a name in its own letters, not in boxes', () => {
    const polish = Array.from({ length: 200 }, (_, index) => stay(1, index)).find(({ person }) =>
      person.family.includes('ń'),
    );
    expect(polish).toBeDefined();
    if (!polish) return;
    const streams = [
      ...stayPdf(polish)
        .toString('latin1')
        .matchAll(/stream\n([\s\S]*?)\nendstream/g),
    ].map(([, stream = '']) => inflateSync(Buffer.from(stream, 'latin1')).toString('latin1'));
    // The fonts' maps from glyphs to characters name the letter (in upper case in the patient's banner): U+0143.
    expect(streams.some((stream) => stream.includes('beginbfrange') && stream.includes('<0143>'))).toBe(true);
  });
});

describe('padPdf', () => {
  it.each([samplePdf().length + 1, 99_999, 100_000, 100_011, 300_000, 5_000_000])(
    'reaches %d bytes, and the table is where the end says',
    (bytes) => {
      const padded = padPdf(samplePdf(), bytes);
      expect([padded.length >= bytes, padded.length - bytes < 12, tableIsWhereItSays(padded)]).toEqual([
        true,
        true,
        true,
      ]);
    },
  );

  it('is exact where there is room', () => {
    expect(padPdf(samplePdf(), 300_000, 'VW-1-000001').length).toBe(300_000);
  });

  it('leaves a PDF that is large enough as it is', () => {
    expect(padPdf(samplePdf(), 10)).toBe(samplePdf());
  });

  it('tells copies apart by their mark', () => {
    const [one, two] = [padPdf(samplePdf(), 0, 'one'), padPdf(samplePdf(), 0, 'two')];
    expect([one.equals(two), tableIsWhereItSays(one), tableIsWhereItSays(two)]).toEqual([false, true, true]);
  });

  it('has only comments and what was there before', () => {
    const padded = padPdf(samplePdf(), 200_000).toString('latin1');
    const before = samplePdf().toString('latin1');
    const place = Number(/startxref\n(\d+)/.exec(before)?.[1]);
    const added = padded.slice(place, padded.lastIndexOf('xref\n', padded.lastIndexOf('startxref') - 1));
    expect(padded.startsWith(before.slice(0, place))).toBe(true);
    expect(added.split('\n').filter((line) => line !== '' && !line.startsWith('%'))).toEqual([]);
  });
});
