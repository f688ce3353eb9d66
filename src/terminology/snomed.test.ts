import { checkSctid } from './snomed';

describe('SNOMED CT identifiers', () => {
  it('are valid where check digit and partition are those of a concept', () => {
    for (const code of ['138875005', '1104051000000101', '364075005', '1104441000000107', '103228002']) {
      expect([code, checkSctid(code)]).toEqual([code, 'valid']);
    }
  });

  it('are none with another check digit, length or alphabet', () => {
    for (const code of [
      '138875006',
      '1104051000000102',
      '12345',
      '0138875005',
      '138875005 ',
      'abc',
      '',
      '1388750051388750051',
    ]) {
      expect([code, checkSctid(code)]).toEqual([code, 'not-an-sctid']);
    }
  });

  it('are not concepts where they identify a description or a relationship', () => {
    expect(checkSctid('220309016')).toBe('not-a-concept');
    expect(checkSctid('4033022')).toBe('not-a-concept');
  });

  it('every change of one digit and every swap of neighbours is noticed', () => {
    const code = '364075005';
    for (let place = 1; place < code.length; place += 1) {
      for (let digit = 0; digit <= 9; digit += 1) {
        const changed = code.slice(0, place) + String(digit) + code.slice(place + 1);
        if (changed !== code) expect(checkSctid(changed)).toBe('not-an-sctid');
      }
    }
  });
});
