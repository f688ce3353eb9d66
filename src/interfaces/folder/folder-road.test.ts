import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFolderRoad, type FolderOptions } from './folder-road';

const path = mkdtempSync(join(tmpdir(), 'homeward-road-'));
afterAll(() => {
  jest.useRealTimers();
  rmSync(path, { recursive: true, force: true });
});

describe('the road of files', () => {
  it('stops within 20 seconds, also when what it waits for never ends', async () => {
    let isAsked!: () => void;
    const asked = new Promise<void>((resolve) => (isAsked = resolve));
    const query = (): Promise<never> => {
      isAsked();
      return new Promise<never>(() => undefined);
    };
    const options = { path, database: { query }, log: { warn: () => undefined }, now: () => new Date() };
    const road = openFolderRoad(options as unknown as FolderOptions);
    road.start();
    await asked;
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'performance'] });
    let isStopped = false;
    void road.stop().then(() => (isStopped = true));
    await jest.advanceTimersByTimeAsync(19_000);
    expect(isStopped).toBe(false);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(isStopped).toBe(true);
  });
});
