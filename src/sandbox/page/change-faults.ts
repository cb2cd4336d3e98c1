import type { FastifyPluginAsync } from 'fastify'
import { type CallSettings, presentedTokens } from '../../application-calls/call-settings.ts'
import { callKinds } from '../../application-calls/calls.ts'
import { keyEncodings } from '../../application-calls/fill-template.ts'
import { formField } from '../../web/read-form.ts'
import type { CallDesk } from '../call-desk/call-desk.ts'
import { completeFaults, faultNames, slowMost, type WrittenFaults } from '../call-desk/faults.ts'

type Field = (name: string) => string

/** What the form of the switches does. Its fields are named `createLink.dropped`; an unticked box is not sent. */
export const changeFaults: FastifyPluginAsync<{ desk: CallDesk }> = async (app, { desk }) => {
  app.post('/faults', (request, reply) => {
    const field = (name: string) => formField(request.body, name)
    desk.setFaults(completeFaults(readFaults(field)))
    desk.setSettings(readSettings(field, desk.settings()))
    return reply.redirect(ownAddress(field('back')), 303)
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

/** A page of ours: nothing that leads elsewhere. */
const ownAddress = (back: string) => (/^\/(issues|queues)\/[A-Za-z0-9%_-]+$/.test(back) ? back : '/')
