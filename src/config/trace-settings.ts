import type { PathFault } from './config-faults.ts'
import { address, secret, text } from './schemas/schema-parts.ts'

/** The standard variables of OpenTelemetry that this server knows, as a part of the settings. */

const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const

const pairs = {
  pattern: '^\\s*[^\\s=,]+\\s*=[^,]*(,\\s*[^\\s=,]+\\s*=[^,]*)*$',
  patternErrorMessage: 'They are `name=value` with commas between; what is special in a value is written as `%2C`.',
}

const standardName = 'tracker-link-server'

export const traceSettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: address(
    'Where traces are sent, by OTLP over HTTP: the address of a collector, to which `/v1/traces` is added. Without this and the next one there are no traces, and nothing of OpenTelemetry is loaded. See [traces](traces.md), also for what has to be installed.',
    { examples: ['http://127.0.0.1:4318'] },
  ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: address(
    'The same, as the whole address; takes precedence over `OTEL_EXPORTER_OTLP_ENDPOINT`.',
    { examples: ['http://127.0.0.1:4318/v1/traces'] },
  ),
  OTEL_EXPORTER_OTLP_HEADERS: secret('Headers that the collector wants, such as `authorization=Bearer%20…`.', {
    ...pairs,
    examples: ['authorization=Bearer%20secret'],
  }),
  OTEL_EXPORTER_OTLP_PROTOCOL: {
    enum: ['http/protobuf'],
    description: 'The form in which traces are sent; there is no other.',
    default: 'http/protobuf',
  },
  OTEL_SERVICE_NAME: text('The name of this server in traces.', {
    default: standardName,
    examples: ['tracker-links'],
  }),
  OTEL_RESOURCE_ATTRIBUTES: text('What traces say of this server beside its name.', {
    ...pairs,
    examples: ['deployment.environment.name=production'],
  }),
  OTEL_TRACES_SAMPLER: {
    enum: samplers,
    description:
      'Which calls are traced. The standard one keeps to what the caller decided, and takes every other call.',
    default: 'parentbased_always_on',
  },
  OTEL_TRACES_SAMPLER_ARG: text('The part of the calls that a sampler with `ratio` takes.', {
    pattern: '^(0|1|0?\\.\\d+|[01]\\.0+)$',
    patternErrorMessage: 'It is a number from 0 to 1.',
    examples: ['0.1'],
  }),
  OTEL_SDK_DISABLED: {
    enum: ['true', 'false'],
    description: '`true` switches traces off, whatever else is set.',
    default: 'false',
  },
} as const

type Values = {
  OTEL_EXPORTER_OTLP_ENDPOINT?: string
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?: string
  OTEL_EXPORTER_OTLP_HEADERS?: string
  OTEL_SERVICE_NAME?: string
  OTEL_RESOURCE_ATTRIBUTES?: string
  OTEL_TRACES_SAMPLER?: (typeof samplers)[number]
  OTEL_TRACES_SAMPLER_ARG?: string
  OTEL_SDK_DISABLED?: string
}

/** Where traces go, and what they say of this server. */
export type TraceSettings = {
  endpoint: string
  headers: Record<string, string>
  serviceName: string
  resource: Record<string, string>
  sampler: (typeof samplers)[number]
  /** The part of the calls that is traced, by a sampler that looks at it. */
  ratio: number
}

/** The settings of traces; undefined: there are none. */
export function readTraceSettings(values: Values): TraceSettings | undefined {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: base, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: whole } = values
  const endpoint = whole ?? (base === undefined ? undefined : `${base.replace(/\/+$/, '')}/v1/traces`)
  if (endpoint === undefined || values.OTEL_SDK_DISABLED === 'true') return undefined
  return {
    endpoint,
    headers: readPairs(values.OTEL_EXPORTER_OTLP_HEADERS) ?? {},
    serviceName: values.OTEL_SERVICE_NAME ?? standardName,
    resource: readPairs(values.OTEL_RESOURCE_ATTRIBUTES) ?? {},
    sampler: values.OTEL_TRACES_SAMPLER ?? traceSettings.OTEL_TRACES_SAMPLER.default,
    ratio: Number(values.OTEL_TRACES_SAMPLER_ARG ?? 1),
  }
}

/** What a pattern cannot tell: whether each `%` begins a character. */
export function faultsOfPairs(values: Values): PathFault[] {
  return (['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_RESOURCE_ATTRIBUTES'] as const)
    .filter(name => readPairs(values[name]) === undefined)
    .map(name => ({ path: [name], rule: 'a % in it begins no character', hint: 'Write a % of its own as %25.' }))
}

/** `a=1,b=2`, percent-encoded as in a URL; undefined if it is not. */
function readPairs(written = ''): Record<string, string> | undefined {
  const parts = written.split(',').filter(part => part.includes('='))
  try {
    return Object.fromEntries(
      parts.map(part => {
        const at = part.indexOf('=')
        return [part.slice(0, at).trim(), decodeURIComponent(part.slice(at + 1).trim())]
      }),
    )
  } catch {
    return undefined
  }
}
