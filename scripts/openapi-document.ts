// The parts of an OpenAPI document that its generator touches.

export type Schema = { title?: string; description?: string; [keyword: string]: unknown }

export type Parameter = { name: string; in: string; schema: Schema; description?: string; required?: boolean }

export type Response = {
  description: string
  headers?: Record<string, object>
  content?: Record<string, { schema: Schema; example?: object }>
  'x-codes'?: readonly string[]
}

export type Operation = {
  operationId: string
  tags: string[]
  summary: string
  description?: string
  parameters?: Parameter[]
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, Response>
}
