import type { FastifyPluginAsync } from 'fastify'
import { type CallSettings, presentedTokens } from '../../application-calls/call-settings.ts'
import { callKinds } from '../../application-calls/calls.ts'
import { keyEncodings } from '../../application-calls/fill-template.ts'
import { formField } from '../../web/read-form.ts'
import { completeFaults, faultNames, slowMost, type WrittenFaults } from '../call-desk/faults.ts'
import type { PageOptions } from './page-options.ts'

type Field = (name: string) => string

/** The form of the switches. Its fields have names like `createLink.dropped`; a browser does not send a cleared box. */
export const changeFaults: FastifyPluginAsync<PageOptions> = async (app, { desk }) => {
  app.post('/faults', (request, reply) => {
    const field = (name: string) => formField(request.body, name)
    desk.setFaults(completeFaults(readFaults(field)))
    desk.setSettings(readSettings(field, desk.settings()))
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

function readSettings(field: Field, former: CallSettings): CallSettings {
  const userToken = field('userToken')
  return {
    ...former,
    keyEncoding: keyEncodings.find(one => one === field('keyEncoding')) ?? former.keyEncoding,
    token: presentedTokens.find(one => one === field('token')) ?? former.token,
    ...(/^[!-~]+$/.test(userToken) && { userToken }),
  }
}

/** A page of ours, never one of another site. */
const addressBack = (back: string) => (/^\/(issues|queues)\/[A-Za-z0-9%_-]+$/.test(back) ? back : '/')
