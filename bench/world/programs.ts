import { fileURLToPath } from 'node:url'
import { asUsersStartIt, usersVariables } from '../../test/support/start-program.ts'
import type { DialectName, Work } from '../load/job.ts'

/** A program that is measured: how it is started, and what it can do. */
export type Program = {
  /** What tables and charts call it. */
  label: string
  /** Words after `node`. */
  command: readonly string[]
  /** Variables that belong to them. */
  variables?: Record<string, string>
  dialect: DialectName
  usesDatabase: boolean
  checksToken: boolean
  /** Whether it writes its log, a line for each request at least. */
  logs: boolean
  works: readonly Work[]
}

export type ProgramName = 'ours' | 'raw' | 'bare' | 'byHand' | 'express' | 'generated'

const peer = (file: string) => [fileURLToPath(new URL(`../peers/${file}`, import.meta.url))]
const allWorks: readonly Work[] = [
  'info',
  'info-once',
  'create-1',
  'create-50',
  'repeat-1',
  'repeat-50',
  'remove',
  'mix',
]

export const programs: Record<ProgramName, Program> = {
  ours: {
    label: 'tracker-link-server',
    command: [...asUsersStartIt, 'serve'],
    variables: usersVariables,
    dialect: 'tracker',
    usesDatabase: true,
    checksToken: true,
    logs: true,
    works: allWorks,
  },
  raw: {
    label: 'raw Node http, no database',
    command: peer('raw-http.ts'),
    dialect: 'fixed',
    usesDatabase: false,
    checksToken: false,
    logs: false,
    works: ['info', 'create-1', 'create-50', 'remove', 'mix'],
  },
  bare: {
    label: 'bare Fastify, no database',
    command: peer('bare-fastify.ts'),
    dialect: 'fixed',
    usesDatabase: false,
    checksToken: false,
    logs: false,
    works: ['info', 'create-1', 'create-50', 'remove', 'mix'],
  },
  byHand: {
    label: 'Fastify + pg by hand',
    command: peer('fastify-pg.ts'),
    dialect: 'tracker',
    usesDatabase: true,
    checksToken: true,
    logs: true,
    works: allWorks,
  },
  express: {
    label: 'Express + Prisma',
    command: peer('express-prisma.ts'),
    dialect: 'tracker',
    usesDatabase: true,
    checksToken: true,
    logs: false,
    works: allWorks,
  },
  generated: {
    label: 'Platformatic DB (generated)',
    command: peer('platformatic-db.ts'),
    dialect: 'platformatic',
    usesDatabase: true,
    checksToken: true,
    logs: true,
    // It has no route for several links in one call.
    works: ['info', 'info-once', 'create-1', 'repeat-1', 'remove', 'mix'],
  },
}

export const programNames = Object.keys(programs) as ProgramName[]
