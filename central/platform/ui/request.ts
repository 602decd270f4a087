/** Talking to central's API from a screen. A refusal is a value; the screen decides what to say. */
import type { Refusal } from '../accounts/api.ts'

export type Answered<T> =
  | { ok: true; value: T }
  | { ok: false; status: number; code: string; why?: string; retryAfter?: number; body: unknown }

/** Longer than the slowest page of the server, shorter than a person's patience. */
const TIMEOUT_MS = 20_000

const signedOutListeners = new Set<() => void>()
/** Called whenever any request learns that nobody is signed in any more. */
export function onSignedOut(listener: () => void): () => void {
  signedOutListeners.add(listener)
  return () => signedOutListeners.delete(listener)
}

async function send<T>(method: string, path: string, body?: unknown): Promise<Answered<T>> {
  const init: RequestInit = { method, credentials: 'same-origin', cache: 'no-store', signal: AbortSignal.timeout(TIMEOUT_MS) }
  if (body instanceof FormData) init.body = body
  else if (body !== undefined) {
    init.body = JSON.stringify(body)
    init.headers = { 'content-type': 'application/json' }
  }
  let response: Response
  try {
    response = await fetch(path, init)
  } catch {
    return { ok: false, status: 0, code: 'unreachable', body: null }
  }
  const parsed = await parse(response)
  if (response.ok) return { ok: true, value: parsed as T }
  const refusal = (parsed ?? {}) as Partial<Refusal>
  if (response.status === 401 && refusal.code !== 'wrong-credentials' && refusal.code !== 'wrong-code') {
    for (const listener of signedOutListeners) listener()
  }
  const retryAfter = Number(response.headers.get('retry-after'))
  return {
    ok: false,
    status: response.status,
    code: typeof refusal.code === 'string' ? refusal.code : `http-${response.status}`,
    ...(typeof refusal.why === 'string' ? { why: refusal.why } : {}),
    ...(retryAfter > 0 ? { retryAfter } : {}),
    body: parsed,
  }
}

async function parse(response: Response): Promise<unknown> {
  const text = await response.text().catch(() => '')
  if (text === '') return null
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

export const get = <T>(path: string): Promise<Answered<T>> => send('GET', path)
export const post = <T>(path: string, body: unknown = {}): Promise<Answered<T>> => send('POST', path, body)
export const put = <T>(path: string, body: unknown): Promise<Answered<T>> => send('PUT', path, body)
export const remove = <T>(path: string): Promise<Answered<T>> => send('DELETE', path)
export const upload = <T>(path: string, field: string, file: File): Promise<Answered<T>> => {
  const form = new FormData()
  form.append(field, file)
  return send('POST', path, form)
}
