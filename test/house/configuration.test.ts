/** Every environment variable is documented: in `config.ts`, and so in `docs/configuration.md`. */
import { configurationPage } from '../../src/interfaces/cli/configuration-page';
import { readConfig, variables } from '../../src/config';
import { filesIn, isTest, textOf } from '../support/sources';

describe('docs/configuration.md', () => {
  it('is as the table is (npm run docs:configuration makes it anew)', () => {
    expect(textOf('docs/configuration.md')).toBe(configurationPage(variables));
  });
});

describe('the environment', () => {
  const documented = new Set(variables.map(({ name }) => name));

  it('is read for documented variables only, and for all of them', () => {
    const asked = new Set<string>();
    const env = new Proxy({} as NodeJS.ProcessEnv, {
      get: (_target, name) => {
        asked.add(String(name));
        return undefined;
      },
    });
    readConfig(env);
    expect([...asked].sort()).toEqual([...documented].sort());
  });

  it('is read in one place', () => {
    const readers = [...filesIn('src', '.ts'), ...filesIn('bin', '.js')]
      .filter((path) => !isTest(path))
      .flatMap((path) =>
        [...textOf(path).matchAll(/process\.env(?:\.(\w+)|\['(\w+)'\])?/g)].map(
          (match) => [path, match[1] ?? match[2]] as const,
        ),
      )
      // A process is begun there.
      .filter(([path]) => path !== 'src/main.ts' && path !== 'src/worker.ts')
      // Where programs are found, for a child process.
      .filter(([, name]) => name !== 'PATH')
      // The health check of the image is a program of its own, that must not load the server.
      .filter(([path, name]) => !(path === 'bin/healthcheck.js' && documented.has(name ?? '')));
    expect(readers).toEqual([]);
  });
});
