/**
 * Every error a caller can be told of: its HTTP status, what happened, and what to do. The code is the stable name
 * (`code` in the answer); docs/errors.md says the same, and a test holds the two together.
 */
export const catalogue = {
  'body-invalid': {
    status: 400,
    title: 'The body is not what this call takes',
    hint: 'Correct the field that `errors` names.',
  },
  'body-not-json': {
    status: 400,
    title: 'The body is not valid JSON',
    hint: 'Send one JSON object in UTF-8, every name in it once.',
  },
  'idempotency-key-invalid': {
    status: 400,
    title: 'The header Idempotency-Key is not valid',
    hint: 'Send it once, with 1 to 255 visible ASCII characters; a UUID is fine.',
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
    title: 'The management API has nothing at this address',
    hint: 'Compare the address with /docs on this port; keys in an address are percent-encoded, `/` as `%2F`.',
  },
  'object-unknown': {
    status: 404,
    title: 'No object has this key',
    hint: 'Push or import the object, or correct the key of the link.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'This address answers other methods',
    hint: 'Use a method that the header Allow names.',
  },
  'request-timeout': {
    status: 408,
    title: 'The request did not arrive in time',
    hint: 'Send it whole within 10 seconds.',
  },
  'idempotency-key-in-use': {
    status: 409,
    title: 'A request with the same Idempotency-Key is under way',
    hint: 'Repeat the request after the time that Retry-After names; it gets the answer of the first.',
  },
  'link-ambiguous': {
    status: 409,
    title: 'The address can be read as several stored links',
    hint: 'Nothing was removed. Call the unambiguous address of the link you mean; `errors` names it.',
  },
  'object-exists': {
    status: 409,
    title: 'The application has an object with this key already',
    hint: 'Nothing was changed. Remove the object with the new key first, or choose another key.',
  },
  'objects-not-pushed': {
    status: 409,
    title: 'Objects of this application come from its source',
    hint: 'Change the object in the application, and call `POST …/objects/KEY/refresh`.',
  },
  'cursor-unknown': {
    status: 410,
    title: 'The change feed does not hold the event that the cursor names',
    hint: 'Read the feed from its beginning, without `after`, and make the copy anew.',
  },
  'object-changed': {
    status: 412,
    title: 'The object is not as the condition says',
    hint: 'Nothing was changed. Read the object again, and decide with its new ETag.',
  },
  'body-too-large': {
    status: 413,
    title: 'The body is too large',
    hint: 'Send at most 256 KiB and 1,000 keys a call.',
  },
  'media-type-unsupported': {
    status: 415,
    title: 'The content type is not what this call takes',
    hint: 'Send Content-Type: application/json, or application/x-ndjson to a bulk push.',
  },
  'expectation-failed': { status: 417, title: 'The expectation cannot be met', hint: 'Leave the header Expect out.' },
  'idempotency-key-reused': {
    status: 422,
    title: 'Another request had the same Idempotency-Key',
    hint: 'Nothing was done. Make a new key for each request, and repeat it only with the same request.',
  },
  'objects-unknown': {
    status: 422,
    title: 'The application has no object with some of these keys',
    hint: 'Nothing was written. Leave out the keys that `errors` names, or set `unknownObjects: accept`.',
  },
  'headers-too-large': {
    status: 431,
    title: 'The request has too many headers',
    hint: 'Send at most 100 headers and 16 KiB of them.',
  },
  internal: {
    status: 500,
    title: 'The server failed',
    hint: 'Look for the request id in the log, and report what stands there.',
  },
  'database-away': {
    status: 503,
    title: 'The database does not answer',
    hint: 'Repeat the call after the time that Retry-After names; repeating is harmless.',
  },
  'source-away': {
    status: 503,
    title: 'The source of the object gave no answer',
    hint: 'Repeat the call after the time that Retry-After names; the log says why there was no answer.',
  },
  'verifier-away': {
    status: 503,
    title: 'The token could not be verified',
    hint: 'Repeat the call after the time that Retry-After names; the verifier of user tokens does not answer.',
  },
} as const satisfies Record<string, { status: number; title: string; hint: string }>

/** The stable name of an error. */
export type ErrorCode = keyof typeof catalogue
