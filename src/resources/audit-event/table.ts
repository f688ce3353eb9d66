/** The table of AuditEvent: a view of the audit trail, whose rows are written once and never change. @see docs/audit.md */
import type { TableDefinition } from '../../definitions/table';

export const table: TableDefinition = {
  name: 'audit_event',
  patient: [],
  columns: [],
  history: false,
  holdsMistypedNumbers: true,
};
