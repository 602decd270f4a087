import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openEap } from '#edge/radius/eap/engine.ts'
import { renewing } from '#edge/radius/eap/renewal.ts'
import { accounts, authority, settings } from './site.ts'
import { logIn } from './supplicant.ts'

test('a newer revocation list is taken within a minute, a damaged one changes nothing and is told once', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const client = await authority.issue({ name: 'budi' })
  const first = settings({ methods: ['tls'], revocationLists: await authority.revocationList([]) })
  let found = first
  let fails = ''
  const problems: string[] = []
  const read = () => {
    if (fails !== '') throw new Error(fails)
    return found
  }
  const engine = renewing(openEap({ settings: first, accounts: accounts() }), first, read, (reason) => problems.push(reason))
  const outcome = async (): Promise<string> => {
    const { last } = await logIn(engine, { method: 'tls', client })
    return 'reason' in last ? last.reason : last.kind
  }
  t.after(() => engine.close())
  assert.equal(await outcome(), 'accept')

  fails = 'no such file'
  t.mock.timers.tick(180_000)
  fails = ''
  found = settings({ methods: ['tls'], revocationLists: 'cut off' })
  t.mock.timers.tick(60_000)
  assert.deepEqual(problems, ['no such file', 'EAP-TLS: the revocation list holds none'])
  assert.equal(await outcome(), 'accept')

  found = settings({ methods: ['tls'], revocationLists: await authority.revocationList([client.serial]) })
  t.mock.timers.tick(60_000)
  assert.equal(await outcome(), 'certificate-revoked')
})
