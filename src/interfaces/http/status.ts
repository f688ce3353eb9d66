/** What a failure means in HTTP: the one table. @see contract «What bad input gets» */
export const statusOf = {
  unreadable: 400,
  'bad-request': 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'not-acceptable': 406,
  conflict: 409,
  gone: 410,
  'precondition-failed': 412,
  'too-large': 413,
  'uri-too-long': 414,
  'unsupported-media-type': 415,
  'range-not-satisfiable': 416,
  invalid: 422,
  throttled: 429,
  'headers-too-large': 431,
  exception: 500,
  unavailable: 503,
} as const;

export type HttpFailureCategory = keyof typeof statusOf;
