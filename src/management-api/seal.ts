import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const cipher = 'aes-256-gcm'
const [ivLength, tagLength] = [12, 16]

/** Encrypts a text so that only the holder of the API key can read it. */
export function seal(text: string, apiKey: string): string {
  const iv = randomBytes(ivLength)
  const sealing = createCipheriv(cipher, secretOf(apiKey), iv)
  const sealed = [sealing.update(text, 'utf8'), sealing.final()]
  return Buffer.concat([iv, sealing.getAuthTag(), ...sealed]).toString('base64')
}

/** Decrypts a sealed text. Throws if it was changed, or sealed for another key. */
export function unseal(sealed: string, apiKey: string): string {
  const bytes = Buffer.from(sealed, 'base64')
  const opening = createDecipheriv(cipher, secretOf(apiKey), bytes.subarray(0, ivLength))
  opening.setAuthTag(bytes.subarray(ivLength, ivLength + tagLength))
  return Buffer.concat([opening.update(bytes.subarray(ivLength + tagLength)), opening.final()]).toString('utf8')
}

const secretOf = (apiKey: string) => new Uint8Array(hkdfSync('sha256', apiKey, '', 'answers kept by tracker-links', 32))
