/** A request that Tracker refuses: the status and the messages. The API answers with it, the page shows it. */
export class Refusal extends Error {
  readonly statusCode: number
  /** Messages by the name of the field. */
  readonly errors: Readonly<Record<string, string>>
  readonly errorMessages: readonly string[]

  constructor(statusCode: number, said: { errors?: Record<string, string>; errorMessages?: readonly string[] }) {
    super(said.errorMessages?.[0] ?? Object.values(said.errors ?? {})[0] ?? `Refused with ${statusCode}`)
    this.statusCode = statusCode
    this.errors = said.errors ?? {}
    this.errorMessages = said.errorMessages ?? []
  }
}

/** 422: the value of one field is not accepted. */
export const invalidField = (field: string, message: string) => new Refusal(422, { errors: { [field]: message } })

/** 404: there is no such thing. */
export const notFound = (message: string) => new Refusal(404, { errorMessages: [message] })
