/**
 * A small population of resources of every searched type, drawn by chance from small pools, so that random queries
 * find something: elements missing, lists of several, dates of every precision, accents, escapes, logical references.
 */
import type { AnyResource, JsonObject } from '../../src/fhir/types';
import { CITIES, CODES, DATES, FAMILIES, GIVEN, NHS_NUMBER, ODS, UNITS, VALUES } from './pools';
import { seeded, type Random } from './random';
import { nhsNumberOf } from '../../src/demo/nhs-number';

export interface Population {
  resources: AnyResource[];
  byReference: ReadonlyMap<string, AnyResource>;
}

export function population(seed: number): Population {
  const random = seeded(seed);
  const resources: AnyResource[] = [];
  const ids: Record<string, string[]> = {};
  const { pick, chance, below } = random;
  const some = <T>(make: () => T, most = 2): T[] => Array.from({ length: 1 + below(most) }, make);

  const add = (type: string, make: () => JsonObject, id = uuid(random)): void => {
    const lastUpdated = `2024-01-0${1 + below(3)}T10:00:0${below(3)}.00${below(3)}Z`;
    const meta: JsonObject = { versionId: '1', lastUpdated };
    if (chance(0.4))
      meta.profile = some(() =>
        pick([
          'http://acme.org/fhir/A',
          'http://acme.org/fhir/A|2.0',
          'http://acme.org/fhirB',
          'urn:oid:1.2',
        ]),
      );
    if (chance(0.3)) meta.tag = [coding()];
    if (chance(0.3)) meta.security = [coding()];
    if (chance(0.3))
      meta.source = pick(['http://acme.org/source', 'http://acme.org/source/1#a', 'urn:uuid:x']);
    resources.push(dropEmpty({ resourceType: type, id, meta, ...make() }));
    (ids[type] ??= []).push(id);
  };
  const coding = (): JsonObject => {
    const [system, code, display] = pick(CODES);
    return { ...(system === undefined ? {} : { system }), code, ...(chance(0.7) ? { display } : {}) };
  };
  const concept = (): JsonObject => {
    if (chance(0.08)) return { text: pick(['Only words', 'NEWS2 in words']) };
    return {
      coding: some(coding),
      ...(chance(0.3) ? { text: pick(['In words', 'Systolic in words']) } : {}),
    };
  };
  const maybe = <T>(make: () => T, share = 0.6): T | undefined => (chance(share) ? make() : undefined);
  const identifier = (): JsonObject => ({
    ...(chance(0.8) ? { system: pick(['http://a.example/id', 'http://b.example/id']) } : {}),
    value: pick(['1', '2', 'A|B', '12345']),
    ...(chance(0.4)
      ? {
          type: {
            coding: [{ system: 'http://t.example', code: pick(['MR', 'NI']) }],
            text: 'Medical record',
          },
        }
      : {}),
  });
  const reference = (...types: string[]): JsonObject => {
    const type = pick(types);
    const id = ids[type]?.[below(ids[type].length)];
    if (id === undefined || chance(0.08)) return { identifier: identifier() };
    if (chance(0.04)) return { display: 'Someone' };
    return { reference: `${type}/${id}${chance(0.1) ? '/_history/1' : ''}` };
  };
  const date = (): string => pick(DATES);
  const dateTime = (): string => pick(DATES);
  const period = (): JsonObject => {
    const [a, b] = [pick(DATES.slice(1, 4)), pick(DATES.slice(3, 5))];
    return pick<JsonObject>([{ start: a, end: b }, { start: a, end: b }, { start: a }, { end: b }]);
  };
  const quantity = (): JsonObject => ({ value: pick(VALUES), ...pick(UNITS) });
  const address = (): JsonObject => ({
    use: pick(['home', 'work']),
    line: ['22 Brightside Crescent'],
    city: pick(CITIES),
    ...(chance(0.5) ? { postalCode: pick(['LS10 4YU', 'BD1 1AA']) } : {}),
    ...(chance(0.3) ? { country: 'GBR', state: 'West Yorkshire' } : {}),
  });
  const name = (): JsonObject => ({
    family: pick(FAMILIES),
    given: some(() => pick(GIVEN)),
    ...(chance(0.3) ? { prefix: ['Dr'] } : {}),
  });
  const telecom = (): JsonObject => ({
    system: pick(['phone', 'email']),
    value: pick(['0113', 'a@b.uk']),
    ...(chance(0.5) ? { use: 'home' } : {}),
  });

  for (let n = 0; n < 6; n += 1)
    add('Organization', () => ({
      active: maybe(() => chance(0.5)),
      identifier: [{ system: ODS, value: `RR${n}` }],
      name: pick(['Leeds Teaching Hospitals', 'leeds Community', 'York Trust']),
      alias: maybe(() => ['LTH']),
      type: maybe(() => some(concept)),
      address: maybe(() => [address()]),
      partOf: maybe(() => reference('Organization'), 0.5),
    }));
  for (let n = 0; n < 5; n += 1)
    add('Practitioner', () => ({
      active: maybe(() => chance(0.5)),
      name: maybe(() => some(name)),
      telecom: maybe(() => some(telecom)),
      gender: maybe(() => pick(['male', 'female'])),
      communication: maybe(() => some(concept)),
      address: maybe(() => [address()]),
    }));
  for (let n = 0; n < 4; n += 1)
    add('Location', () => ({
      status: maybe(() => pick(['active', 'suspended'])),
      name: pick(['Ward 1', 'ward 2']),
      operationalStatus: maybe(coding),
      type: maybe(() => some(concept)),
      address: maybe(address),
      managingOrganization: maybe(() => reference('Organization')),
      partOf: maybe(() => reference('Location'), 0.4),
    }));
  for (let n = 0; n < 5; n += 1)
    add('PractitionerRole', () => ({
      active: maybe(() => chance(0.5)),
      period: maybe(period),
      practitioner: maybe(() => reference('Practitioner')),
      organization: maybe(() => reference('Organization')),
      code: maybe(() => some(concept)),
      specialty: maybe(() => some(concept)),
      location: maybe(() => some(() => reference('Location'))),
      telecom: maybe(() => some(telecom)),
    }));
  for (let n = 0; n < 14; n += 1)
    add(
      'Patient',
      () => ({
        active: maybe(() => chance(0.7)),
        identifier: [{ system: NHS_NUMBER, value: nhsNumberOf(n) }, ...(chance(0.5) ? [identifier()] : [])],
        name: some(name),
        telecom: maybe(() => some(telecom)),
        gender: maybe(() => pick(['male', 'female', 'other'])),
        birthDate: maybe(() => pick(['1950', '1950-02', '1950-02-03', '1960-07-01'])),
        ...(chance(0.3)
          ? pick([{ deceasedBoolean: true }, { deceasedBoolean: false }, { deceasedDateTime: '2023-01-07' }])
          : {}),
        address: maybe(() => some(address)),
        communication: maybe(() => [{ language: concept() }]),
        generalPractitioner: maybe(() =>
          some(() => reference('Practitioner', 'Organization', 'PractitionerRole')),
        ),
        managingOrganization: maybe(() => reference('Organization')),
        link: n > 3 ? maybe(() => [{ other: reference('Patient'), type: 'seealso' }], 0.3) : undefined,
      }),
      patientIdOf(nhsNumberOf(n)),
    );
  for (let n = 0; n < 4; n += 1)
    add('Device', () => ({
      status: maybe(() => pick(['active', 'inactive'])),
      deviceName: maybe(() => [
        { name: pick(['Pulse oximeter', 'Thermometer']), type: 'user-friendly-name' },
      ]),
      type: maybe(concept),
      manufacturer: maybe(() => 'Acme'),
      modelNumber: maybe(() => 'X-1'),
      owner: maybe(() => reference('Organization')),
      patient: maybe(() => reference('Patient')),
      url: maybe(() => 'http://acme.org/device'),
      udiCarrier: maybe(() => [{ deviceIdentifier: '0123', carrierHRF: '(01)0123' }]),
    }));
  for (let n = 0; n < 24; n += 1)
    add('Encounter', () => ({
      identifier: maybe(() => some(identifier)),
      status: pick(['finished', 'in-progress', 'cancelled']),
      class: coding(),
      type: maybe(() => some(concept)),
      subject: maybe(() => reference('Patient'), 0.9),
      participant: maybe(() =>
        some(() => ({ type: [concept()], individual: reference('Practitioner', 'PractitionerRole') })),
      ),
      period: maybe(period, 0.9),
      length: maybe(quantity, 0.4),
      reasonCode: maybe(() => some(concept)),
      location: maybe(() => some(() => ({ location: reference('Location'), period: period() }))),
      serviceProvider: maybe(() => reference('Organization')),
      partOf: n > 5 ? maybe(() => reference('Encounter'), 0.3) : undefined,
    }));
  for (let n = 0; n < 20; n += 1)
    add('DocumentReference', () => ({
      masterIdentifier: maybe(identifier),
      identifier: maybe(() => some(identifier)),
      status: pick(['current', 'superseded']),
      type: maybe(concept),
      category: maybe(() => some(concept)),
      subject: maybe(() => reference('Patient', 'Patient', 'Device'), 0.9),
      date: maybe(() => pick(DATES.slice(6))),
      author: maybe(() => some(() => reference('Practitioner', 'Organization', 'Device'))),
      authenticator: maybe(() => reference('Practitioner')),
      custodian: maybe(() => reference('Organization')),
      description: maybe(() => pick(['Summary of the stay', 'SUMMARY, final', 'Ångström report'])),
      securityLabel: maybe(() => some(concept)),
      relatesTo:
        n > 4
          ? maybe(() =>
              some(() => ({ code: pick(['replaces', 'appends']), target: reference('DocumentReference') })),
            )
          : undefined,
      content: some(() => ({
        attachment: {
          contentType: pick(['application/pdf', 'text/plain']),
          language: pick(['en-GB', 'cy']),
          url: pick(['Binary/1', 'http://acme.org/docs/1', 'http://acme.org/docs/2']),
          creation: date(),
        },
        ...(chance(0.5) ? { format: coding() } : {}),
      })),
      context: maybe(() =>
        dropEmpty({
          encounter: maybe(() => some(() => reference('Encounter'))),
          event: maybe(() => some(concept)),
          period: maybe(period),
          facilityType: maybe(concept),
          practiceSetting: maybe(concept),
          related: maybe(() => some(() => reference('Encounter', 'Device'))),
        }),
      ),
    }));
  for (let n = 0; n < 110; n += 1)
    add('Observation', () => {
      const value = pick([
        { valueQuantity: quantity() },
        { valueQuantity: quantity() },
        { valueInteger: pick([1, 5]) },
        { valueCodeableConcept: concept() },
        { valueString: pick(['Alert', 'alert and well']) },
        { valueDateTime: dateTime() },
        { valuePeriod: period() },
        { dataAbsentReason: concept() },
        {},
      ]);
      const effective = pick([
        { effectiveDateTime: dateTime() },
        { effectiveDateTime: dateTime() },
        { effectivePeriod: period() },
        { effectiveInstant: '2023-01-07T12:34:00.500Z' },
        {},
      ]);
      return {
        identifier: maybe(() => some(identifier)),
        basedOn: maybe(() => [reference('Observation')], 0.1),
        status: pick(['final', 'amended', 'registered']),
        category: maybe(() => some(concept)),
        code: concept(),
        subject: maybe(() => reference('Patient', 'Patient', 'Patient', 'Device', 'Location'), 0.95),
        focus: maybe(() => [reference('Patient')], 0.1),
        encounter: maybe(() => reference('Encounter')),
        ...effective,
        performer: maybe(() => some(() => reference('Practitioner', 'Organization', 'Patient'))),
        ...value,
        method: maybe(concept, 0.2),
        device: maybe(() => reference('Device'), 0.3),
        hasMember: n > 20 ? maybe(() => some(() => reference('Observation')), 0.3) : undefined,
        derivedFrom:
          n > 20 ? maybe(() => some(() => reference('Observation', 'DocumentReference')), 0.3) : undefined,
        component: maybe(
          () =>
            some(() => ({
              code: concept(),
              ...pick([
                { valueQuantity: quantity() },
                { valueCodeableConcept: concept() },
                { dataAbsentReason: concept() },
              ]),
            })),
          0.4,
        ),
      };
    });
  for (let n = 0; n < 6; n += 1)
    add('QuestionnaireResponse', () => ({
      identifier: maybe(identifier),
      questionnaire: maybe(() => pick(['http://acme.org/q', 'http://acme.org/q|1.0'])),
      status: pick(['completed', 'in-progress']),
      subject: maybe(() => reference('Patient')),
      encounter: maybe(() => reference('Encounter')),
      authored: maybe(dateTime),
      author: maybe(() => reference('Practitioner', 'Patient')),
      source: maybe(() => reference('Patient')),
      partOf: maybe(() => [reference('Observation')]),
    }));
  for (let n = 0; n < 5; n += 1)
    add('Composition', () => ({
      identifier: maybe(identifier),
      status: pick(['final', 'preliminary']),
      type: concept(),
      category: maybe(() => some(concept)),
      subject: maybe(() => reference('Patient')),
      encounter: maybe(() => reference('Encounter')),
      date: pick(DATES),
      author: [reference('Practitioner', 'Device')],
      title: pick(['Discharge summary', 'stay']),
      confidentiality: maybe(() => pick(['N', 'R'])),
      attester: maybe(() => [{ mode: 'legal', party: reference('Practitioner') }]),
      relatesTo: maybe(() => [
        pick([
          { code: 'replaces', targetIdentifier: identifier() },
          { code: 'appends', targetReference: reference('Composition') },
        ]),
      ]),
      event: maybe(() => [{ code: [concept()], period: period() }]),
      section: maybe(() => some(() => ({ code: concept(), entry: some(() => reference('Observation')) }))),
    }));
  for (let n = 0; n < 4; n += 1)
    add('MessageHeader', () => ({
      eventCoding: coding(),
      destination: maybe(() => [
        dropEmpty({
          name: 'Receiver',
          endpoint: pick(['http://acme.org/in', 'http://acme.org/in/2']),
          receiver: maybe(() => reference('Organization')),
          target: maybe(() => reference('Device')),
        }),
      ]),
      sender: maybe(() => reference('Organization')),
      enterer: maybe(() => reference('Practitioner')),
      author: maybe(() => reference('Practitioner')),
      source: { name: pick(['Ward system', 'other']), endpoint: 'http://acme.org/out' },
      responsible: maybe(() => reference('Organization')),
      response: maybe(() => ({ identifier: pick(['m1', 'm2']), code: pick(['ok', 'fatal-error']) })),
      focus: maybe(() => some(() => reference('Encounter', 'Patient'))),
    }));
  for (let n = 0; n < 12; n += 1)
    add('Provenance', () => ({
      target: some(() => reference('Patient', 'Observation', 'Encounter'), 3),
      recorded: pick(DATES.slice(6)),
      ...(chance(0.5) ? { occurredDateTime: date() } : {}),
      agent: some(() => ({
        type: concept(),
        role: [concept()],
        who: reference('Organization', 'Device', 'Practitioner'),
      })),
      entity: maybe(() => [{ role: 'source', what: reference('DocumentReference') }]),
      location: maybe(() => reference('Location')),
      signature: maybe(() => [{ type: [coding()], when: '2023-01-07T12:34:00Z', who: { display: 'x' } }]),
    }));
  for (let n = 0; n < 8; n += 1)
    add('Condition', () => ({
      identifier: maybe(() => [identifier()]),
      code: maybe(concept),
      subject: reference('Patient'),
      recordedDate: maybe(date),
    }));
  for (let n = 0; n < 6; n += 1)
    add('AllergyIntolerance', () => ({
      identifier: maybe(() => [identifier()]),
      code: maybe(concept),
      patient: reference('Patient'),
      recordedDate: maybe(date),
      reaction: maybe(() => [{ substance: concept(), manifestation: [concept()] }]),
    }));
  const byReference = new Map(resources.map((each) => [`${each.resourceType}/${each.id}`, each]));
  return { resources, byReference };
}

/** As the server would: a UUID that follows from the number. */
export function patientIdOf(nhsNumber: string): string {
  return `aaaaaaaa-aaaa-8aaa-8aaa-00${nhsNumber}`;
}

function uuid(random: Random): string {
  const hex = Array.from({ length: 32 }, () => random.below(16).toString(16)).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}

function dropEmpty<T extends JsonObject>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
