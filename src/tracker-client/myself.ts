/** Where Tracker's API is, and whose data is asked for there: a Yandex 360 or a Yandex Cloud organization. */
export type TrackerAddress = { url: string; organization: { kind: 'yandex360' | 'cloud'; id: string } }

/** The owner of a token, by fields of Tracker's answer: not checked yet, numbers as strings of their digits. */
type Myself = { uid: unknown; login: unknown }

/**
 * Sends the request, within bounds of time and size that are the caller's own. Gives the JSON of a 200, numbers in it as
 * strings of their digits, or the status 401 or 403; throws for anything else.
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

/** The user that an answer of `myself` holds: an older page shows an array of one (tracker contract, section 1). */
export const theUser = (body: unknown): unknown => (Array.isArray(body) && body.length === 1 ? body[0] : body)
