/** Submits a summary and reads it back, with the types that openapi-typescript makes and openapi-fetch. */
import { readFileSync } from 'node:fs';
import createClient from 'openapi-fetch';
import type { components, paths } from './homeward';

type BundleToSubmit = components['schemas']['BundleToSubmit'];

const { BASE = '', TOKEN = '', SUMMARY = '', PATIENT = '' } = process.env;
const client = createClient<paths>({ baseUrl: BASE, headers: { Authorization: `Bearer ${TOKEN}` } });
const summary = JSON.parse(readFileSync(SUMMARY, 'utf8')) as BundleToSubmit;

async function main(): Promise<void> {
  const { response } = await client.POST('/FHIR/R4/Bundle', {
    body: summary,
    headers: { 'Content-Type': 'application/fhir+json' },
  });
  const id = response.headers.get('X-Submission-ID') ?? '';
  const { data: read } = await client.GET('/FHIR/R4/Bundle/{id}', { params: { path: { id } } });
  const { data: found } = await client.POST('/FHIR/R4/Observation/_search', {
    body: { 'patient:identifier': PATIENT, _count: 1000, _sort: 'date' },
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  });
  console.log(JSON.stringify({ status: response.status, id, read, found }));
}

void main();
