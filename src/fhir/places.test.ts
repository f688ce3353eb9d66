import { linesOfElements } from './places';

const json = `{
  "resourceType": "Bundle",
  "entry": [
    { "fullUrl": "urn:a",
      "resource": {
        "resourceType": "Patient",
        "name": [
          { "family": "A" },
          { "family": "B",
            "given": ["C", "D"] }
        ]
      } },
    { "resource": { "resourceType": "Observation",
      "status": "final" } }
  ]
}`;

describe('the lines of a JSON text', () => {
  const lineOf = linesOfElements(json, 'json');
  it.each([
    ['Bundle', 1],
    ['Bundle.entry[0].fullUrl', 4],
    ['Bundle.entry[0].resource', 5],
    ['Bundle.entry[0].resource.name[1].given[1]', 10],
    ['Bundle.entry[1].resource.status', 14],
    ['Bundle.entry[1].resource.code.coding[0].system', 13],
    ['Bundle.type', 1],
  ])('%s is in line %i', (expression, line) => expect(lineOf(expression)).toBe(line));

  it('are unknown where no element is named', () => expect(lineOf(undefined)).toBeUndefined());

  it('end where the text is broken', () =>
    expect(linesOfElements('{\n"a": 1,\n"b": [', 'json')('Bundle.a')).toBe(2));
});

const xml = `<Bundle xmlns="http://hl7.org/fhir">
  <type value="collection"/>
  <entry>
    <resource>
      <Patient>
        <name><family value="A"/></name>
        <name>
          <family value="B"/>
        </name>
      </Patient>
    </resource>
  </entry>
  <entry><resource>
    <Observation><status value="final"/></Observation></resource>
  </entry>
</Bundle>`;

describe('the lines of an XML text', () => {
  const lineOf = linesOfElements(xml, 'xml');
  it.each([
    ['Bundle.type', 2],
    ['Bundle.entry[0].resource.name[1].family', 8],
    ['Bundle.entry[1].resource.status', 14],
    ['Bundle.entry[1].resource.code', 13],
  ])('%s is in line %i', (expression, line) => expect(lineOf(expression)).toBe(line));

  it('end where the text is broken', () =>
    expect(linesOfElements('<Bundle>\n<type value="x"/>\n<entry', 'xml')('Bundle.type')).toBe(2));
});
