/** A metric as docs/monitoring.md lists it. `labels` come in this order. */
export type Metric = {
  name: string
  type: 'counter' | 'gauge' | 'histogram'
  help: string
  labels: readonly string[]
}

const metric = (type: Metric['type'], name: string, help: string, ...labels: string[]): Metric => ({
  name,
  type,
  help,
  labels,
})

/**
 * All metrics, in the order of a scrape. Those with the label `application` have at most 20 series for each (12 of its calls, 3 of its
 * source, 3 of its mirror, 2 of its follower): what is added for an application has to take the place of something.
 */
export const metrics = [
  metric(
    'counter',
    'tracker_links_calls_total',
    'Calls to the public port that were answered. 304 counts as 2xx.',
    'application',
    'call',
    'status',
    'source',
  ),
  metric(
    'histogram',
    'tracker_links_call_duration_seconds',
    'Time until the answer, of calls whose caller was let in.',
    'call',
    'source',
  ),
  metric('counter', 'tracker_links_cards_not_modified_total', 'Cards that the caller had already: answers 304.'),
  metric('gauge', 'tracker_links_calls_in_flight', 'Calls that have begun and not ended.', 'kind'),
  metric('gauge', 'tracker_links_cards_in_memory', 'Cards in memory.'),
  metric('gauge', 'tracker_links_card_memory_bytes', 'Bytes that the cards in memory take, as estimated.'),
  metric(
    'counter',
    'tracker_links_source_answers_total',
    'Questions to an object source: answered, also with no such object, or failed.',
    'application',
    'result',
  ),
  metric(
    'gauge',
    'tracker_links_source_breaker_state',
    'Whether an object source is asked: 0 yes, 1 one question tries it, 2 it is left alone after failures.',
    'application',
  ),
  metric('gauge', 'tracker_links_database_connections', 'Open connections.', 'pool', 'state'),
  metric('gauge', 'tracker_links_database_connections_max', 'Connections that a pool may open.', 'pool'),
  metric('gauge', 'tracker_links_database_waiting', 'Statements that wait for a connection.', 'pool'),
  metric(
    'gauge',
    'tracker_links_scrape_database_up',
    'Whether the database answered the last question of a scrape within 1 s; if not, what it knows is the last known.',
  ),
  metric(
    'gauge',
    'tracker_links_scrape_database_age_seconds',
    'Age of what the database knows: the mirror and the followers.',
  ),
  metric(
    'gauge',
    'tracker_links_mirror_waiting_links',
    'Links that wait to be sent to Tracker, counted up to 10,000.',
    'application',
  ),
  metric(
    'gauge',
    'tracker_links_mirror_oldest_waiting_seconds',
    'Time since the link that has waited longest was changed; 0 if none waits.',
    'application',
  ),
  metric(
    'gauge',
    'tracker_links_mirror_stops',
    'Stops of the mirror: of the application or of its issues.',
    'application',
  ),
  metric(
    'gauge',
    'tracker_links_feed_lag_events',
    'Events of the change feed that a follower has not read, counted up to 10,000.',
    'application',
    'follower',
  ),
  metric(
    'gauge',
    'tracker_links_feed_lag_seconds',
    'Age of the oldest event that a follower has not read; 0 if it has read all.',
    'application',
    'follower',
  ),
  metric('gauge', 'tracker_links_build_info', 'Always 1.', 'version', 'node', 'replica'),
  metric('gauge', 'tracker_links_applications', 'Applications that are served.'),
  metric('gauge', 'tracker_links_workers', 'Processes that answer calls.'),
  metric('counter', 'tracker_links_worker_restarts_total', 'Workers that were started in place of one that ended.'),
  metric(
    'gauge',
    'tracker_links_event_loop_lag_seconds',
    'How late the event loop was since the scrape before, above its 20 ms.',
    'statistic',
  ),
  metric('counter', 'process_cpu_seconds_total', 'Processor time of the process.'),
  metric('gauge', 'process_resident_memory_bytes', 'Memory of the process.'),
  metric('gauge', 'process_start_time_seconds', 'When the process began, in seconds since 1970.'),
  metric('gauge', 'tracker_links_heap_used_bytes', 'Memory of JavaScript in use.'),
] as const satisfies readonly Metric[]
