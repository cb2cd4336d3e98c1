import { setTimeout as sleep } from 'node:timers/promises'
import type { Attributes } from '@opentelemetry/api'
import type { FastifyPluginCallback, FastifyRequest } from 'fastify'
import type { TraceSettings } from '../config/trace-settings.ts'
import type { Logger } from '../logging/logger.ts'
import { loadLibraries } from './load-libraries.ts'
import { tellAbsence } from './telling-exporter.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Of the trace that the call belongs to; never set without traces. */
    traceId?: string | undefined
  }
}

export type Traces = {
  /** Begins a span for each request of the app's address `/`, and ends it. Registered before any route. */
  plugin: FastifyPluginCallback
  /** Whether the span of a request is sampled, so that it is worth describing. */
  isSampled: (request: FastifyRequest) => boolean
  /** Names the span of a request, and says what is known of it; `failure`: the code of an answer from 500 on. */
  describe: (request: FastifyRequest, name: string, attributes: Attributes, failure?: string) => void
  /** Does work in a span of its own, below that of the call in which it is done. `tell` adds how it ended. */
  inSpan: <T>(
    name: string,
    attributes: Attributes,
    work: () => Promise<T>,
    tell: (outcome: { value: T } | { error: unknown }) => Attributes,
  ) => Promise<T>
  /** Sends what is left, for 2 s at most. */
  close: () => Promise<void>
}

/** Milliseconds in which the last spans are sent at a stop. */
const lastExport = 2_000
/** Characters of an attribute. */
const mostCharacters = 256

/**
 * Loads OpenTelemetry and begins to trace. Throws ConfigFaults if it is not installed. Called once in a process: what
 * OpenTelemetry needs to know of is global.
 */
export async function openTraces(settings: TraceSettings, log: Logger): Promise<Traces> {
  const { fastify, api, ...libraries } = await loadLibraries()
  const { trace, SpanKind, SpanStatusCode } = api
  const provider = openProvider(settings, libraries, log)
  provider.register()
  const tracer = trace.getTracer('tracker-link-server')
  const instrumentation = new fastify.FastifyOtelInstrumentation({
    // A span for each hook would be twenty for a card; the message of an error may name an object.
    instrumentHooks: false,
    instrumentHandler: false,
    recordExceptions: false,
    ignorePaths: ({ url }) => url !== '/',
    requestHook: (span, request) => {
      request.traceId = span.spanContext().traceId
    },
  })
  return {
    plugin: instrumentation.plugin(),
    isSampled: request => request.opentelemetry().span?.isRecording() === true,
    describe: (request, name, attributes, failure) => {
      // Otherwise each error would have the words of our answer, which may name an object.
      const status =
        failure === undefined ? { code: SpanStatusCode.OK } : { code: SpanStatusCode.ERROR, message: failure }
      request.opentelemetry().span?.updateName(name).setAttributes(attributes).setStatus(status)
    },
    inSpan: (name, attributes, work, tell) =>
      tracer.startActiveSpan(name, { kind: SpanKind.CLIENT, attributes }, async span => {
        try {
          const value = await work()
          span.setAttributes(tell({ value }))
          return value
        } catch (error) {
          // Its message may name an object, and what the source answered.
          span.setAttributes(tell({ error })).setStatus({ code: SpanStatusCode.ERROR })
          throw error
        } finally {
          span.end()
        }
      }),
    close: async () => {
      const over = new AbortController()
      const sent = provider.shutdown().catch(() => undefined)
      await Promise.race([sent, sleep(lastExport, undefined, { signal: over.signal }).catch(() => undefined)])
      over.abort()
    },
  }
}

type Libraries = Omit<Awaited<ReturnType<typeof loadLibraries>>, 'fastify' | 'api'>

/** What samples spans, and sends those that ended in batches: at most 2,048 wait, further ones are dropped. */
function openProvider(settings: TraceSettings, { exporter, resources, sdk }: Libraries, log: Logger) {
  const { endpoint, headers, serviceName, resource } = settings
  const sent = new exporter.OTLPTraceExporter({ url: endpoint, headers })
  const telling = tellAbsence(sent, new URL(endpoint).host, log)
  return new sdk.NodeTracerProvider({
    resource: resources
      .defaultResource()
      .merge(resources.resourceFromAttributes({ ...resource, 'service.name': serviceName })),
    sampler: samplerOf(settings, sdk),
    spanLimits: { attributeValueLengthLimit: mostCharacters },
    spanProcessors: [new sdk.BatchSpanProcessor(telling)],
  })
}

function samplerOf({ sampler, ratio }: TraceSettings, sdk: Libraries['sdk']) {
  const root = sampler.endsWith('ratio')
    ? new sdk.TraceIdRatioBasedSampler(ratio)
    : sampler.endsWith('off')
      ? new sdk.AlwaysOffSampler()
      : new sdk.AlwaysOnSampler()
  return sampler.startsWith('parentbased') ? new sdk.ParentBasedSampler({ root }) : root
}
