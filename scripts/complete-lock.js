// Adds to package-lock.json the optional packages of other platforms that the registry lacked when npm wrote it, and the C
// library that a package is built for, where the registry left it out (npm would install the builds for both):
//   node scripts/complete-lock.js           completes the lock
//   node scripts/complete-lock.js --check   only tells what is missing (exit code 1)
// Without them `npm ci` fails on the platforms concerned: "Missing: … from lock file". CONTRIBUTING.md explains it.
import { readFileSync, writeFileSync } from 'node:fs'

const file = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(file, 'utf8'))
const processors = ['arm64', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64', 'mips64el', 'wasm32', 'arm']
const systems = ['android', 'darwin', 'linux', 'freebsd', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'aix', 'win32']

const missing = Object.entries(lock.packages).flatMap(([path, entry]) =>
  Object.entries(entry.optionalDependencies ?? {})
    .filter(([name]) => !resolves(path, name))
    .map(([name, version]) => ({ name, version, owner: entry })),
)
const builds = Object.entries(lock.packages).filter(([name, { libc }]) => !libc && libraryOf(name) !== undefined)
// A range names no version: only a registry that has the package could, so it has to be installed from there.
const unknown = missing.filter(({ version }) => !/^\d+\.\d+\.\d+[\w.+-]*$/.test(version))
for (const { name, version } of missing) console.log(`${name}@${version}`)
for (const [name] of builds) console.log(`${name}: built for ${libraryOf(name)}`)
if (process.argv.includes('--check') || unknown.length > 0) {
  if (unknown.length > 0)
    console.log(`Not exact, so they cannot be added: ${unknown.map(({ name }) => name).join(', ')}`)
  process.exitCode = missing.length + builds.length > 0 ? 1 : 0
} else {
  for (const { name, version, owner } of missing) lock.packages[`node_modules/${name}`] = entryFor(name, version, owner)
  for (const [name, entry] of builds) entry.libc = [libraryOf(name)]
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)))
  writeFileSync(file, `${JSON.stringify(lock, undefined, 2)}\n`)
  console.log(`${missing.length} added, ${builds.length} completed; now try: npm ci`)
}

/** Whether a package is found from the folder of another one, as Node looks for it: there, then upwards. */
function resolves(path, name) {
  const above = path.split('node_modules/').map((_, index, parts) => parts.slice(0, index + 1).join('node_modules/'))
  return above.some(
    folder => `${folder === '' || folder.endsWith('/') ? folder : `${folder}/`}node_modules/${name}` in lock.packages,
  )
}

/** The C library of a package for Linux whose name says it. */
function libraryOf(name) {
  return /-linux-.*musl/.test(name) ? 'musl' : /-linux-.*gnu/.test(name) ? 'glibc' : undefined
}

/** What npm would have written, as far as `npm ci` reads it; the name says which system and processor. */
function entryFor(name, version, owner) {
  const words = name.split(/[/-]/)
  const cpu = processors.find(processor => words.includes(processor))
  const os = systems.find(system => words.includes(system))
  return {
    version,
    ...(cpu && { cpu: [cpu] }),
    ...(owner.dev && { dev: true }),
    ...(libraryOf(name) && { libc: [libraryOf(name)] }),
    ...(owner.license && { license: owner.license }),
    optional: true,
    ...(os && { os: [os] }),
  }
}
