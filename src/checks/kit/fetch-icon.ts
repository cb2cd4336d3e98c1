/** Milliseconds for an icon. */
const patience = 5_000

/** Why no image can be loaded from an address by somebody without a token; undefined if one can. */
export async function fetchIcon(url: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]) })
    await answer.body?.cancel()
    const type = answer.headers.get('content-type') ?? 'no type'
    if (!answer.ok) return `is answered ${answer.status}`
    return type.startsWith('image/') ? undefined : `has ${type}, and is no image`
  } catch (error) {
    const { cause, message } = error as Error & { cause?: { code?: string } }
    return `cannot be loaded (${cause?.code ?? message})`
  }
}
