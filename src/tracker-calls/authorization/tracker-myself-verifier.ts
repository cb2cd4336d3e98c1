import { defaultVerifierUrls } from '../../config/schemas/authorization-schema.ts'
import { askMyself, type TrackerAddress } from '../../tracker-client/myself.ts'
import { createAsk, verifierAway } from './ask-verifier.ts'
import { readOwner, type Verdict } from './token-owner.ts'

/** Tracker's own call `myself`. It does not say for which client a token was issued. */
export function createTrackerMyselfVerifier(settings: { url?: string; organization: TrackerAddress['organization'] }) {
  const ask = createAsk([401, 403])
  const tracker = { ...settings, url: new URL(settings.url ?? defaultVerifierUrls.trackerMyself).href }
  return async (token: string, scheme: string): Promise<Verdict> => {
    // OAuth tokens and the IAM tokens of Yandex Cloud, which come as Bearer (tracker contract, section 8).
    const authorization = `${scheme.toLowerCase() === 'bearer' ? 'Bearer' : 'OAuth'} ${token}`
    const answer = await askMyself(ask, tracker, authorization)
    // A 403 may also mean a wrong organization, so the operator is told the status.
    if ('refusedWith' in answer) return { refused: `Tracker answered with status ${answer.refusedWith}` }
    const owner = readOwner(answer)
    if (owner.uid === undefined && owner.login === undefined) throw verifierAway('names no user')
    return { owner }
  }
}
