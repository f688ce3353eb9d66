/** Stories of numbers, names, births and deaths: who a summary is about. */
import { accepted, freshNhsNumber, freshSummary, read, send, type AnyJson } from './sending';
import {
  about,
  answer,
  asTransaction,
  known,
  NHS,
  ONE,
  patientsOf,
  post,
  reasons,
  record,
  rebuilt,
  say,
  statusesOf,
  TWO,
  type Story,
} from './story';
import { transact } from './transacting';

const MRN = 'https://trust.example.nhs.uk/Id/hospital-number';
const path = '/FHIR/R4';
const patientOf = (nhsNumber: string): string => `Patient?identifier=${NHS}|${nhsNumber}`;

const conditions: Story[] = [
  {
    name: 'the hospital number in a condition is that of another patient',
    tell: async (server) => {
      const b = await known(server, (s) =>
        s.changed((bundle) => {
          (bundle.entry as AnyJson[])[0].resource.identifier.push({ system: MRN, value: 'reused' });
        }),
      );
      const nhsNumber = freshNhsNumber();
      const a = asTransaction(freshSummary().nhsNumber(nhsNumber), {
        Patient: { ifNoneExist: `identifier=${MRN}|reused` },
      });
      return [
        await say(server, a, { path }),
        await record(server, b.patient),
        await patientsOf(server, nhsNumber),
      ];
    },
    right: [['409', 'error submission-condition-other-identifier'], ONE, []],
  },
  {
    name: 'the NHS number in a condition is that of another patient',
    tell: async (server) => {
      const b = await known(server);
      const a = asTransaction(freshSummary().nhsNumber(freshNhsNumber()), {
        Patient: { ifNoneExist: `identifier=${NHS}|${b.nhsNumber}` },
      });
      return [await say(server, a, { path }), await record(server, b.patient)];
    },
    right: [['409', 'error submission-condition-other-identifier'], ONE],
  },
  {
    name: 'a condition finds the NHS number, and the birth date is another',
    tell: async (server) => {
      const b = await known(server);
      const a = asTransaction(about(b).birthDate('1977-07-07'), {
        Patient: { ifNoneExist: `identifier=${NHS}|${b.nhsNumber}` },
      });
      return [await say(server, a, { path, as: 'RX1' }), await record(server, b.patient)];
    },
    right: [['409', 'error submission-other-person'], ONE],
  },
  {
    name: 'a condition finds the patient, and everything agrees',
    tell: async (server) => {
      const b = await known(server);
      const again = asTransaction(about(b), {
        Patient: { ifNoneExist: `identifier=${NHS}|${b.nhsNumber}` },
      });
      return [await say(server, again, { path }), await record(server, b.patient)];
    },
    right: [['200'], TWO],
  },
  {
    name: 'a condition finds nobody, and the NHS number is known with another birth date',
    tell: async (server) => {
      const b = await known(server);
      const a = asTransaction(about(b).birthDate('1977-07-07'), {
        Patient: { ifNoneExist: `identifier=${MRN}|nobody` },
      });
      return [await say(server, a, { path, as: 'RX1' }), await record(server, b.patient)];
    },
    right: [['409', 'error submission-other-person'], ONE],
  },
  {
    name: 'twins come in one transaction with one condition',
    tell: async (server) => {
      const [one, two] = [freshNhsNumber(), freshNhsNumber()];
      const twin = (value: string): AnyJson => ({
        resourceType: 'Patient',
        meta: { profile: ['https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient'] },
        identifier: [{ system: NHS, value }],
        name: [{ family: 'Twin', given: [`Twin ${value}`] }],
        birthDate: '2025-03-01',
      });
      const condition = `identifier=${MRN}|twins`;
      const sent = await transact(server, 'RR8', post(twin(one), condition), post(twin(two), condition));
      return [answer(sent), await patientsOf(server, one), await patientsOf(server, two)];
    },
    right: [['409', 'error submission-condition-other-identifier'], [], []],
  },
];

const births: Story[] = [
  {
    name: 'twins have numbers of their own, and all else alike',
    tell: async (server) => {
      const [one, two] = [await known(server), await known(server)];
      return [
        one.patient === two.patient,
        await record(server, one.patient),
        await record(server, two.patient),
      ];
    },
    right: [false, ONE, ONE],
  },
  {
    name: 'a baby is sent under the number of the mother, without a birth date',
    tell: async (server) => {
      const mother = await known(server);
      const baby = about(mother)
        .without('Patient.birthDate')
        .with('Patient.name[0].given', ['Baby'])
        .with('Patient.gender', 'male');
      const sent = await send(server, baby, { as: 'RX1' });
      return [answer(sent), await reasons(server, sent)];
    },
    right: [['201', 'warning submission-demographics'], 2],
  },
  {
    name: 'a baby is sent under the number of the mother, with the birth date',
    tell: async (server) => {
      const mother = await known(server);
      const said = await say(server, about(mother).birthDate('2025-03-09'), { as: 'RX1' });
      return [said, await record(server, mother.patient)];
    },
    right: [['409', 'error submission-other-person'], ONE],
  },
  {
    name: 'birth dates come in parts: the month, the day, another day',
    tell: async (server) => {
      const nhsNumber = freshNhsNumber();
      const said = [];
      for (const [as, date] of [
        ['RR8', '1950-03'],
        ['RX1', '1950-03-14'],
        ['RJ7', '1950-03-15'],
        ['RJ7', '1950'],
      ] as const)
        said.push((await say(server, about({ nhsNumber }).birthDate(date), { as }))[0]);
      const [patient] = await patientsOf(server, nhsNumber);
      return [said, patient.birthDate];
    },
    right: [['201', '201', '409', '201'], '1950-03-14'],
  },
  {
    name: 'a lineage corrects the birth date after another trust wrote of this patient and another in one transaction',
    tell: async (server) => {
      const [a, b] = [await known(server), await known(server)];
      const problem = (reference: string): AnyJson => ({
        resourceType: 'Condition',
        code: { text: 'Pneumonia' },
        subject: { reference },
      });
      await transact(server, 'RX1', post(problem(a.patient)), post(problem(b.patient)));
      return [
        await say(server, a.summary.correction(2).birthDate('1966-06-06')),
        await record(server, a.patient),
      ];
    },
    right: [['409', 'error submission-other-person'], { ...ONE, Condition: 1 }],
  },
];

const unverified = (summary: ReturnType<typeof about>): ReturnType<typeof about> =>
  summary.without('Patient.identifier[0].extension');

const numbers: Story[] = [
  {
    name: 'a number was superseded, and its former holder is known here',
    tell: async (server) => {
      const former = await known(server);
      const now = await known(server, (s) =>
        s.changed((bundle) => {
          const { identifier } = (bundle.entry as AnyJson[])[0].resource;
          identifier.push({ use: 'old', system: NHS, value: former.nhsNumber });
        }),
      );
      return [
        now.patient === former.patient,
        await record(server, former.patient),
        await record(server, now.patient),
        (await statusesOf(server, 'Encounter', former.nhsNumber)).length,
      ];
    },
    right: [false, ONE, ONE, 1],
  },
  {
    name: 'a person has a new number, name and gender after transition, and the old record stays as it was',
    tell: async (server) => {
      const before = await known(server);
      const after = await known(server, (s) =>
        s.with('Patient.name[0].given', ['Alex']).with('Patient.gender', 'male'),
      );
      const [type, id] = before.patient.split('/') as [string, string];
      const kept = await read(server, { type, id });
      return [
        after.patient === before.patient,
        kept.gender,
        kept.meta.versionId,
        await record(server, after.patient),
      ];
    },
    right: [false, 'female', '1', ONE],
  },
  {
    name: 'a person keeps the number and has another family name and gender',
    tell: async (server) => {
      const before = await known(server);
      const sent = await send(
        server,
        about(before).with('Patient.name[0].family', 'Jones').with('Patient.gender', 'male'),
      );
      const [patient] = await patientsOf(server, before.nhsNumber);
      return [answer(sent), patient.name[0].family, patient.gender, await record(server, before.patient)];
    },
    right: [['201'], 'Jones', 'male', TWO],
  },
  {
    name: 'a number is mistyped, and is that of another person: retracted, and sent again under the right one',
    tell: async (server) => {
      const wrong = await known(server);
      const right = freshNhsNumber();
      const moved = await say(server, wrong.summary.correction(2).nhsNumber(right));
      await accepted(
        server,
        wrong.summary.correction(3).changed((bundle) => {
          for (const { resource } of bundle.entry as AnyJson[])
            if (resource.status !== undefined) resource.status = 'entered-in-error';
        }),
      );
      const again = await say(server, rebuilt(wrong.summary.nhsNumber(right), 'right'));
      const late = await say(server, rebuilt(wrong.summary));
      return [
        moved,
        again,
        late,
        await statusesOf(server, 'DocumentReference', wrong.nhsNumber),
        await statusesOf(server, 'DocumentReference', right),
        new Set(await statusesOf(server, 'Observation', wrong.nhsNumber)),
        (await statusesOf(server, 'Observation', right)).length,
      ];
    },
    right: [
      ['409', 'error submission-other-patient'],
      ['201', 'warning submission-identifier-of-other'],
      ['200'],
      ['entered-in-error'],
      ['current'],
      new Set(['entered-in-error']),
      16,
    ],
  },
  {
    name: 'a number is written with spaces by one trust, and without by another',
    tell: async (server) => {
      const one = await known(server);
      const spaced = one.nhsNumber.replace(/(...)(...)/, '$1 $2 ');
      await accepted(server, freshSummary().nhsNumber(spaced), { as: 'RX1' });
      return record(server, one.patient);
    },
    right: TWO,
  },
  {
    name: 'a number is found by a condition of its own kind by one who may name nobody else',
    tell: async (server) => {
      const one = await known(server);
      const device = { resourceType: 'Device', patient: { reference: patientOf(one.nhsNumber) } };
      return [answer(await transact(server, 'RX1', post(device))), await record(server, one.patient)];
    },
    right: [['200'], { ...ONE, Device: 1 }],
  },
];

const deaths: Story[] = [
  {
    name: 'a death is taken back by a system that always says alive',
    tell: async (server) => {
      const one = await known(server, (s) => s.with('Patient.deceasedDateTime', '2025-03-11'));
      const sent = await send(server, about(one).with('Patient.deceasedBoolean', false), { as: 'RX1' });
      return [answer(sent), await reasons(server, sent)];
    },
    right: [['201', 'warning submission-death-changed'], 1],
  },
  {
    name: 'a death is recorded late on another day',
    tell: async (server) => {
      const one = await known(server, (s) => s.with('Patient.deceasedDateTime', '2025-03-11'));
      const sent = await send(server, about(one).with('Patient.deceasedDateTime', '2025-06-01'), {
        as: 'RX1',
      });
      return [answer(sent), await reasons(server, sent)];
    },
    right: [['201', 'warning submission-death-changed'], 1],
  },
  {
    name: 'a death is recorded, and the next summary says nothing of it, or only that there was one',
    tell: async (server) => {
      const one = await known(server, (s) => s.with('Patient.deceasedDateTime', '2025-03-11T08:00:00Z'));
      const silent = await say(server, about(one), { as: 'RX1' });
      const vague = await say(server, about(one).with('Patient.deceasedBoolean', true), { as: 'RJ7' });
      const [patient] = await patientsOf(server, one.nhsNumber);
      return [silent, vague, patient.deceasedDateTime];
    },
    right: [['201'], ['201'], '2025-03-11T08:00:00Z'],
  },
  {
    name: 'a verified number replaces a birth date that was never verified, and with it a death of somebody else',
    tell: async (server) => {
      const one = await known(server, (s) => unverified(s).with('Patient.deceasedDateTime', '2025-03-11'));
      const sent = await send(server, about(one).birthDate('1988-08-08'), { as: 'RX1' });
      const [patient] = await patientsOf(server, one.nhsNumber);
      return [answer(sent), await reasons(server, sent), patient.birthDate, patient.deceasedDateTime];
    },
    right: [['201', 'warning submission-demographics'], 1, '1988-08-08', undefined],
  },
];

export const storiesOfIdentity: readonly Story[] = [...conditions, ...births, ...numbers, ...deaths];
