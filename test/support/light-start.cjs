// Loaded into each test file before tap's own loader (`node-arg` in .taprc). For coverage and for `--changed`, which are not used
// here, that one notes each file that the process and the programs started by it load, and reads its source map: half of what
// the start of a test file costs.
const unnoted = '_TAPJS_PROCESSINFO_EXCLUDE_'
process.env[unnoted] = '/./'
delete process.env.NODE_OPTIONS
