// Removes from node_modules what nothing of this project can reach and npm cannot leave out: 150 MB in a checkout. npm runs
// it after every install (`prepare`), and `npm pack` bundles what is left of the packages in `bundleDependencies`. Plain
// JavaScript for any Node, because nothing else may be installed yet.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const packages = fileURLToPath(new URL('../node_modules', import.meta.url))
/** Folders of packages, and the names in them that go. */
const unreached = [
  // Query compilers for other databases and for edge runtimes, and each of them once more for CommonJS: prisma/schema.prisma
  // asks for the small one for PostgreSQL.
  [
    '@prisma/client/runtime',
    /^query_compiler_(?!small_bg\.postgresql\.)|^query_compiler_.*\.js$|^wasm-compiler|\.map$/,
  ],
  // The page loads one bundle and one style sheet.
  ['swagger-ui-dist', /\.map$|^log\.|^swagger-ui(-es-bundle|-es-bundle-core|-standalone-preset)?\.js/],
  // It tells its maker's service of every install, and does nothing else.
  ['@scarf', /^scarf$/],
  // Headers to build native modules against: there are none here.
  ...readable('node/node_modules')
    .filter(name => name.startsWith('node-'))
    .map(name => [`node/node_modules/${name}`, /^include$/]),
]
// In a production install npm leaves the compiler, because @prisma/client names it as a peer that it can do without.
if (!existsSync(`${packages}/tap`))
  unreached.push(['', /^typescript$/], ['@typescript', /^typescript-/], ['.bin', /^tsc$/])
for (const [folder, names] of unreached)
  for (const name of readable(folder).filter(name => names.test(name)))
    rmSync(`${packages}/${folder}/${name}`, { recursive: true })

// A package in a bundle must not ask for one that is not.
const viewer = `${packages}/swagger-ui-dist/package.json`
if (existsSync(viewer)) {
  const { dependencies, ...rest } = JSON.parse(readFileSync(viewer, 'utf8'))
  if (dependencies !== undefined) {
    // A new file: the old one may be a hard link into a store of packages.
    rmSync(viewer)
    writeFileSync(viewer, `${JSON.stringify(rest, undefined, 2)}\n`)
  }
}

function readable(folder) {
  return existsSync(`${packages}/${folder}`) ? readdirSync(`${packages}/${folder}`) : []
}
