/** The other interfaces that submissions arrive through, and where they are passed on. @see docs/configuration.md */
import { resolve } from 'node:path';
import { isLoopback } from './mode';
import { file, list, mapped, text } from './variable';

export const roads = {
  meshFile: file('MESH_FILE', {
    meaning:
      'The mailboxes through which the server receives summaries over MESH and reports on them. The server reads a changed file again. See [MESH](transports/mesh.md).',
  }),
  inboxDir: mapped(
    text('INBOX_DIR', {
      meaning:
        'A folder that submissions arrive in as files: a file in `in/<ODS code>/` is a submission of that organisation. See [transports/folder.md](transports/folder.md).',
    }),
    (given) => (given === undefined ? undefined : resolve(given)),
  ),
  forwardFile: file('FORWARD_FILE', {
    meaning:
      'A JSON array of the rules by which accepted summaries are passed on to other systems. The server reads a changed file again. See [passing on](transports/passing-on.md).',
  }),
  hl7v2File: file('HL7V2_FILE', {
    meaning:
      'HL7 v2 over MLLP: a JSON file with the address to listen on, the TLS files, and the ODS code of each sender. The server reads a changed file again. See [HL7 v2](transports/hl7v2.md).',
  }),
  responseUrls: list('RESPONSE_URLS', {
    isRight: isResponseUrl,
    must: 'https: addresses without a user name or fragment, such as https://engine.example.nhs.uk/FHIR/R4/$process-message (http: for a loopback address only)',
    meaning:
      'The addresses to which the answers of asynchronous messages (`$process-message?async=true`) may be sent. A sender must name one of them exactly.',
  }),
};

function isResponseUrl(item: string): boolean {
  if (!URL.canParse(item)) return false;
  const { protocol, hostname, username, password, hash } = new URL(item);
  const isSafe = protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
  return isSafe && username === '' && password === '' && hash === '';
}
