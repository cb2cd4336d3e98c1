import { pushSchema } from '../object-json.ts'

/** A line of the body. */
export const bulkLineSchema = {
  ...pushSchema,
  required: ['key', 'summary'],
  description: "An object: its key, a card with Tracker's fields, and its `sequence`, if it has one.",
}

const line = {
  type: 'integer',
  description: 'Number of the line in the body, from 1; blank lines are not answered.',
} as const
const key = { type: 'string', description: 'Key of the object, if it could be read.' } as const
const count = (what: string) => ({ type: 'integer', description: `Lines ${what}.` }) as const

/** A line of the answer. */
export const bulkAnswerSchema = {
  oneOf: [
    {
      type: 'object',
      description: 'What became of a line.',
      required: ['line', 'result'],
      additionalProperties: false,
      properties: {
        line,
        key,
        result: {
          enum: ['accepted', 'unchanged', 'stale', 'rejected', 'failed'],
          description:
            'stale: one with a higher sequence is stored. rejected: `errors` says why. failed: the database failed; ' +
            'it may be stored, send it again.',
        },
        errors: {
          type: 'array',
          description: 'What is wrong with a rejected line, 20 faults at most.',
          items: {
            type: 'object',
            required: ['field', 'rule', 'hint'],
            additionalProperties: false,
            properties: {
              field: { type: 'string', description: 'Which field.' },
              rule: { type: 'string', description: 'Which rule it breaks.' },
              hint: { type: 'string', description: 'What would be right.' },
            },
          },
        },
      },
    },
    {
      type: 'object',
      description: 'The last line.',
      required: ['summary'],
      additionalProperties: false,
      properties: {
        summary: {
          type: 'object',
          required: ['complete', 'lines', 'accepted', 'unchanged', 'stale', 'rejected', 'failed', 'milliseconds'],
          additionalProperties: false,
          properties: {
            complete: { type: 'boolean', description: 'Whether every line was processed and none failed.' },
            lines: count('that were answered'),
            accepted: count('whose object is new or changed'),
            unchanged: count('that changed nothing'),
            stale: count('that were stale'),
            rejected: count('that are not valid'),
            failed: count('that may not be stored'),
            milliseconds: { type: 'integer', description: 'From the first byte to this line.' },
            stopped: {
              type: 'object',
              description: 'Why the push ended early.',
              required: ['code', 'detail', 'resumeAtLine'],
              additionalProperties: false,
              properties: {
                code: {
                  type: 'string',
                  description: 'A code of docs/errors.md, or `server-stopping`, or `answers-unread`.',
                },
                detail: { type: 'string', description: 'What happened.' },
                resumeAtLine: { type: 'integer', description: 'This line and those after it were not processed.' },
              },
            },
          },
        },
      },
    },
  ],
} as const
