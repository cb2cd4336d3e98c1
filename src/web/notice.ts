import { html } from 'ghtml'

/** What happened, told once after a change. `next` is where the focus goes: the field for a key, or the notice itself. */
export type Notice = { id: number; level: 'done' | 'refused'; text: string; next: 'key' | 'notice' }

/** Always in the page, so that a screen reader announces a change of its text. */
export function noticeLine(notice: Notice | undefined): string {
  if (!notice) return html`<p id="notice" class="notice" role="status"></p>`
  const focus = notice.next === 'notice' ? 'tabindex="-1" autofocus' : ''
  return html`<p id="notice" class="notice ${notice.level}" role="status" !${focus}>${notice.text}</p>`
}
