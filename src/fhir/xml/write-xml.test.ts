import { numberOf } from '../decimal';
import type { AnyResource } from '../types';
import { writeXml } from './write-xml';

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>';
const XHTML = 'xmlns="http://www.w3.org/1999/xhtml"';

function written(resource: AnyResource): string {
  return writeXml(resource)
    .replace(`${HEAD}<${resource.resourceType} xmlns="http://hl7.org/fhir"`, '')
    .replace(/^>/, '')
    .replace(`</${resource.resourceType}>`, '');
}

describe('writeXml', () => {
  it('writes elements in the order of R4, whatever the order in JSON', () => {
    const name = [{ given: ['A', 'B'], family: 'C', use: 'usual' }];
    expect(written({ birthDate: '1950', name, resourceType: 'Patient', id: 'p' })).toBe(
      '<id value="p"/><name><use value="usual"/><family value="C"/><given value="A"/><given value="B"/></name><birthDate value="1950"/>',
    );
  });

  it('writes a decimal with the digits it came with', () => {
    const valueQuantity = { value: numberOf('36.50') };
    expect(written({ resourceType: 'Observation', valueQuantity })).toBe(
      '<valueQuantity><value value="36.50"/></valueQuantity>',
    );
  });

  it('writes ids and extensions of primitives on their element, alone and in lists', () => {
    const extension = [{ url: 'http://e', valueBoolean: true }];
    expect(
      written({
        resourceType: 'Patient',
        _birthDate: { extension },
        name: [{ id: 'n', given: ['A', null], _given: [{ id: 'g' }, { extension }] }],
      }),
    ).toBe(
      '<name id="n"><given id="g" value="A"/><given><extension url="http://e"><valueBoolean value="true"/></extension></given></name>' +
        '<birthDate><extension url="http://e"><valueBoolean value="true"/></extension></birthDate>',
    );
  });

  it('wraps resources of a Bundle and contained ones, the namespace only on the root', () => {
    const contained = [{ resourceType: 'Organization', id: 'o' }];
    expect(
      written({ resourceType: 'Bundle', entry: [{ resource: { resourceType: 'Patient', contained } }] }),
    ).toBe(
      '<entry><resource><Patient><contained><Organization><id value="o"/></Organization></contained></Patient></resource></entry>',
    );
  });

  it('escapes what XML would change', () => {
    expect(written({ resourceType: 'Patient', id: 'a&<>"\'\n\t\r😀' })).toBe(
      '<id value="a&amp;&lt;&gt;&quot;\'&#10;&#9;&#13;😀"/>',
    );
  });

  it('puts U+FFFD for a character that XML cannot carry', () => {
    expect(written({ resourceType: 'Patient', id: 'a\u0001\ud800\uffff' })).toBe(
      '<id value="a\ufffd\ufffd\ufffd"/>',
    );
  });

  it('writes a narrative as it is', () => {
    const div = `<div ${XHTML}><p>a&#160;&amp; b</p><br /></div>`;
    expect(written({ resourceType: 'Patient', text: { status: 'generated', div } })).toBe(
      `<text><status value="generated"/>${div}</text>`,
    );
  });

  it.each([
    ['<div>a</div>', `<div ${XHTML}>a</div>`],
    ['<div', `<div ${XHTML}>&lt;div</div>`],
    [`<div ${XHTML}>&nbsp;</div>`, `<div ${XHTML}>&lt;div ${XHTML}&gt;&amp;nbsp;&lt;/div&gt;</div>`],
    [
      `<div ${XHTML}></div></text><text>`,
      `<div ${XHTML}>&lt;div ${XHTML}&gt;&lt;/div&gt;&lt;/text&gt;&lt;text&gt;</div>`,
    ],
    ['no tags', `<div ${XHTML}>no tags</div>`],
  ])('never lets the narrative %s break the document', (div, expected) => {
    expect(written({ resourceType: 'Patient', text: { div } })).toBe(`<text>${expected}</text>`);
  });

  it('writes members that R4 does not have last', () => {
    expect(written({ resourceType: 'Patient', nick: { a: [1, 'b'] }, 'no name': 1, active: true })).toBe(
      '<active value="true"/><nick><a value="1"/><a value="b"/></nick>',
    );
  });

  it('writes one element a line where asked to', () => {
    expect(writeXml({ resourceType: 'Patient', name: [{ family: 'C' }] }, { pretty: true })).toBe(
      `${HEAD}\n<Patient xmlns="http://hl7.org/fhir">\n  <name>\n    <family value="C"/>\n  </name>\n</Patient>`,
    );
  });

  it('writes a resource without members as an empty element', () => {
    expect(writeXml({ resourceType: 'Patient' })).toBe(`${HEAD}<Patient xmlns="http://hl7.org/fhir"/>`);
  });
});
