/** The table of QuestionnaireResponse. @see docs/tables.md */
import type { TableDefinition } from '../../definitions/table';

export const table: TableDefinition = {
  name: 'questionnaire_response',
  patient: ['subject'],
  indexes: [
    { name: 'of_patient', on: 'patient_id, authored_start' },
    { name: 'encounter', on: 'encounter' },
  ],
  columns: [],
};
