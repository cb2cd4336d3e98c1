import { setTimeout as sleep } from 'node:timers/promises'

/** Scrapes a server so many times, a pause of 20 ms between two, and returns the milliseconds of each, the shortest first. */
export async function timeScrapes(adminPort: number, times: number): Promise<number[]> {
  const scrape = async () => {
    const began = performance.now()
    const answer = await fetch(`http://127.0.0.1:${adminPort}/metrics`)
    const text = await answer.text()
    if (!text.endsWith('# EOF\n')) throw new Error(`no scrape: ${answer.status} ${text.slice(0, 200)}`)
    return performance.now() - began
  }
  // The first loads the library and opens a connection to the database.
  for (let warmUp = 0; warmUp < 20; warmUp++) await scrape()
  const found: number[] = []
  for (let time = 0; time < times; time++) {
    found.push(await scrape())
    await sleep(20)
  }
  return found.toSorted((one, other) => one - other)
}
