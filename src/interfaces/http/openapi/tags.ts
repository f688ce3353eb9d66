/** The chapters of the OpenAPI document, in their order; each resource type with a table follows as one of its own. */
export const tags = [
  { name: 'Submitting', description: 'Bundles go in: summaries, messages, transactions and batches.' },
  { name: 'Submissions', description: 'What came in, who sent it, and what became of it.' },
  {
    name: 'Reading',
    description:
      'Any resource type that R4 knows can be read and searched; the chapters below list the search parameters of each type that has its own.',
  },
  { name: 'Documents', description: 'The bytes of documents, as PDF or whatever was sent.' },
  { name: 'Auditing', description: 'The ledger of what was accepted; the audit trail itself is AuditEvent.' },
  { name: 'Access', description: 'Tokens, and where to get them.' },
  { name: 'Server', description: 'What the server is and how it is.' },
] as const;
