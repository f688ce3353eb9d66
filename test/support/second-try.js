/** On a build machine that does other work, a test of timing may fail once. What failed is printed before it is tried again. */
/* global jest */
jest.retryTimes(1, { logErrorsBeforeRetry: true });
