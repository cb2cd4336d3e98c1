import { defaultVerifierUrls } from '../../config/schemas/authorization-schema.ts'
import { createAsk, verifierAway } from './ask-verifier.ts'
import { readOwner, type Verdict } from './token-owner.ts'

/**
 * Yandex ID's user info: `GET https://login.yandex.ru/info?format=json` with the token in `Authorization: OAuth`. Of its
 * documented fields, `id` (the uid, as a string), `login` and `client_id` (for whom the token was issued) are read.
 */
export function createYandexIdVerifier({ url = defaultVerifierUrls.yandexId }: { url?: string }) {
  const ask = createAsk([401, 403])
  const address = new URL(url)
  address.searchParams.set('format', 'json')
  return async (token: string): Promise<Verdict> => {
    const { status, body } = await ask(address.href, { headers: { authorization: `OAuth ${token}` } })
    if (status !== 200) return { refused: `Yandex ID answered with status ${status}` }
    const { id, login, client_id } = Object(body) as { id?: unknown; login?: unknown; client_id?: unknown }
    const owner = readOwner({ uid: id, login, clientId: client_id })
    if (owner.uid === undefined && owner.login === undefined) throw verifierAway('names no user')
    return { owner }
  }
}
