// Loaded into each test file before tap's own loader (`node-arg` in .taprc), which does two things for coverage and `--changed`,
// which are not used here. It notes each file that the process and the programs started by it load, and reads its source map:
// half of what the start of a test file costs.
const unnoted = '_TAPJS_PROCESSINFO_EXCLUDE_'
process.env[unnoted] = '/./'
delete process.env.NODE_OPTIONS
// And it turns source maps on: Node then parses those of tap's own files in each test file. Our files have none, since Node only
// blanks out their types.
process.setSourceMapsEnabled(false)
process.setSourceMapsEnabled = () => {}
