import { Problem } from '../../../errors/problem.ts'

/** Bulk pushes at once of one API key, and of all: a push has up to two batches in the database and a file of answers. */
const most = { ofKey: 2, ofAll: 8 }

/** Counts the bulk pushes that are in progress, by API key. */
export function countPushes() {
  const ofKey = new Map<string, number>()
  let ofAll = 0
  return {
    /** A push begins; call what this returns when it ends. Throws Problem `too-many-calls`, `calls-waiting`. */
    begin(apiKeyId: string): () => void {
      const others = ofKey.get(apiKeyId) ?? 0
      if (others >= most.ofKey)
        throw new Problem(
          'too-many-calls',
          `This API key has ${others} bulk pushes in progress. Nothing was read.`,
          later,
        )
      if (ofAll >= most.ofAll)
        throw new Problem('calls-waiting', `${ofAll} bulk pushes are in progress. Nothing was read.`, later)
      ofKey.set(apiKeyId, others + 1)
      ofAll++
      return () => {
        ofAll--
        const left = (ofKey.get(apiKeyId) ?? 1) - 1
        if (left > 0) ofKey.set(apiKeyId, left)
        else ofKey.delete(apiKeyId)
      }
    },
  }
}

const later = { headers: { 'retry-after': '5' } }
