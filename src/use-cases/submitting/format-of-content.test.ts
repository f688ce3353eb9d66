import { formatOfContent } from './format-of-content';

describe('the format of a body that nobody names', () => {
  it('is XML where the first character is <, after white space and a byte order mark', () => {
    for (const text of ['<Bundle/>', ' \n\t<Bundle/>', '\ufeff<?xml version="1.0"?>'])
      expect(formatOfContent(Buffer.from(text))).toBe('xml');
  });

  it('is JSON otherwise, an empty body included', () => {
    for (const text of ['{"resourceType":"Bundle"}', '\ufeff {}', '', 'x<'])
      expect(formatOfContent(Buffer.from(text))).toBe('json');
  });
});
