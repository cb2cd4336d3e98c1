// JSON Schemas of the three calls, as the Fastify peers give them to Fastify.

export const cardSchema = {
  type: 'object',
  properties: {
    key: { type: 'string' },
    summary: { type: 'string' },
    iconUrl: { type: 'string' },
    status: { type: 'object', properties: { name: { type: 'string' }, description: { type: 'string' } } },
    assignee: { type: 'object', properties: { trackerUid: { type: 'integer' }, login: { type: 'string' } } },
    updated: { type: 'string' },
  },
} as const

export const bodySchema = {
  type: 'object',
  required: ['issueKey', 'entityIds'],
  properties: {
    issueKey: { type: 'string', pattern: '^[A-Z][A-Z0-9_]{0,31}-[1-9][0-9]{0,9}$' },
    entityIds: {
      type: 'array',
      minItems: 1,
      maxItems: 1_000,
      items: { type: 'string', minLength: 1, maxLength: 255 },
    },
  },
} as const

export const answerSchema = {
  type: 'object',
  properties: {
    issueKey: { type: 'string' },
    links: {
      type: 'array',
      items: { type: 'object', properties: { remoteKey: { type: 'string' }, created: { type: 'boolean' } } },
    },
  },
} as const

export const removalSchema = {
  type: 'object',
  required: ['issueKey', 'remoteKey'],
  properties: { issueKey: { type: 'string', minLength: 1 }, remoteKey: { type: 'string', minLength: 1 } },
} as const
