import type { Issue } from '../../fhir/issue';
import { decoderRemarks } from './decoder-remarks';

describe('what the decoder remarked', () => {
  const order: Issue = {
    severity: 'warning',
    code: 'structure',
    rule: 'xml-order',
    text: 'In Encounter the element status stands after class.',
  };

  it('is a warning by default, and an error under strict handling', () => {
    expect(decoderRemarks([order], 'default')).toEqual([order]);
    expect(decoderRemarks([order], 'strict')).toEqual([{ ...order, severity: 'error' }]);
  });
});
