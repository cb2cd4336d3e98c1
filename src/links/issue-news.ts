import type { Application } from '../config/schema.ts'
import { invalidInput, Problem } from '../errors/problem.ts'
import type { Queries } from '../storage/database/queries.ts'
import type { ChangeLinks } from '../storage/links/link-changes.ts'
import type { LinkKeys } from '../storage/links/link-keys.ts'
import { listLinks } from '../storage/links/list-links.ts'
import { keysOfIssue, keysWithIssueId } from '../storage/links/moved/issue-keys.ts'
import type { IssueKey } from '../tracker-contract/issue-key.ts'
import type { RemoteKey } from '../tracker-contract/remote-key.ts'
import type { FindIssue, FindIssueOf, KnownIssue } from './find-moves.ts'
import { noteMove } from './moved-issues.ts'

/** What a trigger tells of an issue. Of its keys and its id at least one is there. */
export type IssueNews = {
  event: 'moved' | 'closed' | 'deleted'
  issueId?: string
  issueKey?: IssueKey
  /** Keys that the issue had before, as far as the trigger knows them. */
  formerKeys: readonly IssueKey[]
}

/**
 * What became of it. `moved`: links may have gone to the present key; `removed`: the links of a deleted issue were; `unchanged`:
 * Tracker says otherwise than the trigger, or everything was known; `noted`: it is in the log.
 */
export type NewsTaken = {
  outcome: 'moved' | 'removed' | 'unchanged' | 'noted'
  issueKey?: IssueKey
  formerKeys?: readonly IssueKey[]
  /** How many links were moved or removed. */
  links?: number
}

type Taking = { database: Queries; change: ChangeLinks; findIssueOf: FindIssueOf }

/**
 * Does what follows from what a trigger tells; harmless when repeated. A trigger's token may leak: where there is an organization,
 * nothing is believed that its Tracker does not say too. Throws Problem `tracker-away`, `body-invalid`.
 */
export function takeNews(taking: Taking, application: Application, news: IssueNews): Promise<NewsTaken> {
  const findIssue = taking.findIssueOf(application)
  if (news.event === 'moved') return takeMove(taking, application.id, news, findIssue)
  if (news.event === 'deleted') return takeDeletion(taking, application.id, news, findIssue)
  return Promise.resolve({ outcome: 'noted', ...(news.issueKey && { issueKey: news.issueKey }) })
}

async function takeMove(
  { database }: Taking,
  applicationId: string,
  news: IssueNews,
  findIssue: FindIssue | undefined,
): Promise<NewsTaken> {
  const issue = findIssue ? await ask(findIssue, nameOf(news)) : await asTold(database, applicationId, news)
  if (issue === undefined) return { outcome: 'unchanged' }
  const move = { issueId: issue.id, key: issue.key, formerKeys: issue.aliases }
  const { key, formerKeys, links } = await noteMove(database, applicationId, move)
  return { outcome: formerKeys.length === 0 ? 'unchanged' : 'moved', issueKey: key, formerKeys, links }
}

/** Without an organization the trigger is believed: its issue, with the keys under which its id is known here. */
async function asTold(database: Queries, applicationId: string, news: IssueNews): Promise<KnownIssue> {
  const { issueId, issueKey, formerKeys } = news
  if (issueId === undefined) throw missing('issue/id')
  if (issueKey === undefined) throw missing('issue/key')
  const known = await keysWithIssueId(database, applicationId, issueId)
  return { id: issueId, key: issueKey, aliases: [...formerKeys, ...known] }
}

async function takeDeletion(
  { database, change }: Taking,
  applicationId: string,
  news: IssueNews,
  findIssue: FindIssue | undefined,
): Promise<NewsTaken> {
  const { issueId, issueKey } = news
  if (issueKey === undefined) throw missing('issue/key')
  // By the key as well: whoever made up an id could name any key with it.
  const names = [issueKey, ...(issueId === undefined ? [] : [issueId])]
  if (findIssue) for (const name of names) if (await ask(findIssue, name)) return { outcome: 'unchanged', issueKey }
  const formerKeys = (await keysOfIssue(database, applicationId, issueKey)).filter(key => key !== issueKey)
  return { outcome: 'removed', issueKey, formerKeys, links: await removeAll(database, change, applicationId, issueKey) }
}

/** Links that are removed together. */
const linksAtOnce = 500

async function removeAll(database: Queries, change: ChangeLinks, applicationId: string, issueKey: IssueKey) {
  const actor = { kind: 'tracker' } as const
  let links = 0
  for (let after: LinkKeys | undefined; ; ) {
    const stored = await listLinks(
      database,
      applicationId,
      { issueKey },
      { ...(after && { after }), limit: linksAtOnce },
    )
    const page = stored.map(link => ({ issueKey: link.issueKey as IssueKey, remoteKey: link.remoteKey as RemoteKey }))
    const removed = await Promise.all(page.map(link => change({ kind: 'remove', applicationId, links: [link], actor })))
    links += removed.filter(one => one.length > 0).length
    after = page.at(-1)
    if (page.length < linksAtOnce) return links
  }
}

const nameOf = ({ issueId, issueKey }: IssueNews): string => issueKey ?? (issueId as string)

async function ask(findIssue: FindIssue, issue: string): Promise<KnownIssue | undefined> {
  try {
    return await findIssue(issue)
  } catch (error) {
    throw new Problem('tracker-away', 'Tracker was asked whether what the trigger tells is so, and gave no answer.', {
      headers: { 'retry-after': '5' },
      cause: error,
    })
  }
}

const missing = (field: string) =>
  invalidInput('body-invalid', [
    {
      field,
      rule: 'is needed here',
      hint: 'Send it, or give the application an organization: then Tracker is asked for the rest.',
    },
  ])
