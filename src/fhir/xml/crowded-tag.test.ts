import { growth, IN_PROPORTION } from '../../../test/support/growth';
import { atOnce } from '../slices';
import { findCrowdedTag } from './crowded-tag';
import { parseXml } from './parse-xml';

const attributes = (count: number): string =>
  Array.from({ length: count }, (_, index) => `a${index}="1"`).join(' ');

describe('a tag that no FHIR document has', () => {
  it.each([
    ['many attributes', `<a><b ${attributes(65)}/></a>`, 3],
    ['a name without end', `<${'a'.repeat(5_000)}/>`, 0],
    ['white space without end', `<a${' '.repeat(5_000)}/>`, 0],
  ])('is found: %s', (_name, text, place) => {
    expect(atOnce(findCrowdedTag(text))).toBe(place);
  });

  it.each([
    ['a value as long as a document', `<a b="${'x'.repeat(100_000)}"/>`],
    ['as many attributes as may be', `<a ${attributes(64)}/>`],
    ['what stands in a comment', `<a><!-- <b ${attributes(100)}/> --></a>`],
    ['what stands in a section of characters', `<a><![CDATA[<b ${attributes(100)}/>]]></a>`],
    ['a tag without end', '<a b="'],
  ])('is not: %s', (_name, text) => {
    expect(atOnce(findCrowdedTag(text))).toBeUndefined();
  });

  it('is refused at once, with its place', () => {
    const bodyOf = (count: number): Buffer =>
      Buffer.from(`<Bundle xmlns="http://hl7.org/fhir" batch="1"\n ${attributes(count)}/>`);
    expect(growth(bodyOf, parseXml, 25_000)).toBeLessThan(IN_PROPORTION);
    const parsed = parseXml(bodyOf(400_000));
    expect(parsed.ok ? '' : [parsed.issue.rule, /Line 1, column 1/.test(parsed.issue.text)]).toEqual([
      'xml-crowded-tag',
      true,
    ]);
  });
});
