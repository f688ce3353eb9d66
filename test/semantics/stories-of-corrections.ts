/** Stories of engines, trusts and platforms: what is sent again, corrected, retracted, and by whom. */
import type { AnyResource } from '../../src/fhir/types';
import type { SummaryBuilder } from '../fixtures/summary';
import { accepted, freshNhsNumber, freshSummary, read, send, stored, type AnyJson } from './sending';
import {
  about,
  answer,
  find,
  known,
  ONE,
  post,
  record,
  rebuilt,
  say,
  sentIn,
  status,
  statusesOf,
  TWO,
  type Story,
} from './story';
import { put, transact } from './transacting';

const retracted = (summary: SummaryBuilder): SummaryBuilder =>
  summary.changed((bundle) => {
    for (const { resource } of bundle.entry as AnyJson[])
      if (resource.status !== undefined) resource.status = 'entered-in-error';
  });

const senders: Story[] = [
  {
    name: 'a platform and the trust send one document, and the platform corrects it',
    tell: async (server) => {
      const nhsNumber = freshNhsNumber();
      const document = freshSummary().nhsNumber(nhsNumber);
      const platform = rebuilt(document, 'platform');
      const first = await accepted(server, platform, { as: 'RX1' });
      const second = await send(server, document);
      const same = await Promise.all(
        [first, second].map(
          async ({ submissionId }) => (await stored(server, submissionId, 'DocumentReference')).id,
        ),
      );
      const corrected = await say(
        server,
        platform.correction(2).with('DocumentReference.description', 'The platform has more'),
        { as: 'RX1' },
      );
      const documents = await statusesOf(server, 'DocumentReference', nhsNumber);
      return [answer(second), same[0] === same[1], corrected, documents];
    },
    right: [
      ['201'],
      true,
      [
        '201',
        'warning submission-document-of-other',
        'warning submission-not-replaced',
        'information submission-not-withdrawn',
      ],
      ['current', 'current'],
    ],
  },
  {
    name: 'another custodian sends a document under the same masterIdentifier',
    tell: async (server) => {
      const one = await known(server);
      const other = rebuilt(one.summary, 'custodian')
        .with('Organization.identifier[0].value', 'RX1')
        .with('Organization.name', 'Another trust');
      const said = await say(server, other, { as: 'RX1' });
      return [
        said,
        await statusesOf(server, 'DocumentReference', one.nhsNumber),
        await read(server, nameOf(one.document)),
      ];
    },
    right: [
      ['201', 'warning submission-document-of-other'],
      ['current', 'current'],
      expect.objectContaining({ status: 'current', meta: expect.objectContaining({ versionId: '1' }) }),
    ],
  },
  {
    name: 'a stay goes from one trust to another, which keeps its identifier',
    tell: async (server) => {
      const one = await known(server);
      const said = await say(server, rebuilt(one.summary, 'transfer'), { as: 'RX1' });
      return [said, await record(server, one.patient)];
    },
    right: [['201', 'warning submission-document-of-other'], TWO],
  },
  {
    name: 'an engine has one Bundle.identifier for all patients',
    tell: async (server) => {
      const one = await known(server, (s) => s.with('Bundle.identifier.value', 'always this one'));
      const next = freshSummary()
        .nhsNumber(freshNhsNumber())
        .with('Bundle.identifier.value', 'always this one');
      return [
        await say(server, next.correction(2)),
        await say(server, next),
        await record(server, one.patient),
      ];
    },
    right: [['409', 'error submission-other-patient'], ['409', 'error submission-same-version'], ONE],
  },
];

const engines: Story[] = [
  {
    name: 'an engine builds a summary again in another order, under other names, and hours later',
    tell: async (server) => {
      const one = await known(server);
      const again = rebuilt(one.summary)
        .with('Bundle.meta.lastUpdated', '2025-03-11T09:00:00Z')
        .changed((bundle) => {
          const [patient, ...others] = bundle.entry as AnyJson[];
          bundle.entry = [patient, ...others.reverse()];
        });
      return [await say(server, again), await record(server, one.patient)];
    },
    right: [['200'], ONE],
  },
  {
    name: 'an engine numbers the fullUrls of readings anew in a correction',
    tell: async (server) => {
      const one = await known(server);
      const turned = one.summary.correction(2).changed((bundle) => {
        const urls = (bundle.entry as AnyJson[])
          .filter(({ resource }) => resource.resourceType === 'Observation')
          .map(({ fullUrl }) => fullUrl);
        const next = (url: string): string => urls[(urls.indexOf(url) + 1) % urls.length] ?? url;
        const text = JSON.stringify(bundle).replace(/urn:uuid:[0-9a-f-]{36}/g, (url) =>
          urls.includes(url) ? next(url) : url,
        );
        return JSON.parse(text) as AnyResource;
      });
      return [await say(server, turned), await record(server, one.patient)];
    },
    right: [['201', 'warning submission-fullurl-of-other'], ONE],
  },
  {
    name: 'a retraction and an older summary of the same stay cross on the way',
    tell: async (server) => {
      const seen = [];
      for (const isRetractedFirst of [true, false]) {
        const one = await known(server);
        const retraction = one.summary.correction(3).with('DocumentReference.status', 'entered-in-error');
        const older = rebuilt(one.summary.correction(2), 'second');
        for (const each of isRetractedFirst ? [retraction, older] : [older, retraction])
          await accepted(server, each);
        seen.push(await statusesOf(server, 'DocumentReference', one.nhsNumber));
      }
      return seen;
    },
    right: [['entered-in-error'], ['entered-in-error']],
  },
  {
    name: 'a retraction and an older summary of the same stay come at the same moment',
    tell: async (server) => {
      const one = await known(server);
      const retraction = one.summary.correction(3).with('DocumentReference.status', 'entered-in-error');
      const older = rebuilt(one.summary.correction(2), 'second');
      const answers = await Promise.all([send(server, retraction), send(server, older)]);
      return [
        answers.map(({ status: code }) => code),
        await statusesOf(server, 'DocumentReference', one.nhsNumber),
      ];
    },
    right: [[201, 201], ['entered-in-error']],
  },
  {
    name: 'everything is retracted, and the engine sends the first edition once more',
    tell: async (server) => {
      const one = await known(server);
      await accepted(server, retracted(one.summary.correction(2)));
      const said = await say(server, one.summary);
      const seen = [];
      for (const type of ['Encounter', 'DocumentReference', 'Observation'])
        seen.push([...new Set(await statusesOf(server, type, one.nhsNumber))]);
      return [said, ...seen, await record(server, one.patient)];
    },
    right: [['200'], ['entered-in-error'], ['entered-in-error'], ['entered-in-error'], ONE],
  },
  {
    name: 'an older edition comes after a newer one',
    tell: async (server) => {
      const one = await known(server);
      await accepted(server, one.summary.correction(3).with('Encounter.status', 'entered-in-error'));
      const said = await say(server, one.summary.correction(2).with('Encounter.status', 'in-progress'));
      return [said[0], await statusesOf(server, 'Encounter', one.nhsNumber)];
    },
    right: ['409', ['entered-in-error']],
  },
];

const readings: Story[] = [
  {
    name: 'a reading is withdrawn, put back by hand, and brought back by the next edition',
    tell: async (server) => {
      const summary = freshSummary().nhsNumber(freshNhsNumber()).observations(17);
      const first = await accepted(server, summary);
      const reading = await stored(server, first.submissionId, 'Observation', 16);
      const name = `Observation/${reading.id}`;
      const content = await read(server, reading);
      await accepted(server, summary.correction(2).without('Observation[16]'));
      const withdrawn = await status(server, name);
      const byHand = answer(await transact(server, 'RR8', put(name, content)))[0];
      const third = await accepted(server, rebuilt(summary.correction(3)));
      const back = await stored(server, third.submissionId, 'Observation', 16);
      return [withdrawn, byHand, await status(server, name), back.id === reading.id];
    },
    right: [410, '404', 200, true],
  },
  {
    name: 'a condition finds nothing, and the reading is known by its identifier',
    tell: async (server) => {
      const one = await known(server);
      const { id: _id, meta: _meta, ...reading } = await read(server, nameOf(one.observation));
      const amended = post(
        { ...reading, status: 'amended' },
        'identifier=https://trust.example.nhs.uk/x|none',
      );
      await transact(server, 'RR8', amended);
      return [(await read(server, nameOf(one.observation))).status, await record(server, one.patient)];
    },
    right: ['amended', ONE],
  },
  {
    name: 'readings are numbered anew for each stay',
    tell: async (server) => {
      const number = (s: SummaryBuilder): SummaryBuilder =>
        s.with('Observation[15].identifier', [
          { system: 'https://trust.example.nhs.uk/n', value: 'reading 0' },
        ]);
      const one = await known(server, number);
      const next = about(one).changed((bundle) => {
        const text = JSON.stringify(bundle).replace(/2025-03-0/g, '2025-02-0');
        return JSON.parse(text) as AnyResource;
      });
      const said = await say(server, number(next));
      return [said[0], await record(server, one.patient)];
    },
    right: ['201', TWO],
  },
  {
    name: 'a summary of one trust names the stay of another trust by its identifier, for the same patient',
    tell: async (server) => {
      const one = await known(server);
      const { identifier } = sentIn(one.summary, 'Encounter');
      const transfer = about(one).with('Encounter.partOf', { type: 'Encounter', identifier: identifier[0] });
      const said = await say(server, transfer, { as: 'RX1' });
      return [said, (await find(server, `Encounter?_id=${one.encounter.split('/')[1]}`)).length];
    },
    right: [['201'], 1],
  },
];

const nameOf = (name: string): { type: string; id: string } => {
  const [type = '', id = ''] = name.split('/');
  return { type, id };
};

export const storiesOfCorrections: readonly Story[] = [...senders, ...engines, ...readings];
