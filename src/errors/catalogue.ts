/**
 * Every error that a caller can get: its HTTP status, what happened, and what to do. The code is the stable name (`code` in
 * the answer). A test compares this list with docs/errors.md.
 */
export const catalogue = {
  'body-invalid': {
    status: 400,
    title: 'The body does not match what this call accepts',
    hint: 'Correct the field that `errors` names.',
  },
  'body-not-json': {
    status: 400,
    title: 'The body is not valid JSON',
    hint: 'Send one JSON object in UTF-8, with each name in it once.',
  },
  'idempotency-key-invalid': {
    status: 400,
    title: 'The header Idempotency-Key is not valid',
    hint: 'Send it once, with 1 to 255 visible ASCII characters, such as a UUID.',
  },
  'key-invalid': {
    status: 400,
    title: 'A key in the address is not valid',
    hint: 'Correct the key that `errors` names.',
  },
  'key-repeated': { status: 400, title: 'A key parameter is given twice', hint: 'Give each key once in the query.' },
  'parameter-invalid': {
    status: 400,
    title: 'A parameter of the address is not valid',
    hint: 'Correct the parameter that `errors` names.',
  },
  'request-malformed': {
    status: 400,
    title: 'The request is not well-formed HTTP',
    hint: 'Send each of Host and Authorization once, and an address without control characters.',
  },
  'api-key-missing': {
    status: 401,
    title: 'The request carries no API key',
    hint: 'Send a key as `Authorization: Bearer KEY`; `tracker-links keys create` makes one.',
  },
  'api-key-unknown': {
    status: 401,
    title: 'The API key is not valid',
    hint: 'Compare it with `tracker-links keys list`: it may have expired or been revoked.',
  },
  'token-missing': {
    status: 401,
    title: 'The request carries no token',
    hint: 'Register `oauthToken` in Tracker, or compare the header name and the schemes with the configuration.',
  },
  'token-unknown': {
    status: 401,
    title: 'The token is not known',
    hint: 'Compare the token that was registered in Tracker with the configuration of this application.',
  },
  'api-key-not-allowed': {
    status: 403,
    title: 'The API key is valid, but may not do this',
    hint: 'Make a key with the scope and the application that this call needs.',
  },
  'caller-not-allowed': {
    status: 403,
    title: 'The token is valid, but its owner may not call',
    hint: 'Add the user or the client to `authorization.allow` of this application.',
  },
  'api-key-id-unknown': {
    status: 404,
    title: 'No API key has this id',
    hint: 'Compare the id with `GET /api/keys`.',
  },
  'application-unknown': {
    status: 404,
    title: 'No application has this id',
    hint: 'Compare the id with `GET /api/applications`.',
  },
  'no-such-address': {
    status: 404,
    title: 'No application answers at this address',
    hint: 'Compare the address with the registration sheet: `tracker-links registration`.',
  },
  'no-such-endpoint': {
    status: 404,
    title: 'The management API has no endpoint at this address',
    hint: 'Compare the address with /docs on this port; keys in an address must be percent-encoded, `/` as `%2F`.',
  },
  'call-unknown': {
    status: 404,
    title: 'The request log has no call of this request id',
    hint: 'Look for it with `tracker-links calls list`: it may be older than what is kept.',
  },
  'object-unknown': {
    status: 404,
    title: 'No object has this key',
    hint: 'Push or import the object, or correct the key of the link.',
  },
  'reconciliation-unknown': {
    status: 404,
    title: 'There is no such run of a reconciliation',
    hint: 'List the runs with `GET …/reconciliations`: they are kept for 30 days.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'This address does not support the method',
    hint: 'Use one of the methods in the header Allow.',
  },
  'request-timeout': {
    status: 408,
    title: 'The request did not arrive in time',
    hint: 'Send the whole request within 10 seconds.',
  },
  'idempotency-key-in-use': {
    status: 409,
    title: 'A request with the same Idempotency-Key is in progress',
    hint: 'Repeat the request after the time that Retry-After names; it then gets the answer to the first.',
  },
  'link-ambiguous': {
    status: 409,
    title: 'The address matches several stored links',
    hint: 'Nothing was removed. Call the unambiguous address of the link you mean; `errors` names it.',
  },
  'nothing-to-reload': {
    status: 409,
    title: 'The server has no configuration to read again',
    hint: 'Start it with a configuration file: `tracker-links serve --config FILE`.',
  },
  'object-exists': {
    status: 409,
    title: 'The application already has an object with this key',
    hint: 'Remove the object with the new key first, or choose another key.',
  },
  'objects-not-pushed': {
    status: 409,
    title: 'Objects of this application come from its source',
    hint: 'Change the object in the application, and call `POST …/objects/KEY/refresh`.',
  },
  'organization-missing': {
    status: 409,
    title: 'The application has no organization whose Tracker could be asked',
    hint: 'Add `organizations` with a token to the configuration, name one in `organization` of the application, and reload.',
  },
  'plan-not-applicable': {
    status: 409,
    title: 'The run has no plan that can be applied',
    hint: 'Wait until the comparison is finished, or start another one; each repair of a plan is made once.',
  },
  'reconciliation-in-progress': {
    status: 409,
    title: 'A reconciliation of this application is in progress',
    hint: 'Wait for its end, or cancel it with `POST …/reconciliations/RUN/cancel`.',
  },
  'reconciliation-over': {
    status: 409,
    title: 'The run has ended already',
    hint: 'Nothing is left to cancel; `GET …/reconciliations/RUN` shows how it ended.',
  },
  'cursor-unknown': {
    status: 410,
    title: 'The change feed does not go on from this cursor',
    hint: 'Read the feed with `after=latest`, then the list of links into a new copy, and follow the feed from `next`.',
  },
  'object-changed': {
    status: 412,
    title: 'The object does not meet the condition',
    hint: 'Nothing was changed. Read the object again, and use its new ETag.',
  },
  'body-too-large': {
    status: 413,
    title: 'The body is too large',
    hint: 'Send at most 256 KiB and 1,000 keys per call.',
  },
  'media-type-unsupported': {
    status: 415,
    title: 'This call does not accept the content type',
    hint: 'Send Content-Type: application/json, or application/x-ndjson to a bulk push, and the body uncompressed, in UTF-8.',
  },
  'expectation-failed': { status: 417, title: 'The expectation cannot be met', hint: 'Do not send the header Expect.' },
  'host-not-allowed': {
    status: 421,
    title: 'The port for operators does not answer under this host name',
    hint: 'Call it by its IP address or as localhost, or list the name in ADMIN_ALLOWED_HOSTS of the server.',
  },
  'configuration-invalid': {
    status: 422,
    title: 'The configuration was refused',
    hint: 'Nothing was changed. Correct what `errors` names, and look with `tracker-links config check` before the next try.',
  },
  'address-too-long': {
    status: 414,
    title: 'The address is too long',
    hint: 'Shorten it: a key has at most 255 characters.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'Another request had the same Idempotency-Key',
    hint: 'Nothing was done. Use a new key for each request; send a key again only to repeat the same request.',
  },
  'objects-unknown': {
    status: 422,
    title: 'The application has no object with some of these keys',
    hint: 'Nothing was written. Leave out the keys that `errors` names, or set `unknownObjects: accept`.',
  },
  'search-too-wide': {
    status: 422,
    title: 'The search would have to read too many objects for a page by number',
    hint: 'Send `cursor=` in place of `page`, and go on with `next`: each answer has what was found among the next objects. `keyPrefix` narrows it.',
  },
  'too-many-calls': {
    status: 429,
    title: 'The API key has too many calls in progress',
    hint: 'Repeat the call after the time that Retry-After names, and send fewer at once.',
  },
  'too-many-unknown-tokens': {
    status: 429,
    title: 'Too many tokens that are not known were presented',
    hint: 'Repeat it after the seconds that `Retry-After` names. The token may be valid; the verifier was not asked.',
  },
  'headers-too-large': {
    status: 431,
    title: 'The request has too many headers',
    hint: 'Send at most 100 headers, of 16 KiB in total.',
  },
  internal: {
    status: 500,
    title: 'The server failed',
    hint: 'Look for the request id in the log, and report the record.',
  },
  'change-not-recorded': {
    status: 503,
    title: 'The change was made, but could not be recorded in the audit',
    hint: 'Ask the operator why the database refuses records. Repeating is harmless, but for a new API key: list the keys before.',
  },
  'calls-waiting': {
    status: 503,
    title: 'The management API is busy with other calls',
    hint: 'Repeat the call after the time that Retry-After names; nothing was done.',
  },
  'database-away': {
    status: 503,
    title: 'The database does not answer',
    hint: 'Repeat the call after the time that Retry-After names; repeating is harmless.',
  },
  'database-busy': {
    status: 503,
    title: 'The database could not do this in time',
    hint: 'Repeat the call after the time that Retry-After names; repeating is harmless.',
  },
  'database-full': {
    status: 503,
    title: 'The disk of the database is full',
    hint: 'Nothing was changed. Repeat the call once there is space again.',
  },
  'database-rights-missing': {
    status: 503,
    title: 'The database refuses a right to this server',
    hint: 'Nothing was changed. Repeat the call once the role of the server has the right.',
  },
  overloaded: {
    status: 503,
    title: 'The server has more calls than it can answer in time',
    hint: 'Repeat the call after the time that Retry-After names; nothing was done. If it stays so, `docs/errors.md` says what to look at.',
  },
  'rename-unfinished': {
    status: 503,
    title: 'Not all links of the object have moved yet',
    hint: 'Repeat the call after the time that Retry-After names: it goes on where this one ended.',
  },
  'source-answer-invalid': {
    status: 503,
    title: 'The source of the object gave an answer that makes no card',
    hint: 'See the answer with `tracker-links objects preview`; correct the address or the mapping in the configuration.',
  },
  'source-away': {
    status: 503,
    title: 'The source of the object cannot be reached',
    hint: 'Repeat the call after the time that Retry-After names; the log says why it cannot be reached.',
  },
  'source-failed': {
    status: 503,
    title: 'The source of the object answered with an error',
    hint: 'Repeat the call after the time that Retry-After names; the log says what it answered.',
  },
  'source-forbidden': {
    status: 503,
    title: 'The source of the object may not be asked',
    hint: 'Correct `url` of the source, or name its host in `privateHosts`.',
  },
  'source-slow': {
    status: 503,
    title: 'The source of the object did not answer in time',
    hint: 'Repeat the call after the time that Retry-After names: an answer that comes late is kept for it.',
  },
  'source-unauthorized': {
    status: 503,
    title: 'The source of the object refused our credentials',
    hint: 'Renew the credentials of the source in the configuration, and see with `tracker-links objects preview`.',
  },
  'tracker-away': {
    status: 503,
    title: 'Tracker could not be asked',
    hint: 'Repeat the call after the time that Retry-After names; the log says what Tracker answered.',
  },
  'verifier-away': {
    status: 503,
    title: 'The token could not be verified',
    hint: 'Repeat the call after the time that Retry-After names; the verifier of user tokens does not answer.',
  },
} as const satisfies Record<string, { status: number; title: string; hint: string }>

/** The stable name of an error. */
export type ErrorCode = keyof typeof catalogue
