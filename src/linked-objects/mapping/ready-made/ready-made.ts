import type { readyMadeMappings } from '../../../config/card-making-schema.ts'
import type { MappingConfig, StateRules } from '../../../config/schema.ts'
import { githubIssue, githubPullRequest } from './github.ts'
import { gitlabIssue, gitlabMergeRequest } from './gitlab.ts'
import { jiraIssue } from './jira.ts'
import { redmineIssue } from './redmine.ts'
import { sentryIssue } from './sentry.ts'

/** A mapping for a system that many have, with the rules for its statuses. */
export type ReadyMade = { mapping: Omit<MappingConfig, 'use'>; states: StateRules }

/** The mappings that `use` names. Each has a folder in examples/ with a configuration and an answer of that system. */
export const readyMade: Record<(typeof readyMadeMappings)[number], ReadyMade> = {
  'gitlab-merge-request': gitlabMergeRequest,
  'gitlab-issue': gitlabIssue,
  'github-pull-request': githubPullRequest,
  'github-issue': githubIssue,
  'jira-issue': jiraIssue,
  'redmine-issue': redmineIssue,
  'sentry-issue': sentryIssue,
}
