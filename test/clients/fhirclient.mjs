// A GP system's day with fhirclient (the SMART JavaScript client). Arguments: FHIR base, token, NHS number.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const FHIR = require('fhirclient');

const [serverUrl, token, nhsNumber] = process.argv.slice(2);
const client = FHIR({ headers: {}, url: '/' }, {}).client({
  serverUrl,
  tokenResponse: { access_token: token },
});
const resourcesOf = (bundle) => (bundle.entry ?? []).map(({ resource }) => resource);
const nhs = encodeURIComponent(`https://fhir.nhs.uk/Id/nhs-number|${nhsNumber}`);

const statement = await client.request('metadata');
const [patient] = resourcesOf(await client.request(`Patient?identifier=${nhs}`));
const stays = resourcesOf(await client.request(`Encounter?patient=${patient.id}&_sort=-date`));
const totals = await client.request(
  `Observation?patient=${patient.id}&code=http://snomed.info/sct|1104051000000101&_sort=date`,
  { pageLimit: 0, flat: true },
);
const [document] = resourcesOf(
  await client.request(`DocumentReference?patient=${patient.id}&status=current`),
);
const pdf = await client.request({
  url: document.content[0].attachment.url,
  headers: { Accept: 'application/pdf' },
  includeResponse: false,
});
const bytes = Buffer.from(await (pdf.arrayBuffer ? pdf.arrayBuffer() : pdf.body.arrayBuffer()));
const observations = await client.request(`Observation?patient=${patient.id}&_count=10`, {
  pageLimit: 0,
  flat: true,
});
console.log(
  JSON.stringify({
    fhirVersion: statement.fhirVersion,
    patient: patient.id,
    stays: stays.length,
    news2: totals.map(({ valueInteger }) => valueInteger),
    pdf: bytes.subarray(0, 5).toString(),
    pdfBytes: bytes.length,
    observations: observations.length,
    distinct: new Set(observations.map(({ id }) => id)).size,
  }),
);
