import type { FastifyPluginAsync } from 'fastify'
import { notFound } from '../../world/refusal.ts'
import { issueTypes, priorities, statuses, type Word } from '../../world/vocabulary.ts'
import type { ApiOptions } from '../api-options.ts'
import { type DocumentForm, selfOf } from '../documents/document-form.ts'

/** No issue here has a resolution; clients that look for them find none. */
const collections = { issuetypes: issueTypes, statuses, priorities, resolutions: [] }

/** The words that describe an issue: types, statuses, priorities, resolutions. Clients follow `self` to them. */
export const words: FastifyPluginAsync<ApiOptions> = async app => {
  for (const [collection, list] of Object.entries<readonly Word[]>(collections)) {
    app.get(`/${collection}`, async ({ caller }) => list.map(word => wordDocument(caller.form, collection, word)))

    app.get<{ Params: { name: string } }>(`/${collection}/:name`, async ({ caller, params }) => {
      const word = list.find(({ id, key }) => id === params.name || key === params.name)
      if (!word) throw notFound(`${collection} has no ${params.name}.`)
      return wordDocument(caller.form, collection, word)
    })
  }
}

const wordDocument = (form: DocumentForm, collection: string, { id, key, name }: Word) => ({
  self: selfOf(form, collection, id),
  id: Number(id),
  version: 1,
  key,
  name,
})
