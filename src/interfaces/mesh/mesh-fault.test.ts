/** What operators see of MESH's answers and of a connection that fails. */
import { awayFrom, detailOf, MeshRefusal } from './mesh-fault';
import { shownOf } from './mesh-codes';

const PATIENT = 'Patient Margaret OBRIEN 9990000018 14/03/1950 <b>x</b>';
const sentence = (body: unknown): string => new MeshRefusal(417, detailOf(JSON.stringify(body))).message;

describe('the sentence about what MESH answered', () => {
  it.each([
    [{ detail: [{ code: '12', msg: 'Unregistered to address' }] }, ' (Unregistered to address, code 12)'],
    [{ errorCode: '12', errorDescription: PATIENT }, ' (Unregistered to address, code 12)'],
    [{ detail: [{ code: 'EPL-152', msg: PATIENT }] }, ' (Invalid NHS number, code EPL-152)'],
    [{ detail: [{ code: '99', msg: PATIENT }] }, ''],
    [{ detail: [{ code: PATIENT, msg: PATIENT }] }, ''],
    [{ detail: [{ code: 'constructor', msg: 12 }] }, ''],
    [{ detail: PATIENT }, ''],
    [{ detail: 'Invalid Authentication Token' }, ' (Invalid Authentication Token)'],
    [{ detail: `Invalid Authentication Token ${PATIENT}` }, ''],
  ])('of %j has codes and words that are known', (body, said) => {
    expect(sentence(body)).toBe(`MESH answered 417${said}.`);
  });

  it('has the known words of a report', () => {
    expect(shownOf('14', 'Message not collected by recipient after 5 days').text).toMatch(/ after 5 days$/);
    expect(shownOf('14', PATIENT)).toEqual({ code: '14', text: 'Message not collected by recipient' });
    expect(shownOf('', PATIENT)).toEqual({});
  });
});

describe('the sentence about a connection that fails', () => {
  it.each([
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  ])('after %s speaks of the certificates', (code) => {
    const error = Object.assign(new Error('unable to verify'), { code });
    expect(awayFrom('mesh:443', error, false).message).toBe(
      'The encrypted connection to MESH at mesh:443 failed: unable to verify. Check certFile, keyFile and caFile in MESH_FILE.',
    );
  });

  it('is one line', () => {
    const error = Object.assign(new Error('write EPROTO 80:error:\n'), { code: 'EPROTO' });
    expect(awayFrom('mesh:443', error, false).message).toContain(' failed: write EPROTO 80:error:. Check');
  });
});
