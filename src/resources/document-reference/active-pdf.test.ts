import { atOnce } from '../../fhir/slices';
import { deflateSync } from 'node:zlib';
import { minimalPdf } from '../../../test/fixtures/minimal-pdf';
import { activeContentOf, roomForStreams } from './active-pdf';

const withObject = (object: string | Buffer): Buffer =>
  Buffer.concat([
    minimalPdf(),
    Buffer.from('\n9 0 obj\n'),
    Buffer.from(object),
    Buffer.from('\nendobj\n%%EOF\n'),
  ]);

const inObjectStream = (text: string): Buffer => {
  const data = deflateSync(text);
  const head = `<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length ${data.length} >>\nstream\n`;
  return withObject(Buffer.concat([Buffer.from(head), data, Buffer.from('\nendstream')]));
};

describe('the active content of a PDF', () => {
  it.each([
    ['JavaScript', withObject('<< /S /JavaScript /JS (app.alert\\(1\\)) >>'), ['JavaScript']],
    ['JavaScript, spelled otherwise', withObject('<</S/J#61vaScript/JS(x)>>'), ['JavaScript']],
    [
      'a program that is started',
      withObject('<</S/Launch/F(cmd.exe)>>'),
      ['an action that starts a program'],
    ],
    ['files within it', withObject('<< /Names << /EmbeddedFiles 8 0 R >> >>'), ['embedded files']],
    ['JavaScript in an object stream', inObjectStream('1 0 << /S /JavaScript /JS (x) >>'), ['JavaScript']],
  ])('is found: %s', (_what, pdf, found) => {
    expect(atOnce(activeContentOf(pdf))).toEqual(found);
  });

  it.each([
    ['an ordinary PDF', minimalPdf()],
    ['a page to open at', withObject('<< /OpenAction [3 0 R /Fit] >>')],
    ['words that only begin so', withObject('<< /LaunchDate (x) /JavaScripts 1 >>')],
    ['an object stream that cannot be read', withObject('<< /Type /ObjStm >>\nstream\nx\nendstream')],
  ])('is not found in %s', (_what, pdf) => {
    expect(atOnce(activeContentOf(pdf))).toEqual([]);
  });
});

describe('a name with spelled characters', () => {
  const filler = 'x'.repeat(100);
  const spelled = (text: string, which: (index: number) => boolean): string =>
    [...text].map((each, index) => (which(index) ? `#${each.charCodeAt(0).toString(16)}` : each)).join('');

  it('is found whichever of its characters are spelled', () => {
    const name = '/EmbeddedFiles';
    for (let index = 0; index < name.length; index += 1) {
      const one = spelled(name, (each) => each === index);
      const others = spelled(name, (each) => each !== index);
      for (const text of [one, others, spelled(name, () => true)])
        for (const pdf of [text, `${filler}${text} ${filler}`, `${filler}${text}`])
          expect(atOnce(activeContentOf(Buffer.from(pdf, 'latin1')))).toEqual(['embedded files']);
    }
  });

  it('is found among many other spellings, and at the end of a delimiter that is spelled', () => {
    const many = `${'#41'.repeat(500)}${filler}`;
    expect(atOnce(activeContentOf(Buffer.from(`${many}/#4Caunch `, 'latin1')))).toHaveLength(1);
    expect(atOnce(activeContentOf(Buffer.from(`${filler}/Launch#20${filler}`, 'latin1')))).toHaveLength(1);
    expect(atOnce(activeContentOf(Buffer.from(`${filler}/Launch#41${filler}`, 'latin1')))).toEqual([]);
    expect(atOnce(activeContentOf(Buffer.from(many, 'latin1')))).toEqual([]);
  });
});

describe('a PDF of which a few bytes inflate to many', () => {
  const streamOf = (text: string | Buffer): Buffer =>
    Buffer.concat([Buffer.from('/ObjStm\nstream\n'), deflateSync(text), Buffer.from('\nendstream\n')]);
  const zeros = streamOf(Buffer.alloc(17 * 1024 * 1024));
  const few = streamOf('1 0 obj '.repeat(1_000));

  it('is reported, and nothing more of it is inflated', () => {
    const room = roomForStreams();
    const before = room.left;
    const pdf = Buffer.concat(Array<Buffer>(200).fill(zeros));
    expect(atOnce(activeContentOf(pdf, room))).toEqual(['compressed content out of all proportion']);
    expect(before).toBeGreaterThan(0);
    expect(room.left).toBe(0);
  });

  it('leaves no more room than there is for all documents of a submission', () => {
    const room = { left: 20_000 };
    const alike = Array.from({ length: 4 }, () => Buffer.concat([few, Buffer.alloc(500)]));
    const found = alike.map((pdf) => atOnce(activeContentOf(pdf, room)).length);
    expect(found).toEqual([0, 0, 1, 1]);
    expect(room.left).toBe(0);
  });

  it('is looked through once, however many attachments lead to it', () => {
    const room = roomForStreams();
    const pdf = Buffer.concat([few, Buffer.alloc(500)]);
    atOnce(activeContentOf(pdf, room));
    const { left } = room;
    atOnce(activeContentOf(pdf, room));
    expect(room.left).toBe(left);
  });
});

it('looks through megabytes of spelled characters without spelling them out', () => {
  const pdf = Buffer.from(`%PDF-1.4\n${'#41'.repeat(3_000_000)}/#4Caunch `, 'latin1');
  const began = process.cpuUsage();
  expect(atOnce(activeContentOf(pdf))).toEqual(['an action that starts a program']);
  expect(process.cpuUsage(began).user).toBeLessThan(3_000_000);
});
