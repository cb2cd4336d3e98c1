import { chmodSync } from 'node:fs'
import t from 'tap'
import { ConfigFaults } from '../../src/config/config-faults.ts'
import { tellOpenFiles } from '../../src/config/environment/open-env-files.ts'
import { readEnvironment } from '../../src/config/environment/read-environment.ts'

/** The faults of a file with this text; none if it is read. */
function faultsOf(directory: string): readonly { field: string; place?: string }[] {
  try {
    readEnvironment({ env: {}, directory })
    return []
  } catch (error) {
    if (!(error instanceof ConfigFaults)) throw error
    t.notMatch(error.message, 'canary', 'no value is shown')
    return error.faults
  }
}

t.test('variables that are set stay, then --env-file counts, then the .env beside the configuration', async t => {
  const directory = t.testdir({
    '.env': 'A=env\nB=env\nC=env\nD=env\nE_FILE=/run/e\nF=env\n',
    'unit.env': 'A=unit\nB=unit\nG="quoted # text"\n',
  })
  const env = Object.freeze({ A: 'process', D: '', E: 'process', F_FILE: '/run/f' })
  const read = readEnvironment({ env, directory, envFile: 'unit.env' })
  t.same(read.env, {
    A: 'process',
    B: 'unit',
    C: 'env',
    D: '',
    E: 'process',
    F_FILE: '/run/f',
    G: 'quoted # text',
  })
  t.same(read.files, [`${directory}/unit.env`, `${directory}/.env`])
  t.same(Object.fromEntries(read.fileOf), {
    B: `${directory}/unit.env`,
    G: `${directory}/unit.env`,
    C: `${directory}/.env`,
  })
  t.notOk('C' in process.env, 'the process keeps its own')
})

t.test('the .env is the one beside the configuration, wherever that is named; none is needed', async t => {
  const directory = t.testdir({
    '.env': 'WHICH=here\nTRACKER_LINKS_CONFIG=etc/tracker-links.yaml\n',
    etc: { '.env': 'WHICH=etc\nDATA_DIR=data\n' },
    'unit.env': 'TRACKER_LINKS_CONFIG=etc/tracker-links.yaml\nDATA_DIR=data\n',
    bare: { '.env': {} },
  })
  const which = (more: { configFile?: string; envFile?: string; env?: Record<string, string> }) =>
    readEnvironment({ env: {}, directory, ...more }).env
  t.match(which({}), { WHICH: 'here', TRACKER_LINKS_CONFIG: 'etc/tracker-links.yaml' }, 'and no second one is read')
  t.equal(which({ configFile: 'etc/tracker-links.yaml' }).WHICH, 'etc')
  t.equal(which({ env: { TRACKER_LINKS_CONFIG: 'etc/tracker-links.yaml' } }).WHICH, 'etc')
  t.equal(which({ envFile: 'unit.env' }).WHICH, 'etc')
  t.equal(which({ configFile: 'etc/x.yaml' }).DATA_DIR, `${directory}/etc/data`, 'beside the .env')
  t.equal(which({ envFile: 'unit.env' }).DATA_DIR, `${directory}/data`, 'in the working folder, as for the unit')
  t.same(which({ configFile: 'bare/x.yaml' }), {}, 'a folder called .env is something else')
  t.same(which({ configFile: 'nowhere/x.yaml' }), {})
})

t.test('a file that --env-file names must be there', async t => {
  const directory = t.testdir({})
  t.throws(() => readEnvironment({ env: {}, directory, envFile: 'unit.env' }), {
    message: /^--env-file\n {2}The file unit\.env does not exist\./,
  })
})

t.test('what readers of such files read differently is refused, with its line and without its value', async t => {
  const directory = t.testdir({
    '.env': `# a comment
; systemd's
export GOOD=1 # a comment
QUOTED="
canary without a sign # in it
"
CUT=canary#canary
DATABASE_URL: canary
OPEN="canary`,
  })
  t.match(faultsOf(directory), [
    { place: `${directory}/.env:7:1`, field: 'CUT' },
    { place: `${directory}/.env:8:1`, field: 'the line' },
    { place: `${directory}/.env:9:1`, field: 'OPEN' },
  ])
  t.same(faultsOf(t.testdir({ '.env': 'A=1\r\nB=`x#y` # z\r\n\r\n' })), [])
})

t.test('a file with a secret that every user may read is told, another is not', async t => {
  const told = (text: string, mode: number) => {
    const directory = t.testdir({ '.env': text })
    chmodSync(`${directory}/.env`, mode)
    return tellOpenFiles(readEnvironment({ env: {}, directory }))
  }
  t.match(told('CRM_TOKEN=canary', 0o644), [/every user of this machine may read .*\.env: chmod 600 /])
  t.match(told('DATABASE_URL=postgresql://u:canary@h/d', 0o604), [/chmod 600/])
  t.same(told('CRM_TOKEN=canary', 0o640), [], 'a group may have the right on purpose')
  t.same(told('PORT=8080\nCRM_TOKEN_FILE=/run/secrets/crm', 0o644), [])
})
