/**
 * `npm run test:peers:hl7v2`: HAPI HL7v2 and Apache Camel send to a Homeward of their own, over MLLP and into a folder.
 * It needs Java 17, Maven with Maven Central, and openssl. What it prints is in docs/transports/hl7v2.md and folder.md.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from '../../../src/fhir/decimal';
import { samplePdf } from '../../../src/demo/pdf';
import { summaryOf } from '../../../src/demo/summary';
import { stay } from '../../../src/demo/stay';
import { freePort, serverProcess } from '../../faults/server-process';
import { testInbox, until } from '../../folder/inbox';
import { aMessage, ofBundle } from '../../hl7v2/messages';
import { SENDERS } from '../../hl7v2/receiving';

const HERE = join(process.cwd(), 'test/peers/hl7v2');
const work = mkdtempSync(join(tmpdir(), 'homeward-peers-'));
const FILES = 200;
const PASSWORD = 'changeit';

const run = (program: string, ...given: string[]): string =>
  execFileSync(program, given, { cwd: work, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

/** The certificates of the server and of the engine, and the stores that Java reads them from. */
function makeCertificates(): string[] {
  for (const name of ['server', 'engine']) {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`];
    run('openssl', 'req', '-x509', ...key, '-days', '2', '-subj', `/CN=${name}`, '-out', `${name}.pem`);
  }
  const pair = ['-inkey', 'engine.key', '-in', 'engine.pem'];
  run('openssl', 'pkcs12', '-export', ...pair, '-out', 'engine.p12', '-passout', `pass:${PASSWORD}`);
  const trust = ['-keystore', 'trust.p12', '-storetype', 'PKCS12', '-storepass', PASSWORD];
  run('keytool', '-importcert', '-noprompt', '-alias', 'server', '-file', 'server.pem', ...trust);
  return ['keyStore=engine.p12', 'keyStoreType=PKCS12', 'trustStore=trust.p12', 'trustStoreType=PKCS12']
    .concat(`keyStorePassword=${PASSWORD}`, `trustStorePassword=${PASSWORD}`)
    .map((setting) => `-Djavax.net.ssl.${setting}`);
}

/** The messages of a day: most with a PDF, each tenth with a Bundle, each fiftieth without the start of the stay. */
function writeDay(folder: string): void {
  mkdirSync(folder);
  for (let index = 0; index < FILES; index += 1) {
    const id = `DAY-${String(index).padStart(4, '0')}`;
    const message =
      index % 50 === 49
        ? aMessage({ id, fields: { PV1: { 44: '' } } })
        : index % 10 === 9
          ? aMessage({ id, value: ofBundle(stringify(summaryOf(stay(7, index)))) })
          : aMessage({ id });
    writeFileSync(join(folder, `${id}.hl7`), message);
  }
}

/** The same day as Bundles in files: each fiftieth without the start of the stay. */
function writeBundles(folder: string): void {
  mkdirSync(folder);
  for (let index = 0; index < FILES; index += 1) {
    const text = stringify(summaryOf(stay(7, index)));
    const isWrong = index % 50 === 49;
    const bytes = isWrong ? text.replace(/"period":\{"start":"[^"]*",/, '"period":{') : text;
    writeFileSync(join(folder, `stay-${String(index).padStart(4, '0')}.json`), bytes);
  }
}

async function withFolder(deliver: (folder: string) => void): Promise<void> {
  const inbox = testInbox();
  const server = await serverProcess({ INBOX_DIR: inbox.path });
  try {
    await server.start();
    await until(() => inbox.has('in'));
    deliver(inbox.at('in', 'RR8'));
    const count = (folder: string): number => inbox.files(folder).length;
    await until(() => count('done') + count('refused') + count('failed') === FILES, 300);
    console.log(`done ${count('done')}, refused ${count('refused')}, failed ${count('failed')}`);
  } finally {
    await server.remove();
    inbox.remove();
  }
}

async function withServer(tls: object, send: (port: number) => void): Promise<void> {
  const port = await freePort();
  const path = join(work, `hl7v2-${port}.json`);
  writeFileSync(path, JSON.stringify({ port, senders: SENDERS, ...tls }));
  const server = await serverProcess({ HL7V2_FILE: path });
  try {
    await server.start();
    send(port);
  } finally {
    await server.remove();
  }
}

async function main(): Promise<void> {
  const libraries = join(work, 'libraries');
  const copy = ['-q', '-B', '-f', join(HERE, 'pom.xml'), 'dependency:copy-dependencies'];
  run('mvn', ...copy, `-DoutputDirectory=${libraries}`);
  const java = (program: string, settings: string[], ...given: string[]): string =>
    run('java', '-cp', `${libraries}/*`, ...settings, join(HERE, program), ...given);
  const settings = makeCertificates();
  const pdf = join(work, 'summary.pdf');
  writeFileSync(pdf, samplePdf());
  const tls = {
    certFile: join(work, 'server.pem'),
    keyFile: join(work, 'server.key'),
    clientCaFile: join(work, 'engine.pem'),
  };
  console.log('HAPI HL7v2 2.5.1, MLLP with TLS and a client certificate:');
  await withServer(tls, (port) => console.log(java('HapiSender.java', settings, String(port), pdf)));
  console.log('Apache Camel 4.22.0, the components file and mllp:');
  const day = join(work, 'day');
  writeDay(day);
  await withServer({}, (port) => console.log(java('CamelDay.java', [], String(port), day, String(FILES))));
  console.log('Apache Camel 4.22.0, the component file into INBOX_DIR:');
  const bundles = join(work, 'bundles');
  writeBundles(bundles);
  await withFolder((folder) => {
    console.log(java('CamelFiles.java', [], bundles, folder, String(FILES)).trimEnd());
  });
}

void main()
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  })
  .finally(() => rmSync(work, { recursive: true, force: true }));
