/** The chapters of the OpenAPI document, in their order; each resource type with a table follows as one of its own. */
export const tags = [
  { name: 'Submitting', description: 'Submit Bundles: summaries, messages, transactions and batches.' },
  {
    name: 'Submissions',
    description: 'Which submissions were received, who sent them, and whether they were accepted.',
  },
  {
    name: 'Reading',
    description:
      'Every R4 resource type can be read and searched. The sections below list the search parameters of each type that has its own.',
  },
  { name: 'Documents', description: 'The bytes of documents, as PDF or in another format that was sent.' },
  { name: 'Auditing', description: 'The ledger of accepted submissions. The audit trail is AuditEvent.' },
  { name: 'Deliveries', description: 'What is passed on to other systems, and what became of it.' },
  { name: 'Access', description: 'Tokens, and where to get them.' },
  { name: 'Server', description: 'What the server supports, and whether it works.' },
] as const;
