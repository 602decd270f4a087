/** People at central as a scenario needs them: signed in over real HTTP, each with a cookie of their own. */
import assert from 'node:assert/strict'

export type Staff = {
  get<T>(path: string): Promise<T>
  post<T>(path: string, body: unknown): Promise<T>
  upload(name: string, bytes: Uint8Array, type: string): Promise<{ sha256: string }>
  cookie(): string
}

export const PASSWORD = 'jembatan-hujan-42-biru'

/** Signs in with a one-time code and sets a password, as an invited person does. */
export async function signInByCode(origin: string, code: string, choose: { username?: string; name?: string } = {}): Promise<Staff> {
  let cookie = ''
  const ask = async <T>(method: string, path: string, body?: BodyInit, type?: string): Promise<T> => {
    const response = await fetch(origin + path, {
      method,
      headers: { origin, cookie, ...(type === undefined ? {} : { 'content-type': type }) },
      ...(body === undefined ? {} : { body }),
    })
    const set = response.headers.get('set-cookie')
    if (set) cookie = set.split(';')[0]!
    const text = await response.text()
    assert.ok(response.ok, `${method} ${path} answered ${response.status}: ${text}`)
    return (text === '' ? undefined : JSON.parse(text)) as T
  }
  const staff: Staff = {
    get: (path) => ask('GET', path),
    post: (path, body) => ask('POST', path, JSON.stringify(body), 'application/json'),
    upload(name, bytes, type) {
      const form = new FormData()
      form.append('file', new Blob([Uint8Array.from(bytes)], { type }), name)
      return ask('POST', '/api/files', form)
    },
    cookie: () => cookie,
  }
  await staff.post('/api/sign-in/code', { code })
  await staff.post('/api/password', { ...choose, password: PASSWORD })
  return staff
}

type PositionRow = { id: number; name: string; role: string; opd: { id: number; short: string } }

/** Invites somebody to a position and signs them in. */
export async function invited(
  origin: string,
  admin: Staff,
  wanted: { role: string; opd: string },
  username: string,
  name: string,
): Promise<Staff> {
  const list = await admin.get<PositionRow[] | { positions: PositionRow[] }>('/api/positions')
  const positions = Array.isArray(list) ? list : list.positions
  const position = positions.find((each) => each.role === wanted.role && each.opd.short === wanted.opd)
  assert.ok(position, `there is a position ${wanted.role} at ${wanted.opd}`)
  const { code } = await admin.post<{ code: string }>(`/api/positions/${position.id}/invite`, { name, username })
  return signInByCode(origin, code)
}
