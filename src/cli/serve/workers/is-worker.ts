/** Set in the environment of a worker, beside its channel to the process that started it. */
export const workerMark = 'TRACKER_LINKS_WORKER'

/** Whether this process answers calls for another, which started it. */
export const isWorker = (env: NodeJS.ProcessEnv): boolean => process.send !== undefined && env[workerMark] !== undefined
