// A GP system's day with fhir-kit-client. Arguments: FHIR base, token, NHS number. Prints what it found, as JSON.
import { Client } from 'fhir-kit-client';

const [baseUrl, token, nhsNumber] = process.argv.slice(2);
const client = new Client({ baseUrl, bearerToken: token });
const resourcesOf = (bundle) => (bundle.entry ?? []).map(({ resource }) => resource);

const statement = await client.capabilityStatement();
const [patient] = resourcesOf(
  await client.resourceSearch({
    resourceType: 'Patient',
    searchParams: { identifier: `https://fhir.nhs.uk/Id/nhs-number|${nhsNumber}` },
  }),
);
const stays = resourcesOf(
  await client.search({ resourceType: 'Encounter', searchParams: { patient: patient.id, _sort: '-date' } }),
);
const totals = resourcesOf(
  await client.search({
    resourceType: 'Observation',
    searchParams: {
      patient: patient.id,
      code: 'http://snomed.info/sct|1104051000000101',
      _sort: 'date',
      _count: 200,
    },
  }),
);
const [document] = resourcesOf(
  await client.search({
    resourceType: 'DocumentReference',
    searchParams: { patient: patient.id, status: 'current' },
  }),
);
const binary = await client.read({
  resourceType: 'Binary',
  id: document.content[0].attachment.url.split('/').pop(),
});
const ids = [];
let page = await client.search({
  resourceType: 'Observation',
  searchParams: { patient: patient.id, _count: 10 },
});
while (page) {
  ids.push(...resourcesOf(page).map(({ id }) => id));
  page = await client.nextPage({ bundle: page });
}
// It asks for operations by POST with Parameters, and posts a batch to the base with a slash at its end.
const last = await client.operation({
  name: 'lastn',
  resourceType: 'Observation',
  input: {
    resourceType: 'Parameters',
    parameter: [
      { name: 'patient', valueReference: { reference: `Patient/${patient.id}` } },
      { name: 'code', valueCoding: { system: 'http://snomed.info/sct', code: '1104051000000101' } },
    ],
  },
});
const batch = await client.batch({
  body: {
    resourceType: 'Bundle',
    type: 'batch',
    entry: [{ request: { method: 'GET', url: `Encounter?patient=${patient.id}` } }],
  },
});
console.log(
  JSON.stringify({
    last: resourcesOf(last).map(({ valueInteger }) => valueInteger),
    batch: batch.entry.map(({ response }) => response.status),
    fhirVersion: statement.fhirVersion,
    patient: patient.id,
    stays: stays.length,
    news2: totals.map(({ valueInteger }) => valueInteger),
    pdf: Buffer.from(binary.data, 'base64').subarray(0, 5).toString(),
    pdfBytes: Buffer.from(binary.data, 'base64').length,
    observations: ids.length,
    distinct: new Set(ids).size,
  }),
);
