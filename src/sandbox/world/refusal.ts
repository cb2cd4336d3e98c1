/** A wish that Tracker refuses: its status and its words. The API prints it, the page shows it. */
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

/** 422: the value of one field is not taken. */
export const invalidField = (field: string, message: string) => new Refusal(422, { errors: { [field]: message } })

/** 404: the thing asked about is not there. */
export const notFound = (message: string) => new Refusal(404, { errorMessages: [message] })
