import type { Program } from '../world/programs.ts'

/** A program did something wrong: the run ends, because its figures would compare different things. */
export class BenchFault extends Error {
  constructor(program: Program, what: string) {
    super(`${program.label}: ${what}`)
    this.name = 'BenchFault'
  }
}
