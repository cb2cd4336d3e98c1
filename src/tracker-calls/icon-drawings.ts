import type { iconNames } from '../config/schemas/card-making-schema.ts'

export type IconName = (typeof iconNames)[number]

/** `shape` is drawn in the icon's colour, `mark` on top of it in the colour of the background. */
type Drawing = { title: string; light: string; dark: string; shape: string; mark?: string }

const ring = '<circle cx="12" cy="12" r="9" fill="none" stroke="currentColor" stroke-width="3"/>'
const disc = '<circle cx="12" cy="12" r="10.5" fill="currentColor"/>'

/** On a field of 24 by 24, often shown in 16 pixels: so they are bold, and differ by shape as well as by colour. */
const drawings: Record<IconName, Drawing> = {
  open: { title: 'Open', light: '#0969da', dark: '#58a6ff', shape: ring },
  'in-progress': {
    title: 'In progress',
    light: '#b35900',
    dark: '#f0a232',
    shape: `${ring}<path d="M12 6a6 6 0 0 1 0 12z" fill="currentColor"/>`,
  },
  review: {
    title: 'In review',
    light: '#8250df',
    dark: '#b98aff',
    shape: '<path d="M.5 12C3 7 7.2 4 12 4s9 3 11.5 8c-2.5 5-6.7 8-11.5 8S3 17 .5 12z" fill="currentColor"/>',
    mark: '<circle cx="12" cy="12" r="5" fill="currentColor"/>',
  },
  done: {
    title: 'Done',
    light: '#1a7f37',
    dark: '#3fb950',
    shape: disc,
    mark: '<path d="M6.5 12.500l4 4 7.5-8" fill="none" stroke="currentColor" stroke-width="3"/>',
  },
  cancelled: {
    title: 'Cancelled',
    light: '#59636e',
    dark: '#9aa4af',
    shape: '<path d="M4 4l16 16M20 4L4 20" fill="none" stroke="currentColor" stroke-width="4"/>',
  },
  blocked: {
    title: 'Blocked',
    light: '#cf222e',
    dark: '#ff6a60',
    shape: '<path d="M7.5 1.500h9l6 6v9l-6 6h-9l-6-6v-9z" fill="currentColor"/>',
    mark: '<path d="M6 12h12" fill="none" stroke="currentColor" stroke-width="4"/>',
  },
  unknown: {
    title: 'Status unknown',
    light: '#59636e',
    dark: '#9aa4af',
    shape:
      '<path d="M6.5 8.500C6.5 5 8.8 3 12 3s5.5 2 5.5 5c0 4-5.5 4-5.5 8" fill="none" stroke="currentColor" stroke-width="3.5"/><circle cx="12" cy="20.5" r="2.3" fill="currentColor"/>',
  },
}

/** The style of an icon, which follows the page's light or dark theme, and its whole text. */
export function drawIcon(name: IconName): { style: string; svg: string } {
  const { title, light, dark, shape, mark } = drawings[name]
  const style = `svg{color:${light}}.mark{color:#fff}@media(prefers-color-scheme:dark){svg{color:${dark}}.mark{color:#0d1117}}`
  const marked = mark === undefined ? '' : `<g class="mark">${mark}</g>`
  const size = 'width="24" height="24" viewBox="0 0 24 24"'
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img"><title>${title}</title><style>${style}</style>${shape}${marked}</svg>\n`
  return { style, svg }
}
