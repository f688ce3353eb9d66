import { stringify } from '../decimal';
import { parseXml } from './parse-xml';

const FHIR = 'xmlns="http://hl7.org/fhir"';
const XHTML = 'xmlns="http://www.w3.org/1999/xhtml"';

function valueOf(xml: string): unknown {
  const parsed = parseXml(Buffer.from(xml));
  if (!parsed.ok) throw new Error(parsed.issue.text);
  return parsed.value;
}

function issueOf(xml: string | Buffer) {
  const parsed = parseXml(Buffer.from(xml as string));
  if (parsed.ok) throw new Error('it was read');
  return parsed.issue;
}

/** The members of a Patient, so that tests show only what they are about. */
function patient(content: string): unknown {
  const { resourceType, ...members } = valueOf(`<Patient ${FHIR}>${content}</Patient>`) as Record<
    string,
    unknown
  >;
  expect(resourceType).toBe('Patient');
  return members;
}

describe('parseXml', () => {
  it('makes lists where R4 has lists, and lone values elsewhere', () => {
    expect(patient('<id value="p"/><active value="true"/><name><given value="Ada"/></name>')).toEqual({
      id: 'p',
      active: true,
      name: [{ given: ['Ada'] }],
    });
  });

  it('keeps the digits of decimals and makes numbers of integers', () => {
    const xml = `<Observation ${FHIR}><component><valueQuantity><value value="36.50"/></valueQuantity></component>
      <component><valueInteger value="+3"/></component></Observation>`;
    expect(stringify(valueOf(xml))).toBe(
      '{"resourceType":"Observation","component":[{"valueQuantity":{"value":36.50}},{"valueInteger":3}]}',
    );
  });

  it('leaves what is no legal boolean or number a string, for the structure check', () => {
    expect(patient('<active value="yes"/><multipleBirthInteger value="1.5"/>')).toEqual({
      active: 'yes',
      multipleBirthInteger: '1.5',
    });
    expect(patient('<multipleBirthInteger value="007"/><active/>')).toEqual({
      multipleBirthInteger: '007',
      active: '',
    });
  });

  it('puts the id and extensions of a primitive beside it, aligned in lists', () => {
    const extension = '<extension url="http://e"><valueCode value="x"/></extension>';
    expect(
      patient(`<name><given value="A"/><given id="g">${extension}</given><given value="C"/></name>
        <birthDate value="1950-01-01">${extension}</birthDate>`),
    ).toEqual({
      name: [
        {
          given: ['A', null, 'C'],
          _given: [null, { id: 'g', extension: [{ url: 'http://e', valueCode: 'x' }] }, null],
        },
      ],
      birthDate: '1950-01-01',
      _birthDate: { extension: [{ url: 'http://e', valueCode: 'x' }] },
    });
  });

  it('reads contained resources and the resources of a Bundle', () => {
    const xml = `<Bundle ${FHIR}><entry><resource><Patient><contained><Organization><id value="o"/></Organization></contained>
      <contained><Organization><id value="q"/></Organization></contained></Patient></resource></entry></Bundle>`;
    expect(valueOf(xml)).toEqual({
      resourceType: 'Bundle',
      entry: [
        {
          resource: {
            resourceType: 'Patient',
            contained: [
              { resourceType: 'Organization', id: 'o' },
              { resourceType: 'Organization', id: 'q' },
            ],
          },
        },
      ],
    });
  });

  it('reads a document whose FHIR namespace has a prefix', () => {
    const xml = '<f:Patient xmlns:f="http://hl7.org/fhir"><f:gender value="female"/></f:Patient>';
    expect(valueOf(xml)).toEqual({ resourceType: 'Patient', gender: 'female' });
  });

  it('reads CDATA as text, and drops comments and processing instructions', () => {
    const div = `<div ${XHTML}>a<![CDATA[ < b]]> c<!-- d --></div>`;
    expect(patient(`<!-- x --><?y z?><text><status value="generated"/>${div}</text>`)).toEqual({
      text: { status: 'generated', div: `<div ${XHTML}>a &lt; b c</div>` },
    });
  });

  it('keeps a narrative as it was sent, white space, character references and all', () => {
    const div = `<div ${XHTML} lang='en'><p  class='a'>Zoë &amp; co&#160;<br />\n <td></td><img alt="&#10;"/></p></div>`;
    expect(patient(`<text>${div}</text>`)).toEqual({ text: { div } });
  });

  it('writes a narrative anew that leans on a prefix declared around it', () => {
    const xml = `<Patient ${FHIR} xmlns:h="http://www.w3.org/1999/xhtml"><text><h:div><h:p title="a&quot;b">x<h:br/></h:p></h:div></text></Patient>`;
    expect(valueOf(xml)).toEqual({
      resourceType: 'Patient',
      text: { div: `<div ${XHTML}><p title="a&quot;b">x<br/></p></div>` },
    });
  });

  it('carries what R4 does not have under its name, for the structure check', () => {
    expect(patient('<version value="1"/><nick><name value="x"/><name value="y"/></nick><nick/>')).toEqual({
      version: '1',
      nick: [{ name: ['x', 'y'] }, {}],
    });
    expect(valueOf(`<Patients ${FHIR}><id value="1"/></Patients>`)).toEqual({
      resourceType: 'Patients',
      id: '1',
    });
  });

  it('makes a list of a repeat that R4 does not allow', () => {
    expect(patient('<gender value="male"/><gender value="female"/><maritalStatus/><maritalStatus/>')).toEqual(
      {
        gender: ['male', 'female'],
        maritalStatus: [{}, {}],
      },
    );
  });

  it('carries a bare value where R4 has children as the string it is', () => {
    const xml = `<Observation ${FHIR}><note value="comfortable"/></Observation>`;
    expect(valueOf(xml)).toEqual({ resourceType: 'Observation', note: ['comfortable'] });
  });

  it('reads an ExampleScenario, which has an element named resourceType', () => {
    const xml = `<ExampleScenario ${FHIR}><instance><resourceType value="Patient"/></instance></ExampleScenario>`;
    expect(valueOf(xml)).toEqual({
      resourceType: 'ExampleScenario',
      instance: [{ resourceType: 'Patient' }],
    });
  });

  it('survives names that JavaScript has on every object', () => {
    expect(patient('<constructor value="x"/><toString><hasOwnProperty value="y"/></toString>')).toEqual({
      constructor: 'x',
      toString: { hasOwnProperty: 'y' },
    });
  });

  it('reads elements out of order, with one remark for each parent', () => {
    const xml = `<Bundle ${FHIR}><entry><resource><Patient><name><given value="A"/><family value="B"/><use value="usual"/></name>
      <active value="true"/></Patient></resource></entry></Bundle>`;
    const parsed = parseXml(Buffer.from(xml));
    const remark = { severity: 'warning', code: 'structure', rule: 'xml-order' };
    const source = 'FHIR R4 XML, https://hl7.org/fhir/R4/xml.html';
    expect(parsed).toMatchObject({
      ok: true,
      warnings: [
        {
          ...remark,
          source,
          expression: 'Bundle.entry[0].resource.name[0].family',
          text: 'In HumanName, the element family comes after given. The server read it. Send the elements in the order of R4.',
        },
        {
          ...remark,
          source,
          expression: 'Bundle.entry[0].resource.active',
          text: 'In Patient, the element active comes after name. The server read it. Send the elements in the order of R4.',
        },
      ],
    });
  });

  it('refuses the flattened form of the guidance, and says what is right', () => {
    const xml = `<Bundle ${FHIR}>\n<entry><resource><resourceType value="Patient"/><id value="1"/></resource></entry></Bundle>`;
    expect(issueOf(xml)).toEqual({
      severity: 'fatal',
      code: 'structure',
      rule: 'xml-resourcetype-child',
      text: 'The XML cannot be read. Line 2, column 48: there is a resourceType element. In FHIR XML, name the element for the resource type: <resource><Patient>…</Patient></resource>.',
      source: 'FHIR R4 XML, https://hl7.org/fhir/R4/xml.html',
      expression: 'Bundle.entry[0].resource',
    });
  });

  it.each([
    ['', 'xml-syntax', 'the text ends before every element is closed'],
    ['{"resourceType":"Bundle"}', 'xml-syntax', 'this looks like JSON. Send it as application/fhir+json'],
    [`<Patient ${FHIR}/><Patient ${FHIR}/>`, 'xml-syntax', 'there is content outside the root element'],
    [`<Patient ${FHIR}/>stray`, 'xml-syntax', 'there is content outside the root element'],
    [`<Patient ${FHIR}><id value="1"></Patient>`, 'xml-syntax', 'a closing tag does not match'],
    [`<Patient ${FHIR}><id value="1"/>`, 'xml-syntax', 'the text ends before every element is closed'],
    [`<Patient ${FHIR}><id value="&nbsp;"/></Patient>`, 'xml-syntax', 'this entity is not part of XML'],
    [
      `<Patient ${FHIR}><id value="&#0;"/></Patient>`,
      'xml-syntax',
      'does not name a character that XML allows',
    ],
    [`<Patient ${FHIR}><id value="\u0001"/></Patient>`, 'xml-syntax', 'a character that XML does not allow'],
    [`<Patient ${FHIR}><id value="1" value="2"/></Patient>`, 'xml-syntax', 'the same attribute twice'],
    [
      `<Patient ${FHIR}><x:id value="1"/></Patient>`,
      'xml-syntax',
      'no xmlns: attribute declares this prefix',
    ],
    [`<!DOCTYPE x [<!ENTITY a "b">]><Patient ${FHIR}/>`, 'xml-doctype', 'Remove it'],
    [`<?xml version="1.0" encoding="ISO-8859-1"?><Patient ${FHIR}/>`, 'xml-encoding', 'Send UTF-8'],
    ['<Bundle><id value="1"/></Bundle>', 'xml-no-namespace', 'Write <Bundle xmlns="http://hl7.org/fhir">'],
    [`<Bundle ${FHIR}><id xmlns="" value="1"/></Bundle>`, 'xml-no-namespace', '"id" is not in the namespace'],
    ['<ClinicalDocument xmlns="urn:hl7-org:v3"/>', 'xml-root', 'the root element is not a FHIR resource'],
    [`<Patient ${FHIR}><x:y xmlns:x="urn:z"/></Patient>`, 'xml-namespace', 'is not in the namespace'],
    [`<Patient ${FHIR}><text><div>x</div></text></Patient>`, 'xml-namespace', "a narrative's div must be"],
    [`<Patient ${FHIR}>stray</Patient>`, 'xml-text', 'there is text between elements'],
    [`<Patient ${FHIR} id="1"/>`, 'xml-attribute', 'the attribute "id" is not allowed here'],
    [`<Patient ${FHIR}><gender code="male"/></Patient>`, 'xml-attribute', '"code"'],
    [`<Patient ${FHIR}><name><id value="1"/></name></Patient>`, 'xml-attribute', 'must be an attribute here'],
    [`<Patient ${FHIR}><_birthDate value="1"/></Patient>`, 'xml-name', 'cannot be a FHIR name'],
    [
      `<Bundle ${FHIR}><entry><resource><Patient/><Patient/></resource></entry></Bundle>`,
      'xml-resource',
      'exactly one',
    ],
    [`<Patient ${FHIR}>${'<contact>'.repeat(20_000)}`, 'xml-depth', 'nested more than 100 deep'],
  ])('refuses %#: %s', (xml, rule, sentence) => {
    const issue = issueOf(xml);
    expect(issue).toMatchObject({ severity: 'fatal', code: 'structure', rule });
    expect(issue.text).toContain(sentence);
  });

  it.each([
    ['a root without a namespace', ''],
    ['text between elements', `<Patient ${FHIR}>stray`],
    ['an attribute that is not allowed', `<Patient ${FHIR} a="1">`],
    ['a foreign name in a narrative', `<Patient ${FHIR}><text><div ${XHTML} xmlns:x="urn:z"><x:y/>`],
  ])('stops where elements are nested too deep, also after %s', (_, before) => {
    const outside = before.match(/<(?=[A-Za-z])[^<>]*[^/]>/g)?.length ?? 0;
    const column = before.length + (101 - outside) * '<a>'.length;
    expect(issueOf(before + '<a>'.repeat(5_000))).toMatchObject({
      rule: 'xml-depth',
      text: `The XML cannot be read. Line 1, column ${column}: elements are nested more than 100 deep.`,
    });
  });

  it('says so where the bytes are not UTF-8', () => {
    expect(issueOf(Buffer.from(`<Patient ${FHIR}/>`, 'utf16le')).rule).toBe('xml-syntax');
    expect(issueOf(Buffer.from(`<Patient ${FHIR}><gender value="é"/></Patient>`, 'latin1')).text).toBe(
      'The XML is not UTF-8 (line 1). Send it as UTF-8, without an XML declaration or with encoding="UTF-8".',
    );
  });

  it('says that XML is not well-formed before it says anything of what stands in it', () => {
    expect(issueOf(`<Bundle ${FHIR} resourceType="Bundle"><entry></Bundle>`).rule).toBe('xml-syntax');
  });

  it('never repeats what was sent', () => {
    expect(JSON.stringify(issueOf(`<Patient ${FHIR}>Okafor</Patient>`))).not.toContain('Okafor');
    expect(JSON.stringify(issueOf(`<Patient ${FHIR}></Okafor>`))).not.toContain('Okafor');
    expect(JSON.stringify(issueOf(`<Patient ${FHIR} n9434765919="1"/>`))).not.toContain('9434');
  });

  it.each([
    [
      '20,000 attributes',
      `<Patient ${FHIR} ${Array.from({ length: 2e4 }, (_, n) => `a${n}="1"`).join(' ')}/>`,
    ],
    ['a name of a million letters', `<Patient ${FHIR}><${'a'.repeat(1e6)}/></Patient>`],
    [
      '20,000 repeats of what may stand once',
      `<Patient ${FHIR}>${'<gender value="male"/><id/>'.repeat(2e4)}</Patient>`,
    ],
    ['an entity that never ends', `<Patient ${FHIR}><id value="&${'a'.repeat(1e6)}"/></Patient>`],
    ['100,000 character references', `<Patient ${FHIR}><id value="${'&#65;'.repeat(1e5)}"/></Patient>`],
  ])('is done in reasonable time with %s', (_, xml) => {
    const start = performance.now();
    parseXml(Buffer.from(xml));
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it('looks for the end of a slice within the slice', () => {
    const found = jest.spyOn(String.prototype, 'lastIndexOf');
    valueOf(`<Patient ${FHIR}><id value="${'x-'.repeat(150_000)}"/></Patient>`);
    const lengths = found.mock.contexts.map((text) => String(text).length);
    found.mockRestore();
    expect(lengths.length).toBeGreaterThan(5);
    expect(Math.max(...lengths)).toBeLessThan(64 * 1024);
  });
});
