import { ConfigFaults } from '../config/config-faults.ts'

/** The packages of traces, in the versions that were tested: none of them is installed with the server. */
const tracePackages = {
  '@fastify/otel': '0.21.2',
  '@opentelemetry/api': '1.9.1',
  '@opentelemetry/exporter-trace-otlp-proto': '0.223.1',
  '@opentelemetry/resources': '2.12.1',
  '@opentelemetry/sdk-trace-node': '2.12.1',
} as const

/** Loads them; ConfigFaults if one is missing. */
export async function loadLibraries() {
  try {
    const [fastify, api, exporter, resources, sdk] = await Promise.all([
      import('@fastify/otel'),
      import('@opentelemetry/api'),
      import('@opentelemetry/exporter-trace-otlp-proto'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/sdk-trace-node'),
    ])
    return { fastify, api, exporter, resources, sdk }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw missing()
  }
}

const missing = () => {
  const packages = Object.entries(tracePackages).map(([name, version]) => `${name}@${version}`)
  return new ConfigFaults([
    {
      field: 'OTEL_EXPORTER_OTLP_ENDPOINT',
      rule: 'traces need packages that are not installed beside this server',
      // The command first: a full stop after it would be copied with it.
      hint: `Run npm install ${packages.join(' ')} where the server is installed, or set OTEL_SDK_DISABLED=true`,
    },
  ])
}
