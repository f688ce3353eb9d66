import fc from 'fast-check';
import { stringify } from './decimal';
import { parseJson, readStored } from './json';
import type { Json } from './types';
import { growth, IN_PROPORTION } from '../../test/support/growth';

const read = (text: string) => parseJson(Buffer.from(text));

function valueOf(text: string): Json {
  const parsed = read(text);
  if (!parsed.ok) throw new Error(parsed.issue.text);
  return parsed.value;
}

function issueOf(content: string | Buffer) {
  const parsed = parseJson(Buffer.from(content as string));
  if (parsed.ok) throw new Error('it was read');
  return parsed.issue;
}

describe('JSON that is out of all proportion', () => {
  it.each<[string, number, (count: number) => string]>([
    [
      'an object of very many members',
      1_001,
      (count) => `{${Array.from({ length: count }, (_, at) => `"a${at}":1`).join()}}`,
    ],
    ['very many objects', 1_000_000, (count) => `[${'{},'.repeat(count)}{}]`],
  ])('is refused at once: %s', (_what, fewest, textOf) => {
    const look = (bytes: Buffer): void => {
      const parsed = parseJson(bytes);
      expect(!parsed.ok && parsed.issue.rule).toBe('json-crowded');
    };
    expect(growth((count) => Buffer.from(textOf(count)), look, fewest)).toBeLessThan(IN_PROPORTION);
  });
});

describe('parseJson', () => {
  it('reads what JSON.parse reads', () => {
    const text =
      '{"resourceType":"Patient","active":true,"multipleBirthInteger":2,"name":[{"given":["Zoë"]},null]}';
    expect(valueOf(text)).toEqual(JSON.parse(text));
  });

  it.each([
    '36.50',
    '37.0',
    '1.0E-9',
    '1e2',
    '-0',
    '-0.0',
    '0.10',
    '12345678901234567890',
    '0.12345678901234567890',
  ])('gives %s back with the digits it came with', (number) => {
    const text = `{"value":${number},"list":[${number},1]}`;
    expect(stringify(valueOf(text))).toBe(text);
  });

  it('keeps a string that looks like a number a string', () => {
    expect(valueOf('["36.50","\\"1.0\\"","a\\\\\\",1.0"]')).toEqual(['36.50', '"1.0"', 'a\\",1.0']);
  });

  it('drops a byte order mark', () => {
    expect(parseJson(Buffer.from('\ufeff{"a":1}'))).toEqual({ ok: true, value: { a: 1 } });
  });

  it('reads a member named __proto__ as an own member that pollutes nothing', () => {
    const value = valueOf(
      '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}',
    ) as object;
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('reads a long document in base64, with escaped slashes or without', () => {
    const data = 'JVBERi0xLjQK/9j+'.repeat(20_000);
    expect(valueOf(`{"data":"${data}","size":1.50}`)).toEqual({ data, size: '\u0000#1.50' });
    expect(valueOf(`{"data":"${data.replaceAll('/', '\\/')}"}`)).toEqual({ data });
  });

  it('reads a whole surrogate pair that is escaped', () => {
    expect(valueOf('["\\ud83d\\ude00"]')).toEqual(['😀']);
  });

  it('says where bytes are not UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('{\n"a":"'), Buffer.from([0xe9]), Buffer.from('"}')]);
    expect(issueOf(bytes)).toEqual({
      severity: 'fatal',
      code: 'structure',
      rule: 'json-encoding',
      text: 'The JSON is not UTF-8 (line 2). Send it as UTF-8.',
      source: 'FHIR R4 JSON, https://hl7.org/fhir/R4/json.html',
    });
  });

  it('says where a name stands twice in one object', () => {
    const text = '{"resourceType":"Bundle","entry":[{"fullUrl":"a"},{"resource":{"id":"1","id":"2"}}]}';
    expect(issueOf(text)).toEqual({
      severity: 'fatal',
      code: 'structure',
      rule: 'json-duplicate-key',
      text: 'The JSON cannot be read. Line 1, column 73: this object has the same name twice. Send each element once. Send repeated values as a list.',
      source: 'FHIR R4 JSON, https://hl7.org/fhir/R4/json.html',
      expression: 'Bundle.entry[1].resource.id',
    });
  });

  it('sees a duplicate that is spelt with an escape', () => {
    expect(issueOf('{"a":1,"\\u0061":{}}').rule).toBe('json-duplicate-key');
  });

  it.each([
    ['', 'json-syntax', 'Line 1, column 1: there is no text at all'],
    [' \n', 'json-syntax', 'Line 2, column 1: there is only white space'],
    [
      '{"a":1',
      'json-syntax',
      'Line 1, column 7: the text ends before the last bracket is closed. Check that it was not cut off',
    ],
    [
      '[{"a":1',
      'json-syntax',
      'Line 1, column 8: the text ends before 2 brackets are closed. Check that it was not cut off',
    ],
    ['{"a":1,}', 'json-syntax', 'Line 1, column 8: remove the comma before the closing }'],
    ['[1,]', 'json-syntax', 'column 4: a value is missing before this bracket. Remove the comma before it'],
    ['{\n  "a" 1}', 'json-syntax', 'Line 2, column 7: a colon is needed between a name and its value'],
    ['{"a":1 "b":2}', 'json-syntax', 'Line 1, column 8: a comma or a closing } is needed here'],
    ["{'a':1}", 'json-syntax', 'names need double quotes, not single quotes'],
    ['// note\n{}', 'json-syntax', 'JSON has no comments. Remove the comment'],
    ['<Patient/>', 'json-syntax', 'this looks like XML. Send it as application/fhir+xml'],
    [
      '{} {}',
      'json-syntax',
      'column 4: there is more text after the end of the JSON. Send one resource only',
    ],
    ['["a]', 'json-syntax', 'column 2: the string that begins here has no end'],
    ['["a\nb"]', 'json-syntax', 'must be escaped'],
    [
      '["\\x"]',
      'json-syntax',
      'a backslash begins an escape that JSON does not have. Write a backslash as \\\\',
    ],
    ['[01]', 'json-syntax', 'this is not a JSON number'],
    ['[1.]', 'json-syntax', 'this is not a JSON number'],
    ['[undefined]', 'json-syntax', 'a value is needed here'],
    ['["\\u0000"]', 'json-character', 'column 3: the character U+0000 is not allowed in FHIR'],
    ['["\u0000"]', 'json-character', 'column 3: the character U+0000 is not allowed in FHIR'],
    ['["\\ud83d"]', 'json-character', 'there is only half of a surrogate pair'],
    ['["\\ude00\\ud83d"]', 'json-character', 'there is only half of a surrogate pair'],
    ['{"\\u0000#1":1}', 'json-character', 'the character U+0000 is not allowed in FHIR'],
    ['[1e999999]', 'json-number', 'cannot be stored exactly'],
  ])('refuses %j as %s', (text, rule, sentence) => {
    const issue = issueOf(text);
    expect(issue.rule).toBe(rule);
    expect(issue.text).toContain(sentence);
  });

  it('refuses nesting that is too deep, however deep it is', () => {
    expect(issueOf('['.repeat(100_000))).toMatchObject({
      rule: 'json-depth',
      text: 'The JSON cannot be read. Line 1, column 101: objects and lists are nested more than 100 deep.',
    });
    expect(valueOf('['.repeat(100) + ']'.repeat(100))).toHaveLength(1);
  });

  it('never repeats what was sent', () => {
    expect(JSON.stringify(issueOf('{"family":"Okafor", Okafor}'))).not.toContain('Okafor');
    expect(JSON.stringify(issueOf('{"resourceType":"Patient","9434765919":1,"9434765919":2}'))).not.toContain(
      '9434',
    );
  });

  it('agrees with JSON.parse on every value, however it is laid out', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.integer({ min: 0, max: 4 }), (value, space) => {
        const text = JSON.stringify(value, null, space);
        if (/\\u0000|\\ud[89a-f]/i.test(text)) return;
        expect(stringify(valueOf(text), space)).toBe(text);
      }),
    );
  });

  it('agrees with JSON.parse about what is JSON at all', () => {
    const token = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      '"a"',
      '"b"',
      '1',
      '-',
      '1.50',
      'e',
      'true',
      'nul',
      ' ',
      '"',
      '\\',
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 9 }), (tokens) => {
        const text = tokens.join('');
        const parsed = read(text);
        let expected: unknown;
        try {
          expected = JSON.parse(text);
        } catch {
          expect(parsed).toMatchObject({ ok: false, issue: { rule: 'json-syntax' } });
          return;
        }
        if (parsed.ok) expect(JSON.parse(stringify(parsed.value))).toEqual(expected);
        else expect(parsed.issue.rule).toBe('json-duplicate-key');
      }),
      { numRuns: 2000 },
    );
  });

  it('brings every decimal back digit for digit', () => {
    const digits = fc.stringMatching(/^-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?$/);
    fc.assert(
      fc.property(fc.array(digits), (numbers) => {
        const text = `[${numbers.join(',')}]`;
        expect(stringify(valueOf(text))).toBe(text);
      }),
    );
  });
});

describe('readStored', () => {
  it.each([
    ['nesting', '['.repeat(2_000) + ']'.repeat(2_000)],
    ['a long number', `{"value":${'7'.repeat(300)},"other":[1.50,-0,2]}`],
    ['a large exponent', '{"value":1e999999}'],
    [
      'many members',
      JSON.stringify(Object.fromEntries(Array.from({ length: 1_001 }, (_, at) => [`a${at}`, at]))),
    ],
    ['half a surrogate pair', '{"family":"\\ud83d"}'],
    [
      'escapes beside it',
      String.raw`{"a\\":"\"7.50\\","b":"\u0041","value":${'7'.repeat(300)},"c":"{[7.50]"}`,
    ],
    ['a document', `{"data":"${'QUFB'.repeat(20_000)}","value":${'7'.repeat(300)}}`],
  ])('gives back what parseJson refuses, or not: %s', (_what, text) => {
    for (const content of [text, Buffer.from(text)]) {
      const value = readStored(content);
      expect(value).toBeDefined();
      expect(JSON.parse(stringify(value))).toEqual(JSON.parse(text));
    }
    const numbers = text.replace(/"(?:[^"\\]|\\.)*"/g, '').match(/-?\d[\d.e]*/g);
    for (const number of numbers ?? []) expect(stringify(readStored(text))).toContain(number);
  });

  it('reads what parseJson reads, in the same way', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const parsed = read(text);
        if (parsed.ok) expect(readStored(text)).toEqual(parsed.value);
        expect(readStored(text)).toBeDefined();
      }),
    );
  });

  it.each(['', '{', '{"a":01}', '{"a":1-}', '["\\u0000#1"]', '["a', '[1]]'])(
    'gives nothing for %j',
    (text) => {
      expect(readStored(text)).toBeUndefined();
    },
  );
});
