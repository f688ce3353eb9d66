/** The table of QuestionnaireResponse. @see docs/tables.md */
import type { TableDefinition } from '../../definitions/table';

export const table: TableDefinition = {
  name: 'questionnaire_response',
  patient: ['subject'],
  columns: [],
};
