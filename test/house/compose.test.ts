/** What compose.yaml and the Dockerfile promise an operator: no default password, loopback, and room for what must last. */
import { textOf } from '../support/sources';

const compose = textOf('compose.yaml');

/** The lines of one service. */
const service = (name: string): string =>
  new RegExp(`^ {2}${name}:.*\\n((?: {4}.*\\n|\\n)*)`, 'm').exec(compose)?.[1] ?? '';

describe('compose.yaml', () => {
  it('has no default password', () => {
    expect(service('database')).toContain('POSTGRES_PASSWORD: ${DATABASE_PASSWORD:-}\n');
    expect(compose).not.toMatch(/PASSWORD:-[^}]/);
  });

  it('gives the sandbox a database of its own, and publishes it on loopback only', () => {
    expect(service('sandbox')).toContain('@sandbox-database:5432/');
    expect(service('sandbox')).toContain("ports: ['127.0.0.1:${PORT:-8080}:8080']");
    expect(service('sandbox-database')).not.toMatch(/ports:/);
  });

  it('keeps what the node remembers, and its anchor, on volumes', () => {
    expect(service('homeward')).toContain('- homeward:/var/lib/homeward ');
    expect(service('homeward')).toContain('- ${ANCHOR_DIR:-anchor}:/var/lib/homeward-anchor ');
    expect(textOf('Dockerfile')).toContain('DATA_DIR=/var/lib/homeward\n');
  });

  it('lets production be given every setting and every file', () => {
    expect(service('homeward')).toContain('env_file: [{ path: homeward.env, required: false }]');
    expect(service('homeward')).toContain('- ./config:/etc/homeward:ro');
    // A variable that stands here too, empty, would hide the one of the file.
    const own = /environment:\n((?: {6}.*\n)+)/.exec(service('homeward'))?.[1] ?? '';
    expect([...own.matchAll(/^ {6}(\w+):/gm)].map(([, name]) => name)).toEqual(['DATABASE_URL']);
  });
});
