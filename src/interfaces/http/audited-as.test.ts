import { auditedAs } from './audited-as';

const read = { audit: { action: 'R', interaction: 'read' } } as const;
const open = {};

describe('what the audit trail calls a request', () => {
  it('is what its route says', () => {
    expect(auditedAs('GET', read, [read])).toEqual({ action: 'R', interaction: 'read' });
  });

  it('is nothing where its route tells nothing personal', () => {
    expect([auditedAs('GET', open, [open]), auditedAs('DELETE', undefined, [open])]).toEqual([
      undefined,
      undefined,
    ]);
  });

  it.each([
    ['DELETE', { action: 'D', interaction: 'delete' }],
    ['PUT', { action: 'U', interaction: 'update' }],
    ['PATCH', { action: 'U', interaction: 'patch' }],
    ['POST', { action: 'C', interaction: 'create' }],
    ['HEAD', { action: 'R', interaction: 'read' }],
    ['constructor', { action: 'E', interaction: 'operation' }],
  ])('is what was tried where no route takes it: %s', (method, audited) => {
    expect([auditedAs(method, undefined, [read]), auditedAs(method, undefined, [])]).toEqual([
      audited,
      audited,
    ]);
  });
});
