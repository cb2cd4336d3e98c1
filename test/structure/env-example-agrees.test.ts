import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import t from 'tap'
import { readSettings, settingsSchema } from '../../src/config/settings.ts'

const text = readFileSync(join(import.meta.dirname, '../../.env.example'), 'utf8')
const written = Object.fromEntries(
  [...text.matchAll(/^# ([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name as string, value as string]),
)

t.test('.env.example has every setting with its default, and no other', async t => {
  const settings = Object.entries(settingsSchema.properties as Record<string, { default?: string | number }>)
  t.same(written, Object.fromEntries(settings.map(([name, { default: standard }]) => [name, String(standard ?? '')])))
})

t.test('every variable that .env.example names is a setting', async t => {
  const named = [...text.matchAll(/\b[A-Z]+(?:_[A-Z]+)+\b/g)].map(([name]) => name.replace(/_FILE$/, ''))
  t.same(
    named.filter(name => !Object.hasOwn(settingsSchema.properties, name)),
    [],
  )
})

t.test('.env.example changes nothing, neither as it is nor with every line uncommented', async t => {
  t.same(readSettings(parseEnv(text)), readSettings({}))
  t.same(readSettings(parseEnv(text.replaceAll(/^# (?=[A-Z_]+=)/gm, ''))), readSettings({}))
})
