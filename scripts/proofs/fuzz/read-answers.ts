/** An answer as a strict client reads it. */
export type FuzzAnswer = { status: number; headers: ReadonlyMap<string, string>; body: string }

/** Answers of one connection, and what is wrong with its bytes; `isWhole`: nothing more is due. */
export type Answers = { answers: FuzzAnswer[]; fault?: string; isWhole: boolean }

const goOn = 'HTTP/1.1 100 Continue\r\n\r\n'

/** Reads the answers to requests with these methods, byte by byte; so many of them are due. */
export function readAnswers(bytes: Buffer, methods: readonly string[], due: number): Answers {
  const answers: FuzzAnswer[] = []
  // A character for each byte.
  let rest = bytes.toString('latin1')
  for (;;) {
    if (rest.startsWith(goOn)) rest = rest.slice(goOn.length)
    if (rest === '') return { answers, isWhole: isOver(answers, due) }
    const end = rest.indexOf('\r\n\r\n')
    if (end < 0) return { answers, isWhole: false }
    const head = readHead(rest.slice(0, end))
    if (typeof head === 'string') return { answers, fault: head, isWhole: true }
    const method = methods[answers.length]
    const isBare = method === 'HEAD' || head.status === 204 || head.status === 304
    const body = isBare ? { text: '', rest: rest.slice(end + 4) } : readBody(head.headers, rest.slice(end + 4))
    if (typeof body === 'string') return { answers, fault: body, isWhole: true }
    if (body === undefined) return { answers, isWhole: false }
    answers.push({ ...head, body: Buffer.from(body.text, 'latin1').toString('utf8') })
    rest = body.rest
  }
}

/** After `Connection: close` no further answer is due. */
const isOver = (answers: readonly FuzzAnswer[], due: number) =>
  answers.length >= due || answers.at(-1)?.headers.get('connection') === 'close'

function readHead(head: string): { status: number; headers: Map<string, string> } | string {
  const [first = '', ...lines] = head.split('\r\n')
  const status = /^HTTP\/1\.1 ([1-5][0-9]{2}) [\x20-\x7e]+$/.exec(first)?.[1]
  if (status === undefined) return `no status line: ${JSON.stringify(first.slice(0, 100))}`
  const headers = new Map<string, string>()
  for (const line of lines) {
    const [, name, value] = /^([A-Za-z0-9-]+): ([\x20-\x7e]*)$/.exec(line) ?? []
    if (name === undefined || value === undefined) return `no header: ${JSON.stringify(line.slice(0, 100))}`
    if (headers.has(name.toLowerCase())) return `the header ${name} twice`
    headers.set(name.toLowerCase(), value)
  }
  return { status: Number(status), headers }
}

/** The body and what follows it; a fault; undefined if it has not come as a whole. */
function readBody(
  headers: ReadonlyMap<string, string>,
  rest: string,
): { text: string; rest: string } | string | undefined {
  if (headers.get('transfer-encoding') === 'chunked') return readChunks(rest)
  const length = headers.get('content-length')
  if (length === undefined || !/^[0-9]+$/.test(length)) return 'neither a length nor chunks'
  return rest.length < Number(length)
    ? undefined
    : { text: rest.slice(0, Number(length)), rest: rest.slice(Number(length)) }
}

function readChunks(whole: string): { text: string; rest: string } | string | undefined {
  let [text, rest] = ['', whole]
  for (;;) {
    const line = /^([0-9a-f]+)\r\n/i.exec(rest)
    if (!line) return rest.includes('\r\n') ? `no chunk: ${JSON.stringify(rest.slice(0, 40))}` : undefined
    const size = Number.parseInt(line[1] as string, 16)
    const start = line[0].length
    if (rest.length < start + size + 2) return undefined
    text += rest.slice(start, start + size)
    rest = rest.slice(start + size + 2)
    if (size === 0) return { text, rest }
  }
}
