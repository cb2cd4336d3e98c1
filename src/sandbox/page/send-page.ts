import type { FastifyReply } from 'fastify'
import { html } from 'ghtml'
import { type Crumb, layout } from '../../web/layout.ts'
import { sendHtml } from '../../web/page-headers.ts'
import type { CallDesk } from '../call-desk/call-desk.ts'
import { countFaults } from '../call-desk/faults.ts'

type Page = {
  title: string
  trail: readonly Crumb[]
  /** HTML. */
  content: string
  /** Whether the switches of the faults are on this page. */
  hasSwitches?: boolean
}

/** Sends a page of the sandbox. Its header says how many faults are on. */
export function sendPage(reply: FastifyReply, desk: CallDesk, { hasSwitches = false, ...page }: Page): FastifyReply {
  const count = countFaults(desk.faults())
  const badge = count > 0 ? faultBadge(count, hasSwitches) : ''
  return sendHtml(reply, layout({ ...page, site: 'Tracker sandbox', badge }))
}

function faultBadge(count: number, hasSwitches: boolean): string {
  const text = count === 1 ? '1 fault is on' : `${count} faults are on`
  return hasSwitches
    ? html`<a class="badge fault" href="#faults">${text}</a>`
    : html`<span class="badge fault">${text}</span>`
}
