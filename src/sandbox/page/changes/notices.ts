import type { Notice } from '../../../web/notice.ts'

export type Notices = ReturnType<typeof createNotices>

/** What the next page says about the change before it: kept here, so that no address can make a page say something. */
export function createNotices(most = 100) {
  const notices = new Map<number, Notice>()
  let lastId = 0
  return {
    /** Keeps a notice, and returns the address of the page that shows it. */
    keep(address: string, notice: Omit<Notice, 'id'>): string {
      const id = ++lastId
      notices.set(id, { ...notice, id })
      notices.delete(id - most)
      return `${address}?said=${id}`
    },
    read: (query: unknown): Notice | undefined => notices.get(Number((query as { said?: unknown }).said)),
  }
}
