/** Submits a summary and reads it back, with the client that openapi-generator makes for TypeScript. */
import { readFileSync } from 'node:fs';
import {
  BundleToSubmitFromJSON,
  BundleToJSON,
  Configuration,
  ObservationApi,
  SubmissionsApi,
  SubmittingApi,
} from './made-typescript-fetch';

const { BASE = '', TOKEN = '', SUMMARY = '', PATIENT = '' } = process.env;
const configuration = new Configuration({ basePath: BASE, accessToken: TOKEN });
const summary = BundleToSubmitFromJSON(JSON.parse(readFileSync(SUMMARY, 'utf8')));

async function main(): Promise<void> {
  const { raw } = await new SubmittingApi(configuration).submitSummaryRaw({ bundleToSubmit: summary });
  const id = raw.headers.get('X-Submission-ID') ?? '';
  const read = await new SubmissionsApi(configuration).readSubmissionAsBundle({ id });
  const found = await new ObservationApi(configuration).searchByPostOfObservation({
    patientIdentifier: PATIENT,
    count: 1000,
    sort: 'date',
  });
  console.log(
    JSON.stringify({ status: raw.status, id, read: BundleToJSON(read), found: BundleToJSON(found) }),
  );
}

void main();
