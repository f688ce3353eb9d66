import { showProgress } from './progress';

function output(isTTY: boolean): {
  written: string[];
  write(text: string): void;
  isTTY: boolean;
  columns: number;
} {
  const written: string[] = [];
  return { written, write: (text) => void written.push(text), isTTY, columns: 80 };
}

describe('showProgress', () => {
  it('writes a plain line at each tenth where the output is not a terminal', () => {
    const out = output(false);
    const progress = showProgress(out, 'stays sent', 20);
    for (let i = 0; i < 20; i++) progress.advance();
    progress.finish();
    expect(out.written).toEqual(
      [2, 4, 6, 8, 10, 12, 14, 16, 18, 20].map((done) => `${done} of 20 stays sent\n`),
    );
  });

  it('tells where it stopped when it ends early', () => {
    const out = output(false);
    const progress = showProgress(out, 'stays sent', 20);
    progress.advance(3);
    progress.advance(0);
    progress.finish();
    expect(out.written).toEqual(['3 of 20 stays sent\n']);
  });

  it('draws a bar over itself on a terminal', () => {
    const out = output(true);
    let time = 0;
    const progress = showProgress(out, 'stays sent', 4, () => time);
    time = 2000;
    progress.advance(2);
    expect(out.written[1]).toBe(
      `\r[${'█'.repeat(20)}${'░'.repeat(20)}] 50 %  2 of 4 stays sent, 2 s left\u001b[K`,
    );
  });

  it('does not draw more often than an eye can follow, but always the end', () => {
    const out = output(true);
    const progress = showProgress(out, 'stays sent', 1000, () => 0);
    for (let i = 0; i < 1000; i++) progress.advance();
    progress.finish();
    expect(out.written.length).toBe(3);
    expect(out.written[1]).toContain('100 %  1000 of 1000 stays sent');
    expect(out.written[2]).toBe('\n');
  });
});
