import { DatabaseUnavailable } from './database-away';
import { createLogger, describeError } from './logger';

describe('an error in the log', () => {
  const logged = (error: unknown): { err: { type: string; code?: string; cause?: { code: string } } } => {
    let line = '';
    const log = createLogger('info', { write: (text) => void (line += text) });
    // As most parts of the server log it: described already.
    log.warn({ err: describeError(error) }, 'away');
    return JSON.parse(line);
  };

  it.each([
    [Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    [Object.assign(new Error('terminating connection'), { code: '57P01' }), '57P01'],
    [new Error('Connection terminated unexpectedly'), 'Connection terminated'],
    [new Error('timeout exceeded when trying to connect'), 'timeout exceeded when trying to connect'],
  ])('has its class and the code of its cause: %s', (cause, code) => {
    const { err } = logged(new DatabaseUnavailable(cause));
    expect(err).toMatchObject({ type: 'DatabaseUnavailable', cause: { type: 'Error', code } });
  });

  it('has no message, which may quote a value', () => {
    const line = JSON.stringify(
      logged(new Error('invalid input syntax: "Smith"', { cause: new Error('Smith') })),
    );
    expect(line).not.toContain('Smith');
    expect(line).toContain('logger.test');
  });
});
