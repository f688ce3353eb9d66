import { aSummary } from '../../../test/fixtures/summary';
import { foundBy, repairedBy } from '../../../test/fixtures/found-by';
import { encounter } from '.';

const ENCOUNTER = 'Bundle.entry[2].resource';
const NOWHERE = { reference: 'urn:uuid:00000000-0000-4000-8000-0000000000ff' };
const told = (summary: ReturnType<typeof aSummary>, handling?: 'strict') =>
  foundBy(encounter, summary.build(), handling ? { handling } : {}).told;

describe('the rules of Encounter', () => {
  it('have nothing to say of a finished stay', () => {
    expect(told(aSummary())).toEqual([]);
  });

  it('refuse an Encounter whose subject is not in the Bundle, at Bundle.entry[2].resource.subject', () => {
    expect(told(aSummary().with('Encounter.subject', NOWHERE))).toEqual([
      {
        rule: 'vw-xref-01',
        severity: 'error',
        at: `${ENCOUNTER}.subject`,
        text: 'This reference matches no entry of the Bundle. Use the fullUrl of the Patient of this Bundle.',
      },
    ]);
  });

  it('accept a subject told by NHS number alone with a warning, and strictly with an error', () => {
    const identifier = { system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9990000018' };
    const summary = aSummary().with('Encounter.subject', { identifier });
    const text =
      'This element has no reference. The server found the entry by its identifier. Send the fullUrl of the Patient of this Bundle as reference.';
    const at = `${ENCOUNTER}.subject.reference`;
    expect(told(summary)).toEqual([{ rule: 'vw-enc-10', severity: 'warning', at, text }]);
    expect(told(summary, 'strict')).toEqual([{ rule: 'vw-enc-10', severity: 'error', at, text }]);
  });

  it('refuse a subject told by the NHS number of another patient', () => {
    const identifier = { system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9990000026' };
    expect(told(aSummary().with('Encounter.subject', { identifier }))).toMatchObject([
      { rule: 'vw-enc-10', severity: 'error', at: `${ENCOUNTER}.subject.reference` },
    ]);
  });

  it('refuse a subject whose reference and NHS number name different patients', () => {
    const identifier = { system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9990000026' };
    expect(told(aSummary().with('Encounter.subject.identifier', identifier))).toMatchObject([
      { rule: 'vw-xref-01', severity: 'error', at: `${ENCOUNTER}.subject.identifier` },
    ]);
  });

  it('refuse a contained Patient as the subject', () => {
    const summary = aSummary()
      .with('Encounter.contained', [{ resourceType: 'Patient', id: 'other' }])
      .with('Encounter.subject', { reference: '#other' });
    expect(told(summary)).toMatchObject([
      { rule: 'vw-xref-01', severity: 'error', at: `${ENCOUNTER}.subject` },
    ]);
  });

  it('follow a subject by its bare id, with a warning', () => {
    const id = aSummary().build().entry as { resource: { id: string } }[];
    const summary = aSummary().with('Encounter.subject', { reference: id[0]?.resource.id ?? '' });
    expect(told(summary)).toMatchObject([
      { rule: 'vw-xref-01', severity: 'warning', at: `${ENCOUNTER}.subject` },
    ]);
    expect(told(summary, 'strict')).toMatchObject([{ rule: 'vw-xref-01', severity: 'error' }]);
  });

  it('refuse a reference that is none, even where an unresolved one would only be a warning', () => {
    expect(told(aSummary().with('Encounter.serviceProvider', { reference: 'the ward' }))).toMatchObject([
      { rule: 'vw-xref-06', severity: 'error', at: `${ENCOUNTER}.serviceProvider` },
    ]);
  });

  it('leave a literal reference of a lone transaction entry to what the server holds', () => {
    const observations = { resourceType: 'Bundle', type: 'transaction', entry: [] };
    const [resource] = (aSummary().build().entry as { resource: object }[])
      .slice(2, 3)
      .map((entry) => entry.resource);
    const bundle = {
      ...observations,
      type: 'batch',
      entry: [{ resource: { ...resource, subject: { reference: 'Patient/1' }, serviceProvider: undefined } }],
    };
    expect(foundBy(encounter, bundle as never).told).toEqual([]);
  });

  it.each(['planned', 'in-progress', 'unknown'])('warn that a stay of status %s has not ended', (status) => {
    expect(told(aSummary().with('Encounter.status', status))).toMatchObject([
      { rule: 'vw-enc-06', severity: 'warning', at: `${ENCOUNTER}.status` },
    ]);
  });

  it.each(['cancelled', 'entered-in-error'])('store a stay of status %s as such, not held', (status) => {
    const found = foundBy(encounter, aSummary().observations(0).with('Encounter.status', status).build());
    expect([found.told.map(({ rule, severity }) => [rule, severity]), found.review]).toEqual([
      [['vw-enc-06', 'warning']],
      [],
    ]);
  });

  it('refuse a finished stay without an end', () => {
    expect(told(aSummary().without('Encounter.period.end'))).toEqual([
      {
        rule: 'vw-enc-13',
        severity: 'error',
        at: `${ENCOUNTER}.period.end`,
        text: 'The stay is finished but has no end. Send period.end.',
      },
    ]);
  });

  it('warn of a stay in progress without an end, and refuse it strictly', () => {
    const summary = aSummary().with('Encounter.status', 'in-progress').without('Encounter.period.end');
    const severity = (handling?: 'strict') =>
      told(summary, handling).find(({ rule }) => rule === 'vw-enc-13')?.severity;
    expect([severity(), severity('strict')]).toEqual(['warning', 'error']);
  });

  it('refuse a stay that ends before it starts', () => {
    expect(told(aSummary().with('Encounter.period.end', '2025-03-02T09:00:00+00:00'))).toMatchObject([
      { rule: 'vw-enc-14', severity: 'error', at: `${ENCOUNTER}.period` },
    ]);
  });

  it('accept a stay whose start and end are the same day, told as dates', () => {
    const summary = aSummary().with('Encounter.period', {
      start: '2025-03-10T14:00:00+00:00',
      end: '2025-03-10',
    });
    expect(told(summary)).toEqual([]);
  });

  it('warn of a stay of more than a year', () => {
    expect(told(aSummary().with('Encounter.period.start', '2023-03-02T09:00:00+00:00'))).toMatchObject([
      { rule: 'vw-enc-15', severity: 'warning', at: `${ENCOUNTER}.period` },
    ]);
  });

  it('warn of a stay that starts before the patient was born', () => {
    const summary = aSummary().with('Encounter.period.start', '1949-03-02T09:00:00+00:00');
    expect(told(summary).map(({ at }) => at)).toContain(`${ENCOUNTER}.period.start`);
  });

  it('refuse a class in the shape of a CodeableConcept, and say what is right', () => {
    const coding = [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'HH' }];
    expect(told(aSummary().with('Encounter.class', { coding }))).toMatchObject([
      { rule: 'vw-enc-07', severity: 'error', at: `${ENCOUNTER}.class` },
    ]);
  });
});

describe('the repairs of Encounter', () => {
  it.each([
    ['final', 'finished'],
    ['completed', 'finished'],
    ['discharged', 'finished'],
    ['inprogress', 'in-progress'],
  ])('read the status %s as %s', (sent, meant) => {
    const summary = aSummary().with('Encounter.status', sent).build();
    expect(repairedBy(encounter, summary).repairs).toEqual([
      { norm: 'enc-status-final', path: `${ENCOUNTER}.status`, before: sent, after: meant },
    ]);
  });

  it('leave any other status to be refused', () => {
    expect(repairedBy(encounter, aSummary().with('Encounter.status', 'Finished').build()).repairs).toEqual(
      [],
    );
  });

  it('take the one serviceProvider out of its list', () => {
    const summary = aSummary().build();
    const stay = (summary.entry as { resource: Record<string, unknown> }[])[2]?.resource ?? {};
    const provider = stay.serviceProvider ?? { reference: 'urn:uuid:x' };
    stay.serviceProvider = [provider];
    expect(repairedBy(encounter, summary).told.map(({ rule, severity, at }) => [rule, severity, at])).toEqual(
      [['shape-array-to-object', 'warning', `${ENCOUNTER}.serviceProvider`]],
    );
    expect(stay.serviceProvider).toEqual(provider);
  });

  it('take the Organization that comes first in the Bundle out of several', () => {
    const summary = aSummary().build();
    const entries = summary.entry as { fullUrl: string; resource: Record<string, unknown> }[];
    const organization = { reference: entries[1]?.fullUrl };
    const stay = entries[2]?.resource ?? {};
    stay.serviceProvider = [{ reference: 'urn:uuid:elsewhere' }, organization];
    const [repair] = repairedBy(encounter, summary).told;
    expect(stay.serviceProvider).toEqual(organization);
    expect(repair?.text).toBe(
      'serviceProvider was a list of 2, but R4 allows one. serviceProvider[1] was kept, and serviceProvider[0] left out. Send one Reference, as an object.',
    );
  });

  it('read an empty serviceProvider list as absent', () => {
    const summary = aSummary().with('Encounter.serviceProvider', []).build();
    repairedBy(encounter, summary);
    expect('serviceProvider' in ((summary.entry as { resource: object }[])[2]?.resource ?? {})).toBe(false);
  });
});
