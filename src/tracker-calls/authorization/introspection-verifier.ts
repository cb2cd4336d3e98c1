import { createAsk, verifierAway } from './ask-verifier.ts'
import { readOwner, type Verdict } from './token-owner.ts'

/** Token introspection (RFC 7662): a form, sent by POST with our client's id and secret as Basic credentials. */
export function createIntrospectionVerifier(settings: { url: string; clientId: string; clientSecret: string }) {
  // A 401 or 403 is about our own credentials, not about the token, so it is no verdict.
  const ask = createAsk([])
  const credentials = Buffer.from(`${formEncoded(settings.clientId)}:${formEncoded(settings.clientSecret)}`)
  const headers = {
    authorization: `Basic ${credentials.toString('base64')}`,
    'content-type': 'application/x-www-form-urlencoded',
  }
  const address = new URL(settings.url).href
  return async (token: string): Promise<Verdict> => {
    const question = new URLSearchParams({ token, token_type_hint: 'access_token' }).toString()
    const { body } = await ask(address, { method: 'POST', headers, body: question })
    return readIntrospection(Object(body) as Record<string, unknown>)
  }
}

function readIntrospection({ active, username, sub, client_id, exp }: Record<string, unknown>): Verdict {
  if (active === false) return { refused: 'the introspection says that it is not active' }
  const expiresAt = exp === undefined || exp === null ? undefined : Number(exp)
  if (active !== true || Number.isNaN(expiresAt))
    throw verifierAway('answered with something that is not an introspection')
  const owner = readOwner({ login: username, uid: sub, clientId: client_id })
  return { owner: expiresAt === undefined ? owner : { ...owner, expiresAt } }
}

// RFC 6749, 2.3.1: both parts are form-encoded before they are joined by a colon.
const formEncoded = (text: string) => new URLSearchParams([['', text]]).toString().slice(1)
