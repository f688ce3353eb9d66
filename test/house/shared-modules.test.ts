/** All test files of a worker share the modules of the server, and the process: what one changes is put back. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../src/config';
import { remember } from '../support/shared-modules-environment.js';

describe('A test file', () => {
  it('finds the process as the file before it has found it', () => {
    const putBack = remember();
    const before = { folder: process.cwd(), exit: process.exit, path: process.env['PATH'] };
    const { env } = process;
    const listener = (): void => undefined;
    const folder = mkdtempSync(join(tmpdir(), 'homeward-test-'));
    process.env['LEFT_BEHIND'] = '1';
    process.env['PATH'] = '/nowhere';
    process.env = { ...process.env };
    process.on('SIGUSR2', listener);
    process.exitCode = 3;
    process.exit = () => undefined as never;
    process.chdir(folder);

    putBack();

    expect(process.env['LEFT_BEHIND']).toBeUndefined();
    expect(process.listeners('SIGUSR2')).not.toContain(listener);
    expect(process.exitCode).not.toBe(3);
    expect({ folder: process.cwd(), exit: process.exit, path: process.env['PATH'] }).toEqual(before);
    expect(process.env).toBe(env);
    rmSync(folder, { recursive: true });
  });

  it('has values of the same context as the server and Node.js', () => {
    expect(Object.getPrototypeOf(readConfig({}))).toBe(Object.prototype);
    expect(() => readFileSync('/no/such/file')).toThrow(Error);
  });

  it('that isolates modules gets modules of its own', () => {
    jest.isolateModules(() => {
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- the module is made anew
      const anew = require('../../src/config') as { readConfig: unknown };
      expect(anew.readConfig).not.toBe(readConfig);
    });
  });

  it('cannot replace a module that others use', () => {
    expect(() => jest.doMock('../../src/config', () => ({}))).toThrow('within jest.isolateModules');
  });
});
