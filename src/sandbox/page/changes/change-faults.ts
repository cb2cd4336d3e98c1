import type { FastifyPluginAsync } from 'fastify'
import { presentedTokens, type TokenSettings } from '../../../application-calls/call-settings.ts'
import { callKinds } from '../../../application-calls/calls.ts'
import { keyEncodings } from '../../../application-calls/fill-template.ts'
import { formField } from '../../../web/read-form.ts'
import { type DeskSettings, tokenSettings, withSettings } from '../../call-desk/desk-settings.ts'
import { completeFaults, faultNames, slowMost, type WrittenFaults } from '../../call-desk/faults.ts'
import type { Application } from '../../world/records.ts'
import type { PageOptions } from '../page-options.ts'

type Field = (name: string) => string

/** The form of the switches. Its fields have names like `createLink.dropped`; a browser does not send a cleared box. */
export const changeFaults: FastifyPluginAsync<PageOptions> = async (app, { world, desk }) => {
  app.post('/faults', (request, reply) => {
    const field = (name: string) => formField(request.body, name)
    desk.setFaults(completeFaults(readFaults(field)))
    desk.setSettings(readSettings(field, world.applications(), desk.settings()))
    return reply.redirect(addressBack(field('back')), 303)
  })
}

function readFaults(field: Field): WrittenFaults {
  return Object.fromEntries(
    callKinds.map(call => [
      call,
      Object.fromEntries(
        faultNames[call].map(name => {
          const written = field(`${call}.${name}`)
          return [name, name === 'slow' ? readSlow(written) : written !== '']
        }),
      ),
    ]),
  )
}

const readSlow = (written: string) => Math.min(slowMost, Math.max(0, Math.trunc(Number(written) || 0)))

function readSettings(field: Field, applications: readonly Application[], former: DeskSettings): DeskSettings {
  const keyEncoding = keyEncodings.find(one => one === field('keyEncoding')) ?? former.keyEncoding
  const tokens = applications.map(({ id }) => [id, readToken(field, id, tokenSettings(former, id))])
  return withSettings(former, { keyEncoding, applications: Object.fromEntries(tokens) })
}

function readToken(field: Field, id: string, former: TokenSettings): TokenSettings {
  const userToken = field(`userToken.${id}`)
  return {
    ...former,
    token: presentedTokens.find(one => one === field(`token.${id}`)) ?? former.token,
    ...(/^[!-~]+$/.test(userToken) && { userToken }),
  }
}

/** A page of ours, never one of another site. */
const addressBack = (back: string) => (/^\/(issues|queues)\/[A-Za-z0-9%_-]+$/.test(back) ? back : '/')
