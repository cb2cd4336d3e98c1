/** A project, a portfolio or a goal. It exists from the start and never changes: only its history can be read. */
export type Entity = {
  readonly type: 'project' | 'portfolio' | 'goal'
  readonly id: string
  /** The oldest first. */
  readonly events: readonly EntityEvent[]
}

/** `author` is a uid, `date` a moment in Tracker's form. */
export type EntityEvent = {
  readonly id: string
  readonly author: string
  readonly date: string
  readonly display: string
  readonly changes: readonly {
    readonly field: { readonly id: string; readonly display: string }
    readonly diff: string
  }[]
}

/** The three events of the documents' example. */
export const firstEntities: readonly Entity[] = [
  {
    type: 'project',
    id: '6586d6fee2b9ef74d1d2e3f4',
    events: [
      {
        id: '65a26b254dbe621200000001',
        author: '1111111111111111',
        date: '2024-01-13T10:51:17.821+0000',
        display: 'Issue updated',
        changes: [{ field: { id: 'teamUsers', display: 'Members' }, diff: '<added>User Two</added>' }],
      },
      {
        id: '65a26b264dbe621500000002',
        author: '1111111111111111',
        date: '2024-01-13T10:51:17.954+0000',
        display: 'Comment added',
        changes: [{ field: { id: 'comment.text', display: 'Comment text' }, diff: '<added>First comment</added>' }],
      },
      {
        id: '65a26b384dbe621600000003',
        author: '1111111111111112',
        date: '2024-01-13T10:51:36.807+0000',
        display: 'File added',
        changes: [{ field: { id: 'issue.attachments', display: 'Attachments' }, diff: '<added>image.jpg</added>' }],
      },
    ],
  },
]
