import { html } from 'ghtml'

const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' })
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone: 'UTC' })

/** The day of a moment, in UTC; a text that is no moment stays as it is. */
export function dayOf(text: string): string {
  const date = new Date(text)
  if (Number.isNaN(date.getTime())) return html`<span>${text}</span>`
  return html`<time datetime="${date.toISOString()}" title="${text}">${day.format(date)}</time>`
}

/** The time of day of a moment, in UTC. */
export const timeOf = (date: Date): string => html`<time datetime="${date.toISOString()}">${clock.format(date)}</time>`

/** A moment with its day and time, in UTC. */
export const momentOf = (date: Date): string =>
  html`<time datetime="${date.toISOString()}">${day.format(date)}, ${clock.format(date)}</time>`

export const milliseconds = (value: number): string =>
  value < 10 ? `${value.toFixed(1)} ms` : value < 10_000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`
