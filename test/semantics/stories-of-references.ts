/** Stories of references: what leads from one patient's summary to another patient. */
import { writeXml } from '../../src/fhir/xml/write-xml';
import type { AnyResource, JsonObject } from '../../src/fhir/types';
import {
  accepted,
  byNhsNumber,
  freshNhsNumber,
  freshSummary,
  read,
  send,
  told,
  type AnyJson,
} from './sending';
import {
  answer,
  asTransaction,
  find,
  known,
  NHS,
  ONE,
  post,
  record,
  say,
  sentIn,
  withOneMore,
  type Known,
  type Story,
} from './story';
import { bundleOf, put, transact } from './transacting';

const fresh = (): ReturnType<typeof freshSummary> => freshSummary().nhsNumber(freshNhsNumber());
const procedure = (subject: JsonObject, encounter: JsonObject): AnyResource => ({
  resourceType: 'Procedure',
  status: 'completed',
  subject,
  encounter,
});
const stayOf = ({ summary }: Known): JsonObject => ({
  identifier: sentIn(summary, 'Encounter').identifier[0],
});
const REFUSED = ['422', 'error submission-reference-patient'];

const byIdentifier: Story[] = [
  {
    name: 'a procedure names a stay of another patient by its identifier',
    tell: async (server) => {
      const b = await known(server);
      const { system, value } = sentIn(b.summary, 'Encounter').identifier[0];
      const said = await say(
        server,
        withOneMore(fresh(), (a) => procedure(a, stayOf(b))),
      );
      const query = `Procedure?encounter:identifier=${encodeURIComponent(`${system}|${value}`)}`;
      return [said, await find(server, query)];
    },
    right: [REFUSED, []],
  },
  {
    name: 'the same in XML',
    tell: async (server) => {
      const b = await known(server);
      const body = Buffer.from(writeXml(withOneMore(fresh(), (a) => procedure(a, stayOf(b))).build()));
      return say(server, body, { headers: { 'Content-Type': 'application/fhir+xml' } });
    },
    right: REFUSED,
  },
  {
    name: 'the same in a transaction, for a patient who is stored',
    tell: async (server) => {
      const [a, b] = [await known(server), await known(server)];
      return answer(await transact(server, 'RR8', post(procedure({ reference: a.patient }, stayOf(b)))));
    },
    right: REFUSED,
  },
  {
    name: 'a reading is derived from one of another patient, by its identifier',
    tell: async (server) => {
      const b = await known(server);
      const [identifier] = sentIn(b.summary, 'Observation').identifier;
      return say(server, fresh().with('Observation[15].derivedFrom', [{ type: 'Observation', identifier }]));
    },
    right: REFUSED,
  },
  {
    name: 'a document replaces one of another patient, by its masterIdentifier',
    tell: async (server) => {
      const b = await known(server);
      const { masterIdentifier } = sentIn(b.summary, 'DocumentReference');
      const relatesTo = [{ code: 'replaces', target: { identifier: masterIdentifier } }];
      return say(server, fresh().with('DocumentReference.relatesTo', relatesTo));
    },
    right: REFUSED,
  },
  {
    name: 'a problem names its stored patient by NHS number alone, in a transaction and in a batch',
    tell: async (server) => {
      const b = await known(server);
      const subject = { identifier: { system: NHS, value: b.nhsNumber } };
      const problem = post({ resourceType: 'Condition', code: { text: 'Asthma' }, subject });
      for (const type of ['transaction', 'batch'] as const)
        await accepted(server, bundleOf(type, problem), { path: '/FHIR/R4', as: 'RX1' });
      const found = [];
      for (const parameter of ['patient:identifier', 'subject:identifier', 'patient.identifier'])
        found.push((await find(server, `Condition?${byNhsNumber(parameter, b.nhsNumber)}`)).length);
      return [await record(server, b.patient), found];
    },
    right: [{ ...ONE, Condition: 2 }, [2, 2, 2]],
  },
];

const byAddress: Story[] = [
  {
    name: 'a picture of one patient shows the document of another, by an address in any spelling',
    tell: async (server) => {
      const b = await known(server);
      const [type = '', id = ''] = b.document.split('/');
      const { content } = await read(server, { type, id });
      const url: string = content[0].attachment.url;
      const spellings = [
        `/FHIR/R4/${url}`,
        `./${url}`,
        `${url}?page=1`,
        `${url}#page=1`,
        `${server.fhir}/${url}/`,
        `https://proxy.example.nhs.uk/x/${url}`,
        url.replace('Binary/', 'Binary%2F'),
      ];
      const said = [];
      for (const each of spellings) {
        const media = (subject: JsonObject): AnyResource => ({
          resourceType: 'Media',
          status: 'completed',
          subject,
          content: { contentType: 'application/pdf', url: each },
        });
        said.push((await say(server, withOneMore(fresh(), media)))[0]);
      }
      return said;
    },
    right: Array.from({ length: 7 }, () => '422'),
  },
  {
    name: 'an organisation in a summary has the code of one trust, and its condition finds another',
    tell: async (server) => {
      await known(server, (s) => s.with('Organization.identifier[0].value', 'RX1'), { as: 'RX1' });
      const condition = 'identifier=https://fhir.nhs.uk/Id/ods-organization-code|RX1';
      return say(server, asTransaction(fresh(), { Organization: { ifNoneExist: condition } }), {
        path: '/FHIR/R4',
      });
    },
    right: ['409', 'error submission-condition-other-identifier'],
  },
  {
    name: 'a document whose Composition is of another patient, in a stay of theirs',
    tell: async (server) => {
      const b = await known(server);
      const document = fresh().changed((bundle) => {
        bundle.type = 'document';
        bundle.timestamp = '2025-03-10T14:25:00+00:00';
        (bundle.entry as AnyJson[]).unshift({
          fullUrl: 'urn:uuid:5d5f8bd4-6f0e-4c60-8a37-7d0a40c1a002',
          resource: {
            resourceType: 'Composition',
            id: 'composition',
            status: 'final',
            type: { text: 'Summary' },
            date: '2025-03-10',
            title: 'Summary',
            author: [{ display: 'Nurse' }],
            subject: { identifier: { system: NHS, value: b.nhsNumber } },
          },
        });
      });
      return [await say(server, document), await record(server, b.patient)];
    },
    right: [['422', 'error vw-bundle-21'], ONE],
  },
  {
    name: 'a message whose focus is a stay of another patient',
    tell: async (server) => {
      const b = await known(server);
      const message = fresh().changed((bundle) => {
        bundle.type = 'message';
        const entries = bundle.entry as AnyJson[];
        entries.unshift({
          fullUrl: 'urn:uuid:5d5f8bd4-6f0e-4c60-8a37-7d0a40c1a003',
          resource: {
            resourceType: 'MessageHeader',
            id: 'header',
            eventUri: 'https://trust.example.nhs.uk/event',
            source: { endpoint: 'https://trust.example.nhs.uk' },
            focus: [{ reference: entries[0].fullUrl }, { type: 'Encounter', ...stayOf(b) }],
          },
        });
      });
      const { json } = await send(server, message, { path: '/FHIR/R4/$process-message' });
      const outcome = json.entry.find(
        ({ resource }: AnyJson) => resource.resourceType === 'OperationOutcome',
      );
      return [json.entry[0].resource.response.code, told(outcome.resource)[0]];
    },
    right: ['fatal-error', expect.stringMatching(/^error (submission-reference-patient|msg-01) /)],
  },
];

const reference = (text: string): JsonObject => ({ reference: text });
/** Resources beside which the server keeps no patient: their references alone say whose they are. */
const ofNobody: Readonly<Record<string, (to: JsonObject) => AnyResource>> = {
  'the member of a Group': (to) => ({
    resourceType: 'Group',
    type: 'person',
    actual: true,
    member: [{ entity: to }],
  }),
  'the item of a List': (to) => ({
    resourceType: 'List',
    status: 'current',
    mode: 'working',
    entry: [{ item: to }],
  }),
  'the focus of a MessageHeader': (to) => ({
    resourceType: 'MessageHeader',
    eventUri: 'https://trust.example.nhs.uk/event',
    source: { endpoint: 'https://trust.example.nhs.uk' },
    focus: [to],
  }),
  'the focus of a Task': (to) => ({ resourceType: 'Task', status: 'requested', intent: 'order', focus: to }),
  'an extension of a Location': (to) => ({
    resourceType: 'Location',
    extension: [{ url: 'https://trust.example.nhs.uk/occupant', valueReference: to }],
  }),
};

const byHand: Story[] = [
  ...(['patient', 'encounter'] as const).flatMap((what) =>
    // The member of a Group is a person or a thing, and no stay.
    Object.entries(ofNobody)
      .filter(([place]) => what === 'patient' || !place.includes('Group'))
      .map(([place, resource]): Story => ({
        name: `a PUT turns ${place} from one patient to another (${what})`,
        tell: async (server) => {
          const [a, b] = await pair(server);
          const sent = await transact(server, 'RR8', post(resource(reference(a[what]))));
          const [name] = sent.json.entry[0].response.location.split('/_history');
          const [, id] = name.split('/');
          const changed = { ...resource(reference(b[what])), id };
          return answer(await transact(server, 'RR8', put(name, changed)));
        },
        right: ['409', 'error submission-patient-moves'],
      })),
  ),
  {
    name: 'one condition for the devices of two patients, many times at once',
    tell: async (server) => {
      const [a, b] = await pair(server);
      const condition = 'identifier=https://trust.example.nhs.uk/device|shared';
      const device = (patient: string): AnyResource => ({
        resourceType: 'Device',
        identifier: [{ system: 'https://trust.example.nhs.uk/device', value: 'shared' }],
        patient: { reference: patient },
      });
      const sent = await Promise.all(
        [a, b, a, b].map(({ patient }) => transact(server, 'RR8', post(device(patient), condition))),
      );
      const devices = await find(server, `Device?${condition}`);
      return [sent.map(({ status }) => status).sort(), devices.length];
    },
    right: [[200, 200, 409, 409], 1],
  },
  {
    name: 'a Patient says that it replaces another',
    tell: async (server) => {
      const b = await known(server);
      const link = [{ other: { reference: b.patient }, type: 'replaces' }];
      const a = await known(server, (s) => s.with('Patient.link', link));
      return [await record(server, a.patient), await record(server, b.patient)];
    },
    right: [ONE, ONE],
  },
  {
    name: 'a refused summary names another patient, and is on record of its own patient alone',
    tell: async (server) => {
      const b = await known(server);
      const nhsNumber = freshNhsNumber();
      await send(
        server,
        withOneMore(freshSummary().nhsNumber(nhsNumber), () => ({
          resourceType: 'Condition',
          code: { text: 'Asthma' },
          subject: { identifier: { system: NHS, value: b.nhsNumber } },
        })),
      );
      const refused = async (number: string): Promise<number> => {
        const { json } = await server.call('GET', `/submissions?status=refused&nhs-number=${number}`);
        return json.submissions.length;
      };
      return [await refused(nhsNumber), await refused(b.nhsNumber), await record(server, b.patient)];
    },
    right: [1, 0, ONE],
  },
];

/** Two patients for stories that store nothing of either. */
let both: Promise<[Known, Known]> | undefined;
const pair = (server: Parameters<typeof known>[0]): Promise<[Known, Known]> =>
  (both ??= (async () => [await known(server), await known(server)])());

export const storiesOfReferences: readonly Story[] = [...byIdentifier, ...byAddress, ...byHand];
