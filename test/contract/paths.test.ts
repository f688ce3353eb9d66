/** Paths as clients write them: escaped, with a slash at the end, or not quite right. */
import { startHomeward, type Homeward } from '../support/homeward';
import { aSummary } from '../fixtures/summary';

let homeward: Homeward;
let patient = '';
beforeAll(async () => {
  homeward = await startHomeward();
  await homeward.call('POST', '/FHIR/R4/Bundle', { body: aSummary().bytes() });
  patient = (await homeward.call('GET', '/FHIR/R4/Patient')).json.entry[0].resource.id;
});
afterAll(() => homeward.close());

describe('a path in another spelling', () => {
  it.each([
    ['GET', `/FHIR/R4/Patient/<id>/%24everything`],
    ['GET', `/FHIR/R4/Patient/<id>/`],
    ['GET', `/FHIR/R4/Patient/<id>/%5Fhistory/`],
    ['GET', `/FHIR/R4/Observation/%24lastn?patient=<id>`],
    ['GET', `/FHIR/R4/%6detadata/`],
    ['GET', `/%5Fping/`],
    ['POST', `/FHIR/R4/Bundle/`],
    ['POST', `/FHIR/R4/`],
    ['POST', `/FHIR/R4/Bundle/%24validate/`],
  ])('%s %s is answered', async (method, path) => {
    const options = method === 'POST' ? { body: aSummary().bytes() } : {};
    expect((await homeward.call(method, path.replace('<id>', patient), options)).status).toBe(200);
  });

  it('with an escaped slash, or encoded twice, is another path', async () => {
    const paths = [
      `Patient%2F${patient}`,
      `Patient/${patient}%2F_history`,
      `Patient/${patient}/%2524everything`,
    ];
    const replies = await Promise.all(paths.map((path) => homeward.call('GET', `/FHIR/R4/${path}`)));
    expect(replies.map(({ status }) => status)).toEqual([404, 404, 404]);
  });

  it('is read in a batch, too', async () => {
    const urls = [`Patient/${patient}/`, `Patient/${patient}/%5Fhistory`];
    const entry = urls.map((url) => ({ request: { method: 'GET', url } }));
    const body = { resourceType: 'Bundle', type: 'batch', entry };
    const { json } = await homeward.call('POST', '/FHIR/R4', { body });
    expect(json.entry.map((each: { response: { status: string } }) => each.response.status)).toEqual([
      '200',
      '200',
    ]);
  });
});

describe('a wrong path', () => {
  it.each([
    ['POST', '/Bundle', 404, '/FHIR/R4/Bundle'],
    ['GET', '/fhir/r4/Patient', 404, '/FHIR/R4/Patient'],
    ['GET', '/fhir/Patient/7', 404, '/FHIR/R4/Patient/<id>'],
    ['GET', '/R4/Patients', 404, '/FHIR/R4/Patient'],
    ['GET', '/Submissions', 404, '/submissions'],
    ['POST', '/FHIR/R4/bundle', 405, 'POST /FHIR/R4/Bundle'],
    ['POST', '/FHIR/R4/Bundle/validate', 405, 'POST /FHIR/R4/Bundle/$validate'],
    ['POST', '/FHIR/R4/process-message', 405, 'POST /FHIR/R4/$process-message'],
    ['GET', '/submision', 404, '/submissions'],
    ['GET', '/FHIR/R4/Observations/7', 404, '/FHIR/R4/Observation/<id>'],
    ['GET', '/FHIR/R4/Observation/lastn', 404, '/FHIR/R4/Observation/$lastn'],
    ['GET', '/FHIR/R4/Observation/$lastN', 404, '/FHIR/R4/Observation/$lastn'],
    ['GET', '/FHIR/R4/Patient/7/everything', 404, '/FHIR/R4/Patient/<id>/$everything'],
    ['GET', '/FHIR/R4/Patient/7/$everythng', 404, '/FHIR/R4/Patient/<id>/$everything'],
    ['GET', '/FHIR/R4/Patient/7/history', 404, '/FHIR/R4/Patient/<id>/_history'],
    ['GET', '/FHIR/R4/Patient/7/Observations', 404, '/FHIR/R4/Patient/<patient>/Observation'],
    ['GET', '/FHIR/R4/Encounter/7/sumary', 404, '/FHIR/R4/Encounter/<id>/$summary'],
  ])('%s %s is answered %i with the path that was meant: %s', async (method, path, status, meant) => {
    const reply = await homeward.call(method, path, method === 'POST' ? { body: {} } : {});
    const text = String(reply.json.issue[0].details.text);
    expect([reply.status, /Did you mean (.*?)\?/.exec(text)?.[1]]).toEqual([status, meant]);
  });

  it('that names what is not there is answered without a guess', async () => {
    const { json } = await homeward.call('GET', '/FHIR/R4/Patient/0192b7a6-0000-7000-8000-000000000000');
    expect(json.issue[0].details.text).toBe('There is no resource of this type with this id.');
  });

  it('by which other servers take one resource is answered with where Bundles go', async () => {
    const { status, json } = await homeward.call('POST', '/FHIR/R4/Patient', { body: {} });
    const text = json.issue[0].details.text;
    expect([status, text]).toEqual([
      405,
      'This path supports GET, HEAD. To submit resources, POST a Bundle to /FHIR/R4/Bundle.',
    ]);
  });

  it('that is like none is answered without a guess', async () => {
    const { json } = await homeward.call('GET', '/wp-login.php');
    expect(json.issue[0].details.text).toBe('This path does not exist. All paths are in /openapi.json.');
  });
});
