// A GP system's day with Medplum's client. Arguments: FHIR base, token, NHS number.
import { MedplumClient } from '@medplum/core';

const [fhirBase, token, nhsNumber] = process.argv.slice(2);
const { origin } = new URL(fhirBase);
const client = new MedplumClient({
  baseUrl: `${origin}/`,
  fhirUrlPath: 'FHIR/R4',
  accessToken: token,
  fetch,
  cacheTime: 0,
});

const statement = await client.get(client.fhirUrl('metadata'));
const patient = await client.searchOne('Patient', {
  identifier: `https://fhir.nhs.uk/Id/nhs-number|${nhsNumber}`,
});
const stays = await client.searchResources('Encounter', { patient: patient.id, _sort: '-date' });
const totals = await client.searchResources('Observation', {
  patient: patient.id,
  code: 'http://snomed.info/sct|1104051000000101',
  _sort: 'date',
  _count: '200',
});
const document = await client.searchOne('DocumentReference', { patient: patient.id, status: 'current' });
const pdf = await client.download(client.fhirUrl(...document.content[0].attachment.url.split('/')), {
  headers: { Accept: 'application/pdf' },
});
const bytes = Buffer.from(await pdf.arrayBuffer());
const ids = [];
for await (const page of client.searchResourcePages('Observation', { patient: patient.id, _count: '10' })) {
  ids.push(...page.map(({ id }) => id));
}
console.log(
  JSON.stringify({
    fhirVersion: statement.fhirVersion,
    patient: patient.id,
    stays: stays.length,
    news2: totals.map(({ valueInteger }) => valueInteger),
    pdf: bytes.subarray(0, 5).toString(),
    pdfBytes: bytes.length,
    observations: ids.length,
    distinct: new Set(ids).size,
  }),
);
