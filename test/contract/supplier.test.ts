/**
 * Six broken summaries as suppliers send them, each mended from nothing but what the server says, round by round, until
 * it is accepted without a remark. `docs/for-suppliers.md` tells the same stories: every sentence that the server says
 * here stands there.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from '../../src/fhir/decimal';
import type { AnyResource, Json, JsonObject } from '../../src/fhir/types';
import { writeXml } from '../../src/fhir/xml/write-xml';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { told } from '../support/outcome';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const page = readFileSync(join(__dirname, '..', '..', 'docs', 'for-suppliers.md'), 'utf8').replace(
  /\s+/g,
  ' ',
);

/** What the supplier does to the summary. */
type Edit = (bundle: AnyResource) => void;

interface Round {
  /** What the server says: severity, rule and place. */
  says: string[];
  /** What the supplier does about it. */
  mend: Edit;
}

interface Story {
  title: string;
  breaks: Edit;
  rounds: Round[];
}

const PATIENT = 0;
const ORGANIZATION = 1;
const ENCOUNTER = 2;
const DOCUMENT = 3;
const TOTAL = 4;
const RESPIRATION = 12;
const TEMPERATURE = 19;

type Entry = { fullUrl: string; resource: AnyResource };
const entriesOf = (bundle: AnyResource): Entry[] => bundle.entry as unknown as Entry[];
const at = (bundle: AnyResource, index: number): JsonObject => entriesOf(bundle)[index]!.resource;
const urlOf = (bundle: AnyResource, index: number): string => entriesOf(bundle)[index]!.fullUrl;
const attachmentOf = (bundle: AnyResource): JsonObject =>
  (at(bundle, DOCUMENT).content as { attachment: JsonObject }[])[0]!.attachment;
const nhsNumberOf = (bundle: AnyResource): JsonObject => (at(bundle, PATIENT).identifier as JsonObject[])[0]!;

const stories: Story[] = [
  {
    title: 'an NHS number with spaces and a wrong digit',
    breaks: (bundle) => {
      nhsNumberOf(bundle).value = '999 000 0019';
    },
    rounds: [
      {
        says: [
          'error nhs-number-spacing Bundle.entry[0].resource.identifier[0].value',
          'error vw-patient-07 Bundle.entry[0].resource.identifier[0].value',
        ],
        mend: (bundle) => {
          nhsNumberOf(bundle).value = '9990000018';
        },
      },
    ],
  },
  {
    title: 'dates as the database had them',
    breaks: (bundle) => {
      at(bundle, PATIENT).birthDate = '14/03/1950';
      at(bundle, ENCOUNTER).period = { start: '2025-03-10T14:00:00', end: '2025-03-03 10:00' };
    },
    rounds: [
      {
        says: [
          'error vw-patient-22 Bundle.entry[0].resource.birthDate',
          'error zone-assumed Bundle.entry[2].resource.period.start',
          'error r4-value Bundle.entry[2].resource.period.end',
        ],
        mend: (bundle) => {
          at(bundle, PATIENT).birthDate = '1950-03-14';
          at(bundle, ENCOUNTER).period = { start: '2025-03-10T14:00:00Z', end: '2025-03-03T10:00:00Z' };
        },
      },
      {
        says: ['error vw-enc-14 Bundle.entry[2].resource.period'],
        mend: (bundle) => {
          at(bundle, ENCOUNTER).period = { start: '2025-03-03T10:00:00Z', end: '2025-03-10T14:00:00Z' };
        },
      },
    ],
  },
  {
    title: 'references by the ids of another database, and a custodian that is only a name',
    breaks: (bundle) => {
      at(bundle, ORGANIZATION).identifier = [];
      at(bundle, ENCOUNTER).subject = { reference: 'Patient/1' };
      at(bundle, DOCUMENT).subject = { reference: String(at(bundle, PATIENT).id) };
      at(bundle, DOCUMENT).custodian = { display: 'The virtual ward' };
    },
    rounds: [
      {
        says: [
          'error vw-org-03 Bundle.entry[1].resource.identifier',
          'error vw-xref-01 Bundle.entry[2].resource.subject',
          'error ref-bare-id Bundle.entry[3].resource.subject',
          'error vw-doc-16 Bundle.entry[3].resource.custodian.reference',
        ],
        mend: (bundle) => {
          at(bundle, ORGANIZATION).identifier = [
            { system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: 'RR8' },
          ];
          at(bundle, ENCOUNTER).subject = { reference: urlOf(bundle, PATIENT) };
          at(bundle, DOCUMENT).subject = { reference: urlOf(bundle, PATIENT) };
          at(bundle, DOCUMENT).custodian = { reference: urlOf(bundle, ORGANIZATION) };
        },
      },
    ],
  },
  {
    title: 'readings as the device’s export has them',
    breaks: (bundle) => {
      at(bundle, TOTAL).valueInteger = '5';
      at(bundle, RESPIRATION).code = { text: 'Respiratory rate' };
      at(bundle, TEMPERATURE).valueQuantity = { value: '100.8', unit: 'F' };
    },
    rounds: [
      {
        says: [
          'error type-string-to-number Bundle.entry[4].resource.value',
          'error vw-obs-07 Bundle.entry[12].resource.code.coding',
          'error type-string-to-number Bundle.entry[19].resource.value.value',
          'information vw-obs-20 Bundle.entry[19].resource.value',
        ],
        mend: (bundle) => {
          at(bundle, TOTAL).valueInteger = 5;
          at(bundle, RESPIRATION).code = {
            coding: [{ system: 'http://snomed.info/sct', code: '86290005', display: 'Respiratory rate' }],
          };
          at(bundle, TEMPERATURE).valueQuantity = {
            value: 38.2,
            unit: 'degrees Celsius',
            system: 'http://unitsofmeasure.org',
            code: 'Cel',
          };
        },
      },
    ],
  },
  {
    title: 'a document that was cut off',
    breaks: (bundle) => {
      const attachment = attachmentOf(bundle);
      attachment.data = String(attachment.data).slice(0, 201);
      delete attachment.contentType;
      delete attachment.creation;
    },
    rounds: [
      {
        says: [
          'error vw-doc-22 Bundle.entry[3].resource.content[0].attachment.data',
          'error vw-doc-25 Bundle.entry[3].resource.content[0].attachment.creation',
          'error vw-doc-24 Bundle.entry[3].resource.content[0].attachment.contentType',
        ],
        mend: (bundle) => {
          const attachment = attachmentOf(bundle);
          // Padded now, but still cut off.
          attachment.data = String(attachment.data).slice(0, 200);
          attachment.contentType = 'application/pdf';
          attachment.creation = '2025-03-10T14:20:00+00:00';
        },
      },
      {
        says: [
          'error vw-doc-28 Bundle.entry[3].resource.content[0].attachment.size',
          'warning vw-doc-23 Bundle.entry[3].resource.content[0].attachment.data',
        ],
        mend: (bundle) => {
          attachmentOf(bundle).data = attachmentOf(aSummary().stay(5).build()).data as Json;
        },
      },
    ],
  },
];

/** Sends it as a careful supplier does, and gives what the server says. */
async function send(body: Buffer, format: 'json' | 'xml'): Promise<{ status: number; says: string[] }> {
  const reply = await homeward.call('POST', '/FHIR/R4/Bundle', {
    body,
    headers: { 'Content-Type': `application/fhir+${format}`, Prefer: 'handling=strict' },
  });
  const sentences = (reply.json.issue as fhir4.OperationOutcomeIssue[]).map(
    ({ details }) => details?.text ?? '',
  );
  if (reply.status !== 201) expect(sentences.filter((sentence) => !page.includes(sentence))).toEqual([]);
  const says = told(reply).map(({ severity, rule, expression = '' }) =>
    `${severity} ${rule} ${expression}`.trim(),
  );
  return { status: reply.status, says };
}

const ACCEPTED = { status: 201, says: ['information ok'] };

describe('a supplier', () => {
  it.each(stories.map((story, index) => [story.title, story, index + 1] as const))(
    'mends %s from what the server says',
    async (_title, { breaks, rounds }, stay) => {
      const bundle = aSummary().stay(stay).build();
      breaks(bundle);
      for (const { says, mend } of rounds) {
        expect(await send(Buffer.from(stringify(bundle)), 'json')).toEqual({ status: 422, says });
        mend(bundle);
      }
      expect(await send(Buffer.from(stringify(bundle)), 'json')).toEqual(ACCEPTED);
    },
  );

  it('mends XML with text for a value, an unknown element and another order from what the server says', async () => {
    let xml = writeXml(aSummary().stay(6).build())
      .replace('<birthDate value="1950-03-14"/>', '<birthDate>1950-03-14</birthDate>')
      .replace('<gender ', '<nickname value="Peg"/><gender ')
      .replace(/(<status value="finished"\/>)(<class>.*?<\/class>)/s, '$2$1');
    const says = async (): Promise<{ status: number; says: string[] }> => send(Buffer.from(xml), 'xml');
    expect(await says()).toEqual({
      status: 400,
      says: ['fatal xml-text Bundle.entry[0].resource.birthDate'],
    });
    xml = xml.replace('<birthDate>1950-03-14</birthDate>', '<birthDate value="1950-03-14"/>');
    expect(await says()).toEqual({
      status: 422,
      says: [
        'error r4-unknown-element Bundle.entry[0].resource.nickname',
        'error xml-order Bundle.entry[2].resource.status',
      ],
    });
    xml = xml
      .replace('<nickname value="Peg"/>', '')
      .replace(/(<class>.*?<\/class>)(<status value="finished"\/>)/s, '$2$1');
    expect(await says()).toEqual(ACCEPTED);
  });
});

describe('the smallest summary of the page', () => {
  const source = readFileSync(join(__dirname, '..', '..', 'docs', 'for-suppliers.md'), 'utf8');
  const shown = (language: string): string =>
    new RegExp('## The smallest summary[^]*?```' + language + '\\n([^]*?)```').exec(source)?.[1] ?? '';

  it.each([
    ['json', 201],
    ['xml', 200],
  ])('is accepted without a remark as %s; in the second form it is a resend', async (format, status) => {
    const reply = await homeward.call('POST', '/FHIR/R4/Bundle', {
      body: shown(format),
      headers: { 'Content-Type': `application/fhir+${format}`, Prefer: 'handling=strict' },
    });
    expect([reply.status, told(reply).map(({ rule }) => rule)]).toEqual([status, ['ok']]);
  });
});
