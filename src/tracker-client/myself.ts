/** Where Tracker's API is, and for which organization it is called, of Yandex 360 or Yandex Cloud. */
export type TrackerAddress = { url: string; organization: { kind: 'yandex360' | 'cloud'; id: string } }

/** The owner of a token, as Tracker's answer has it: not yet checked, numbers as strings of their digits. */
type Myself = { uid: unknown; login: unknown }

/**
 * Sends the request within the caller's own limits of time and size. Gives the JSON of a 200, with numbers as strings of their
 * digits, or the status 401 or 403; throws for anything else.
 */
type Send = (
  address: string,
  request: { headers: Record<string, string> },
) => Promise<{ status: number; body: unknown }>

/**
 * Tracker's call `GET /v3/myself`: whose token it is. `authorization` is the whole header, `OAuth …` or, for an IAM token,
 * `Bearer …`. Throws what `send` throws.
 */
export async function askMyself(
  send: Send,
  { url, organization }: TrackerAddress,
  authorization: string,
): Promise<Myself | { refusedWith: number }> {
  const { status, body } = await send(`${url.replace(/\/+$/, '')}/v3/myself`, {
    headers: { authorization, [organization.kind === 'cloud' ? 'x-cloud-org-id' : 'x-org-id']: organization.id },
  })
  if (status !== 200) return { refusedWith: status }
  const { uid, trackerUid, login } = Object(theUser(body)) as { uid?: unknown; trackerUid?: unknown; login?: unknown }
  return { uid: uid ?? trackerUid, login }
}

/** The user in an answer of `myself`: an older page shows an array of one user (tracker contract, section 1). */
export const theUser = (body: unknown): unknown => (Array.isArray(body) && body.length === 1 ? body[0] : body)
