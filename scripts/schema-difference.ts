import { readFile } from 'node:fs/promises'
import { PrismaPg } from '@prisma/adapter-pg'
import { ColumnTypeEnum, type SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import { migrate } from '../src/storage/database/migrations/migrate.ts'
import { openSchemaEngine } from './schema-engine.ts'

/** prisma/schema.prisma. */
export const readSchema = () => readFile(new URL('../prisma/schema.prisma', import.meta.url), 'utf8')

/**
 * Applies all migrations to an empty database and returns the SQL that would bring it from there to a Prisma schema: an
 * empty text where the two agree. What the schema cannot say, such as a CHECK, is not compared.
 */
export async function schemaDifference(emptyDatabaseUrl: string, schema: string): Promise<string> {
  await migrate({ databaseUrl: emptyDatabaseUrl, log: { info: () => {}, warn: () => {}, error: () => {} } })
  const files = [{ path: 'schema.prisma', content: schema }]
  const engine = await openSchemaEngine(readableCatalog(emptyDatabaseUrl), schema)
  try {
    const { stdout } = await engine.diff({
      from: { tag: 'schemaDatasource', configDir: '.', files },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: null,
      filters: { externalTables: ['public._prisma_migrations'], externalEnums: [] },
    })
    const sql = stdout?.trim() ?? ''
    return sql === '-- This is an empty migration.' ? '' : sql
  } finally {
    engine.free()
  }
}

type Fields = { fields: { dataTypeID: number }[] }

// PostgreSQL's object ids of two types.
const char = 18
const text = 25

/**
 * The engine reads columns of PostgreSQL's type "char" from the catalog, and the pg adapter refuses that type: the adapter is
 * told that they are texts, and the engine that they are characters.
 */
function readableCatalog(databaseUrl: string): SqlMigrationAwareDriverAdapterFactory {
  const factory = new PrismaPg({ connectionString: databaseUrl, max: 1 })
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connectToShadowDb: () => factory.connectToShadowDb(),
    connect: async () => {
      const adapter = await factory.connect()
      const pool = adapter.underlyingDriver() as unknown as { query(...query: unknown[]): Promise<Fields> }
      const query = pool.query.bind(pool)
      let isChar: boolean[] = []
      pool.query = async (...args) => {
        const result = await query(...args)
        isChar = result.fields.map(field => field.dataTypeID === char)
        for (const field of result.fields) if (field.dataTypeID === char) field.dataTypeID = text
        return result
      }
      const queryRaw = adapter.queryRaw.bind(adapter)
      adapter.queryRaw = async sql => {
        const result = await queryRaw(sql)
        const columnTypes = result.columnTypes.map((type, index) => (isChar[index] ? ColumnTypeEnum.Character : type))
        return { ...result, columnTypes }
      }
      return adapter
    },
  }
}
