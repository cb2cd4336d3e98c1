import { type Behaviour, type Call, json, refuse, token } from '../correct-server.ts'
import type { FaultyServer } from '../faulty-server.ts'

/** A server that lets in, or shuts out, whom it should not. */
const letsIn = (
  name: string,
  finds: string,
  isLetIn: (call: Call, isRight: boolean) => boolean,
  entails: string[] = [],
): FaultyServer => ({
  name,
  finds,
  entails,
  change: correct => ({ isLetIn: call => isLetIn(call, correct.isLetIn(call)) }),
})

const presented = ({ request }: Call) => request.headers.authorization ?? ''
const isCard = ({ path }: Call) => path[0] === 'objects'

/** What nobody can do whom the application takes for a stranger; the rest is then not judged. */
const everything = [
  'card-found',
  'card-every-object',
  'create-done',
  'create-several',
  'body-in-pieces',
  'create-at-once',
]

export const authorizationFaults: readonly FaultyServer[] = [
  {
    name: 'has another token than the sheet',
    finds: 'token-accepted',
    entails: everything,
    change: () => ({ isLetIn: () => false }),
  },
  letsIn(
    'takes Bearer only',
    'token-scheme-oauth',
    (call, isRight) => isRight && !/^OAuth .*W3yF6hJ1$/.test(presented(call)),
    [...everything, 'token-accepted'],
  ),
  letsIn(
    'takes OAuth only',
    'token-scheme-bearer',
    (call, isRight) => isRight && !presented(call).startsWith('Bearer'),
  ),
  letsIn(
    'compares the scheme letter by letter',
    'token-scheme-case',
    (call, isRight) => isRight && !presented(call).startsWith('oauth'),
  ),
  letsIn(
    'shows cards to everybody',
    'token-missing-card',
    (call, isRight) => isRight || (isCard(call) && presented(call) === ''),
  ),
  letsIn(
    'makes links for everybody',
    'token-missing-create',
    (call, isRight) => isRight || (call.method === 'POST' && presented(call) === ''),
  ),
  letsIn('removes links for everybody', 'token-missing-remove', (call, isRight) => isRight || call.method === 'DELETE'),
  letsIn(
    'looks whether there is a token',
    'token-wrong-card',
    (call, isRight) => isRight || presented(call).endsWith('wrong-token'),
  ),
  letsIn('compares as many characters as come', 'token-cut', (call, isRight) => {
    const [, word = ''] = presented(call).split(' ')
    return isRight || (word.length > 5 && token.startsWith(word))
  }),
  letsIn(
    'takes any scheme but OAuth for no question at all',
    'token-other-scheme',
    (call, isRight) => isRight || presented(call).startsWith('Basic'),
  ),
  letsIn(
    'takes one of two tokens',
    'token-two',
    (call, isRight) => isRight || (call.request.headersDistinct.authorization?.length ?? 0) > 1,
  ),
  {
    name: 'reads the body before the token',
    finds: 'token-before-body',
    change: ({ first }) => ({
      first: call => {
        if (
          call.method !== 'POST' ||
          call.request.headers.authorization !== undefined ||
          call.request.headers['content-length'] !== '1'
        )
          return first(call)
        refuse(call, 400)
        return true
      },
    }),
  },
  {
    name: 'looks for the object before the token',
    finds: 'token-object-hidden',
    change: ({ first }) => ({
      first: call => {
        if (!isCard(call) || call.request.headers.authorization !== undefined || call.path.at(-1) === 'D-1')
          return first(call)
        refuse(call, 404)
        return true
      },
    }),
  },
  {
    name: 'repeats the headers of a call in its refusal',
    finds: 'token-kept-secret',
    change: correct => ({
      answerCard(this: Behaviour, call, key) {
        if (correct.card(key, call)) correct.answerCard.call(this, call, key)
        else json(call, 404, { error: 'not found', headers: call.request.headers })
      },
    }),
  },
  {
    name: 'asks nobody for a token',
    finds: 'token-asked-for',
    change: () => ({ isLetIn: () => true }),
    says: { withoutToken: true },
  },
]
