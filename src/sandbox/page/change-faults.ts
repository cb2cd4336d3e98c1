import type { FastifyPluginAsync } from 'fastify'
import { callKinds } from '../application-calls/application-calls.ts'
import { type CallSettings, presentedTokens } from '../application-calls/call-settings.ts'
import { completeFaults, faultNames, slowMost, type WrittenFaults } from '../application-calls/faults.ts'
import { keyEncodings } from '../application-calls/fill-template.ts'
import type { CallDesk } from '../application-calls/make-calls.ts'

type Fields = Record<string, unknown>

/** What the form of the switches does. Its fields are named `createLink.dropped`; an unticked box is not sent. */
export const changeFaults: FastifyPluginAsync<{ desk: CallDesk }> = async (app, { desk }) => {
  app.post('/faults', (request, reply) => {
    const fields = (request.body ?? {}) as Fields
    desk.setFaults(completeFaults(readFaults(fields)))
    desk.setSettings(readSettings(fields, desk.settings()))
    return reply.redirect(ownAddress(fields.back), 303)
  })
}

function readFaults(fields: Fields): WrittenFaults {
  return Object.fromEntries(
    callKinds.map(call => [
      call,
      Object.fromEntries(
        faultNames[call].map(name => {
          const written = fields[`${call}.${name}`]
          return [name, name === 'slow' ? readSlow(written) : written !== undefined]
        }),
      ),
    ]),
  )
}

const readSlow = (written: unknown) => Math.min(slowMost, Math.max(0, Math.trunc(Number(written) || 0)))

function readSettings(fields: Fields, former: CallSettings): CallSettings {
  const { userToken } = fields
  return {
    ...former,
    keyEncoding: keyEncodings.find(one => one === fields.keyEncoding) ?? former.keyEncoding,
    token: presentedTokens.find(one => one === fields.token) ?? former.token,
    ...(typeof userToken === 'string' && /^[!-~]+$/.test(userToken) && { userToken }),
  }
}

/** A page of ours: nothing that leads elsewhere. */
const ownAddress = (back: unknown) =>
  typeof back === 'string' && /^\/(issues|queues)\/[A-Za-z0-9%_-]+$/.test(back) ? back : '/'
