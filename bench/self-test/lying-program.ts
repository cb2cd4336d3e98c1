import { fileURLToPath } from 'node:url'
import type { Work } from '../load/job.ts'
import type { Program } from '../world/programs.ts'

export const testedWorks: readonly Work[] = ['info', 'create-1', 'remove', 'mix']

/** lying-peer.ts as a program of the bench; start it with the same lie in LIE. */
export const lyingProgram = (lie: string): Program => ({
  label: lie,
  command: [fileURLToPath(new URL('./lying-peer.ts', import.meta.url))],
  dialect: 'tracker',
  usesDatabase: true,
  checksToken: true,
  logs: true,
  works: ['create-50', ...testedWorks],
})
