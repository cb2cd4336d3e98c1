// The load generator: a process of its own, which keeps its compiled code from job to job.
import type { Job } from './job.ts'
import { runJob } from './run-job.ts'

process.on('message', (job: Job) => {
  void runJob(job).then(outcome => process.send?.(outcome))
})
process.on('disconnect', () => process.exit())
