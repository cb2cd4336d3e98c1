const chain = 'M7 6.5h-.5a3.5 3.5 0 0 0 0 7H9m2-7h2.5a3.5 3.5 0 0 1 0 7H13M7.5 10h5'

/** The mark of our pages, as it stands in a page and takes its colour from the style. */
export const inlineMark = `<svg aria-hidden="true" viewBox="0 0 20 20"><path d="${chain}"/></svg>`

/** The mark as an icon for the tab of a browser. */
export const iconMark = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20"><path d="${chain}" fill="none" stroke="#4a6cf0" stroke-width="1.8" stroke-linecap="round"/></svg>`
