import { readCopy } from './read-bytes';

const header = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
const end = Buffer.from([0xff, 0xff]);
const isNull = Buffer.from([0, 1, 0xff, 0xff, 0xff, 0xff]);

function rowOf(value: Buffer): Buffer {
  const head = Buffer.alloc(6);
  head.writeInt16BE(1, 0);
  head.writeInt32BE(value.length, 2);
  return Buffer.concat([head, value]);
}

function valuesOf(...parts: Buffer[]): (Buffer | undefined)[] {
  const copy = readCopy();
  for (const part of parts) copy.take(part);
  return copy.values;
}

describe('the values in the binary format of COPY', () => {
  const value = Buffer.from([0, 1, 0xff, 0x5c, 0x0a]);
  const other = Buffer.from('other');

  it('are found where PostgreSQL sends the header with the first row', () => {
    expect(valuesOf(Buffer.concat([header, rowOf(value)]), rowOf(other), end)).toEqual([value, other]);
  });

  it('are found where it sends the header by itself, or several rows at once', () => {
    expect(valuesOf(header, rowOf(value), Buffer.concat([rowOf(other), end]))).toEqual([value, other]);
    expect(valuesOf(Buffer.concat([header, rowOf(value), rowOf(other), end]))).toEqual([value, other]);
  });

  it('can be empty or null, and there can be none', () => {
    expect(valuesOf(Buffer.concat([header, rowOf(Buffer.alloc(0))]), isNull, end)).toEqual([
      Buffer.alloc(0),
      undefined,
    ]);
    expect(valuesOf(Buffer.concat([header, end]))).toEqual([]);
  });

  it('do not change when the memory of a part is used again', () => {
    const part = Buffer.concat([header, rowOf(value)]);
    const copy = readCopy();
    copy.take(part);
    part.fill(7);
    expect(copy.values).toEqual([value]);
  });

  it('are refused in another format, and where a row is cut', () => {
    expect(() => valuesOf(Buffer.from('a text that is long enough for a header'))).toThrow('no copy');
    expect(() => valuesOf(Buffer.concat([header, rowOf(value).subarray(0, 9)]))).toThrow('is cut');
  });
});
