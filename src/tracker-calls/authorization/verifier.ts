import type { UserAuthorization } from '../../config/schema.ts'
import { createIntrospectionVerifier } from './introspection-verifier.ts'
import type { Verdict } from './token-owner.ts'
import { createTrackerMyselfVerifier } from './tracker-myself-verifier.ts'
import { createYandexIdVerifier } from './yandex-id-verifier.ts'

/** Asks whose token it is. Throws Problem `verifier-away` if there is no verdict. */
export type Verifier = (token: string, scheme: string) => Promise<Verdict>

/** The verifier that the configuration names. */
export function createVerifier(settings: UserAuthorization['verifier']): Verifier {
  if (settings.kind === 'yandexId') return createYandexIdVerifier(settings)
  if (settings.kind === 'trackerMyself') return createTrackerMyselfVerifier(settings)
  return createIntrospectionVerifier(settings)
}
