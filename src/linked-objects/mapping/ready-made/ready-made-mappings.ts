import type { readyMadeMappings } from '../../../config/schemas/card-making-schema.ts'
import { githubIssue, githubPullRequest } from './github.ts'
import { gitlabIssue, gitlabMergeRequest } from './gitlab.ts'
import { jiraIssue } from './jira.ts'
import type { ReadyMade } from './ready-made.ts'
import { redmineIssue } from './redmine.ts'
import { sentryIssue } from './sentry.ts'

/** The mappings that `use` names. Each has a folder in examples/ with a configuration and a sample answer of the system. */
export const readyMade: Record<(typeof readyMadeMappings)[number], ReadyMade> = {
  'gitlab-merge-request': gitlabMergeRequest,
  'gitlab-issue': gitlabIssue,
  'github-pull-request': githubPullRequest,
  'github-issue': githubIssue,
  'jira-issue': jiraIssue,
  'redmine-issue': redmineIssue,
  'sentry-issue': sentryIssue,
}
