import { attachmentBytes, decodeBase64 } from './attachment';

describe('attachmentBytes', () => {
  const hello = Buffer.from('%PDF-1.7 hello');

  it('gives the bytes of base64', () => {
    expect(attachmentBytes({ data: hello.toString('base64') })).toEqual({ ok: true, bytes: hello });
  });

  it('allows white space, as FHIR does', () => {
    const wrapped = hello.toString('base64').replace(/(.{4})/g, '$1\r\n\t ');
    expect(attachmentBytes({ data: wrapped })).toEqual({ ok: true, bytes: hello });
  });

  it('decodes an attachment once, and again when its data has changed', () => {
    const attachment = { data: hello.toString('base64') };
    const first = attachmentBytes(attachment);
    expect(attachmentBytes(attachment)).toBe(first);
    attachment.data = Buffer.from('other').toString('base64');
    expect(attachmentBytes(attachment)).toEqual({ ok: true, bytes: Buffer.from('other') });
  });

  it.each([
    ['the words of the published example', '//base64encoded PDF', 'placeholder'],
    ['a data: URL', 'data:application/pdf;base64,JVBERi0xLjcK', 'data-url'],
    ['a long data: URL', `data:application/pdf;base64,${'JVBERi0x'.repeat(50)}`, 'data-url'],
    ['an unfinished group', 'JVBERi0', 'not-base64'],
    ['a foreign character', 'JVBE*i0x', 'not-base64'],
    ['the URL alphabet', 'JVBE-_0x', 'not-base64'],
    ['padding in the middle', 'JV==Ri0x', 'not-base64'],
    ['too much padding', 'J===', 'not-base64'],
    ['a letter outside ASCII', 'JVBEé==x', 'not-base64'],
    ['no character at all', '', 'empty'],
    ['white space only', ' \n ', 'empty'],
  ])('refuses %s', (_what, data, reason) => {
    expect(attachmentBytes({ data })).toEqual({ ok: false, reason });
  });

  it('tells data that is absent from data that is no text', () => {
    expect(attachmentBytes({})).toEqual({ ok: false, reason: 'absent' });
    expect(attachmentBytes({ data: 12 })).toEqual({ ok: false, reason: 'not-text' });
  });
});

describe('decodeBase64', () => {
  it('decodes ten megabytes, wrapped or not, and refuses one bad character at their end', () => {
    const document = Buffer.alloc(10_000_000, 'a homeward document ');
    const text = document.toString('base64');
    expect(decodeBase64(text)?.equals(document)).toBe(true);
    expect(decodeBase64(text.replace(/(.{76})/g, '$1\n'))?.equals(document)).toBe(true);
    expect(decodeBase64(`${text.slice(0, -4)}!!!!`)).toBeUndefined();
  });
});
