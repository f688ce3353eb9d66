/** What is shipped beside the code: the licences of the packages, the systemd unit and the Kubernetes manifests. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { variables } from '../../src/config';
import { documented } from '../support/documented-api';
import { filesIn, root, textOf } from '../support/sources';

describe('the packages that are installed with Homeward', () => {
  it('have licences that allow it to be passed on', () => {
    const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts', 'licences.js')], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describe('deploy/systemd/homeward.service', () => {
  it('is the unit that docs/operating.md shows', () => {
    const [shown = ''] =
      /(?<=homeward\.service\n)\[Unit\][^]*?(?=```)/.exec(textOf('docs/operating.md')) ?? [];
    expect(textOf('deploy/systemd/homeward.service').split('\n').slice(1).join('\n')).toBe(shown);
  });
});

interface Manifest {
  kind: string;
  metadata: { name: string };
  stringData?: Record<string, string>;
  spec: {
    template: {
      spec: { terminationGracePeriodSeconds: number; securityContext: object; containers: Container[] };
    };
  };
}
interface Container {
  ports: { name: string; containerPort: number }[];
  volumeMounts: { mountPath: string }[];
  startupProbe: Probe;
  readinessProbe: Probe;
  livenessProbe: Probe;
}
interface Probe {
  httpGet: { path: string; port: string };
}

describe('deploy/kubernetes', () => {
  const manifests = filesIn('deploy/kubernetes', '.yaml').flatMap(
    (path) => loadAll(textOf(path)) as Manifest[],
  );
  const pod = manifests.find(({ kind }) => kind === 'StatefulSet')!.spec.template.spec;
  const [container] = pod.containers as [Container];
  const settings = Object.fromEntries(
    textOf('deploy/kubernetes/homeward.env')
      .trim()
      .split('\n')
      .map((line) => line.split(/=(.*)/s) as [string, string]),
  );

  it('sets variables that Homeward has, and all that production needs', () => {
    const secret = manifests.find(({ kind, metadata }) => kind === 'Secret' && metadata.name === 'homeward');
    const given = [...Object.keys(settings), ...Object.keys(secret!.stringData!)];
    const known = variables.map(({ name }) => name);
    expect(given.filter((name) => !known.includes(name))).toEqual([]);
    expect(given).toEqual(
      expect.arrayContaining(['NODE_ENV', 'DATABASE_URL', 'AUTH_ISSUER', 'AUTH_AUDIENCE', 'CLIENTS_FILE']),
    );
  });

  it('uses the ports, the account and the folder of the image', () => {
    const image = textOf('Dockerfile');
    const ports = Object.fromEntries(container.ports.map(({ name, containerPort }) => [name, containerPort]));
    expect(ports).toEqual({ http: 8080, metrics: Number(settings.METRICS_PORT) });
    expect(image).toContain(`PORT=${ports.http} `);
    expect(image).toContain('USER 1000:1000\n');
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000 });
    expect(image).toContain('DATA_DIR=/var/lib/homeward\n');
    expect(container.volumeMounts.map(({ mountPath }) => mountPath)).toContain('/var/lib/homeward');
  });

  it('asks paths of the server whether it is well, and waits for requests in progress', () => {
    const paths = documented().routes.map(({ path }) => path);
    const probes = [container.startupProbe, container.readinessProbe, container.livenessProbe];
    for (const { httpGet } of probes) expect(paths).toContain(httpGet.path);
    // A database that is away is no reason to restart a node.
    expect(container.livenessProbe.httpGet.path).toBe('/_ping');
    expect(container.readinessProbe.httpGet.path).toBe('/_status');
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(40);
  });
});

describe('the image', () => {
  it('has a health check', () => {
    expect(textOf('Dockerfile')).toMatch(/^HEALTHCHECK .*\\\n +CMD \["node", "bin\/healthcheck\.js"\]$/m);
  });
});
