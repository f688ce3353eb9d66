import { createHash } from 'node:crypto';
import { minimalPdf } from '../../../test/fixtures/minimal-pdf';
import { aSummary } from '../../../test/fixtures/summary';
import { foundBy, repairedBy } from '../../../test/fixtures/found-by';
import type { Json } from '../../fhir/types';
import { documentReference } from '.';

const DOCUMENT = 'Bundle.entry[3].resource';
const ATTACHMENT = `${DOCUMENT}.content[0].attachment`;
const base64 = (text: string | Buffer): string => Buffer.from(text as string).toString('base64');

function withAttachment(values: Record<string, Json | undefined>) {
  return aSummary().changed((bundle) => {
    const entries = bundle.entry as { resource: { content: { attachment: Record<string, unknown> }[] } }[];
    const attachment = entries[3]?.resource.content[0]?.attachment ?? {};
    delete attachment.size;
    delete attachment.hash;
    Object.assign(attachment, values);
    for (const [name, value] of Object.entries(values)) if (value === undefined) delete attachment[name];
  });
}

const found = (summary: ReturnType<typeof aSummary>) => foundBy(documentReference, summary.build());
const brief = (summary: ReturnType<typeof aSummary>) =>
  found(summary).told.map(({ rule, severity, at }) => [rule, severity, at]);

describe('the rules of a document’s bytes', () => {
  it('accept a PDF in base64', () => {
    expect(brief(withAttachment({}))).toEqual([]);
  });

  it('say of the placeholder of the published example what belongs there', () => {
    expect(found(withAttachment({ data: '//base64encoded PDF' })).told).toEqual([
      {
        rule: 'vw-doc-22',
        severity: 'error',
        at: `${ATTACHMENT}.data`,
        text: 'The data is a placeholder (such as `//base64encoded PDF` in the published example), not a document. Send the bytes of the PDF as base64.',
      },
    ]);
  });

  it.each([
    ['text that is not base64', { data: 'JVBERi0*' }, [['vw-doc-22', 'error', `${ATTACHMENT}.data`]]],
    ['an empty document', { data: '' }, [['vw-doc-22', 'error', `${ATTACHMENT}.data`]]],
    ['no document at all', { data: undefined }, [['vw-doc-21', 'error', `${ATTACHMENT}.data`]]],
    [
      'an address in place of the document',
      { data: undefined, url: 'https://example.org/summary.pdf' },
      [['vw-doc-21', 'error', `${ATTACHMENT}.data`]],
    ],
    [
      'bytes that are not the PDF they claim to be',
      { data: base64('A letter') },
      [['vw-doc-23', 'error', `${ATTACHMENT}.data`]],
    ],
    [
      'a PDF that calls itself a picture',
      { contentType: 'image/png' },
      [['vw-doc-24', 'error', `${ATTACHMENT}.contentType`]],
    ],
    [
      'a text alone',
      { contentType: 'text/plain', data: base64('A letter') },
      [['vw-doc-18', 'error', `${DOCUMENT}.content`]],
    ],
    ['a wrong size', { size: 12 }, [['vw-doc-28', 'warning', `${ATTACHMENT}.size`]]],
    [
      'a wrong hash',
      { hash: base64('12345678901234567890') },
      [['vw-doc-28', 'error', `${ATTACHMENT}.hash`]],
    ],
  ])('tell of %s', (_what, values, expected) => {
    expect(brief(withAttachment(values as Record<string, Json | undefined>))).toEqual(expected);
  });

  it('warn of a PDF that may have been cut off', () => {
    const cut = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(3000, ' ')]);
    expect(brief(withAttachment({ data: base64(cut) }))).toEqual([
      ['vw-doc-23', 'warning', `${ATTACHMENT}.data`],
    ]);
  });

  it('accept the size and hash of the bytes, and parameters of the media type', () => {
    const pdf = minimalPdf('with its hash');
    const hash = createHash('sha1').update(pdf).digest('base64');
    const contentType = 'application/pdf; version=1.7';
    expect(brief(withAttachment({ data: base64(pdf), size: pdf.length, hash, contentType }))).toEqual([]);
  });

  it('read the document from a Binary of the Bundle, with a warning', () => {
    const summary = withAttachment({ data: undefined, url: 'Binary/letter' }).changed((bundle) => {
      const data = base64(minimalPdf('a letter'));
      (bundle.entry as Json[]).push({
        fullUrl: 'urn:uuid:00000000-0000-4000-8000-0000000000b1',
        resource: { resourceType: 'Binary', id: 'letter', contentType: 'application/pdf', data },
      });
    });
    expect(brief(summary)).toEqual([['vw-doc-21', 'warning', `${ATTACHMENT}.data`]]);
  });

  it.each([
    ['a program', 'application/octet-stream', 'MZ\x90\x00', 'error'],
    ['a shell script', 'text/plain', '#!/bin/sh\nrm x', 'error'],
    ['a page with a script', 'text/html', '<html><script>alert(1)</script></html>', 'error'],
    ['a page that calls itself text', 'text/plain', '<!DOCTYPE html><body onload = "x()">', 'error'],
    ['a still page', 'text/html', '<html><p>Summary</p></html>', 'information'],
    ['an unknown format', 'application/x-chart', 'chart', 'information'],
  ])('judge %s beside the PDF', (_what, contentType, text, severity) => {
    const summary = aSummary().changed((bundle) => {
      const { content } = (bundle.entry as { resource: { content: Json[] } }[])[3]?.resource ?? {
        content: [],
      };
      const data = Buffer.from(text, 'latin1').toString('base64');
      content.push({
        attachment: { contentType, data, creation: '2025-03-10T15:00:00+00:00', title: 'Beside' },
      });
    });
    expect(found(summary).told.map(({ rule, severity: of }) => [rule, of])).toEqual([
      ['vw-doc-27', severity],
    ]);
  });

  it('are not said to be stored where their type is no media type', () => {
    const summary = aSummary().with('DocumentReference.content[0].attachment.contentType', 'pdf');
    expect(found(summary).told.map(({ rule }) => rule)).toEqual(['vw-doc-24']);
  });

  it('accept a text and a picture beside the PDF', () => {
    const png = Buffer.from('89504e470d0a1a0a00', 'hex').toString('base64');
    const summary = aSummary().changed((bundle) => {
      const { content } = (bundle.entry as { resource: { content: Json[] } }[])[3]?.resource ?? {
        content: [],
      };
      const creation = '2025-03-10T15:00:00+00:00';
      content.push({
        attachment: { contentType: 'text/plain', data: base64('Summary'), creation, title: 'Text' },
      });
      content.push({ attachment: { contentType: 'image/png', data: png, creation, title: 'Chart' } });
    });
    expect(brief(summary)).toEqual([]);
  });
});

describe('the rules of DocumentReference', () => {
  it('refuse a custodian that is not in the Bundle', () => {
    expect(
      found(aSummary().with('DocumentReference.custodian', { reference: 'Organization/x' })).told,
    ).toEqual([
      {
        rule: 'vw-xref-03',
        severity: 'error',
        at: `${DOCUMENT}.custodian`,
        text: 'This reference matches no entry of the Bundle. Use the fullUrl of the Organization of this Bundle that shares the document.',
      },
    ]);
  });

  it('warn of a document that is superseded, refuse it strictly, and store a retraction', () => {
    const superseded = aSummary().with('DocumentReference.status', 'superseded').build();
    const retracted = aSummary().with('DocumentReference.status', 'entered-in-error').build();
    const of = (summary: typeof superseded, handling: 'default' | 'strict') =>
      foundBy(documentReference, summary, { handling }).told.map(({ rule, severity }) => [rule, severity]);
    expect([of(superseded, 'default'), of(superseded, 'strict')]).toEqual([
      [['vw-doc-07', 'warning']],
      [['vw-doc-07', 'error']],
    ]);
    expect([of(retracted, 'default'), of(retracted, 'strict')]).toEqual([
      [['vw-dup-08', 'warning']],
      [['vw-dup-08', 'warning']],
    ]);
  });

  it('mark a restricted document for review', () => {
    const system = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
    const summary = aSummary().with('DocumentReference.securityLabel', [{ coding: [{ system, code: 'V' }] }]);
    expect(found(summary).review).toEqual(['The document is labelled restricted or very restricted.']);
  });

  it('warn of a document that is older than the stay', () => {
    expect(brief(withAttachment({ creation: '2016-03-08T15:26:00+00:00' }))).toEqual([
      ['vw-doc-26', 'warning', `${ATTACHMENT}.creation`],
    ]);
  });
});

describe('the repairs of DocumentReference', () => {
  it.each<[string, Json, Json | undefined]>([
    ['current', 'current', undefined],
    ['a CodeableConcept', { coding: [{ code: 'final' }] }, 'final'],
    ['a CodeableConcept of words', { text: 'Amended' }, 'amended'],
    ['a list', ['final'], 'final'],
    ['capitals', 'Final', 'final'],
    ['a CodeableConcept that says current', { coding: [{ code: 'current' }] }, undefined],
  ])('read a docStatus of %s', (_what, sent, meant) => {
    const summary = aSummary().with('DocumentReference.docStatus', sent).build();
    const { told } = repairedBy(documentReference, summary);
    const document = (summary.entry as { resource: { docStatus?: Json } }[])[3]?.resource;
    expect([told.map(({ rule }) => rule), document?.docStatus]).toEqual([['docstatus-illegal'], meant]);
  });

  it('leave a docStatus alone whose meaning is unknown', () => {
    const summary = aSummary().with('DocumentReference.docStatus', 'done').build();
    expect(repairedBy(documentReference, summary).told).toEqual([]);
  });

  it('set the contentType of a PDF that has none, and of nothing else', () => {
    const pdf = withAttachment({ contentType: undefined }).build();
    const text = withAttachment({ contentType: undefined, data: base64('A letter') }).build();
    expect([repairedBy(documentReference, pdf).repairs, repairedBy(documentReference, text).repairs]).toEqual(
      [
        [
          {
            norm: 'content-type-absent',
            path: `${ATTACHMENT}.contentType`,
            before: null,
            after: 'application/pdf',
          },
        ],
        [],
      ],
    );
  });
});
