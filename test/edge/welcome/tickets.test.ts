import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Complaint } from '#edge/wire/complaint.ts'
import type { TicketStatus } from '#edge/wire/kept-message.ts'
import { ask, OTHER_ADDRESS, shown, welcomeBox, type WelcomeBox } from './box.ts'

const TEXT = 'Lubang besar di depan SD Negeri 3.'
const CONTACT = '0812 3456 7890'

const formTokenOf = async (box: WelcomeBox, from?: string) =>
  shown((await ask(box, 'GET', '/aduan', from === undefined ? {} : { from })).body, 'complaint').formToken

async function file(box: WelcomeBox, change: Record<string, string> = {}, from?: string) {
  const formToken = await formTokenOf(box, from)
  const form = { formToken, category: 'jalan', text: TEXT, contact: CONTACT, anonymous: 'ya', ...change }
  return ask(box, 'POST', '/aduan', { form, ...(from === undefined ? {} : { from }) })
}

const complaintsIn = (box: WelcomeBox): Complaint[] =>
  box.outbox
    .pending('e', 0, 500)
    .filter((record) => record.kind === 'complaint')
    .map((record) => record.body as Complaint)

const codeOf = (answer: { headers: Record<string, unknown> }) =>
  /\/tiket\/([A-Z2-9-]{9})\?baru=1$/.exec(String(answer.headers['location']))?.[1] ?? ''

test('a complaint is filed before login, is on disk, and leads to its ticket', async (t) => {
  const box = await welcomeBox(t)
  const answer = await file(box)
  assert.equal(answer.statusCode, 303)
  const code = codeOf(answer)
  assert.deepEqual(complaintsIn(box), [{ code, category: 'jalan', text: TEXT, contact: CONTACT, anonymous: true, language: 'id' }])
  const body = (await ask(box, 'GET', `/tiket/${code}?baru=1`)).body
  const ticket = shown(body, 'ticket')
  assert.deepEqual([ticket.code, ticket.fresh, ticket.category, ticket.delivered, ticket.history], [code, true, 'jalan', false, []])
  assert.equal(ticket.filedAt, box.clock.now().at)
})

test('neither words nor contact nor device can be read from the ticket or rest in visitors.db', async (t) => {
  const box = await welcomeBox(t)
  const code = codeOf(await file(box))
  const body = (await ask(box, 'GET', `/tiket/${code}`, { from: OTHER_ADDRESS })).body
  assert.equal(shown(body, 'ticket').code, code)
  assert.doesNotMatch(body, /Lubang|0812|aa:bb/)
  const rows = JSON.stringify(box.db().prepare('SELECT * FROM tickets').all())
  assert.doesNotMatch(rows, /Lubang|0812/)
  // The device is kept for the hourly limit only.
  box.clock.pass(3601)
  await ask(box, 'GET', '/aduan')
  assert.deepEqual(box.db().prepare('SELECT device FROM tickets').all(), [{ device: null }])
})

test('one form makes one ticket, however often it is sent', async (t) => {
  const box = await welcomeBox(t)
  const formToken = await formTokenOf(box)
  const form = { formToken, category: 'jalan', text: TEXT }
  const codes = []
  for (let i = 0; i < 3; i++) codes.push(codeOf(await ask(box, 'POST', '/aduan', { form })))
  assert.equal(new Set(codes).size, 1)
  assert.equal(complaintsIn(box).length, 1)
})

test('a form of another device, altered or missing, files nothing and keeps what was typed', async (t) => {
  const box = await welcomeBox(t)
  const theirs = await formTokenOf(box, OTHER_ADDRESS)
  for (const formToken of [theirs, '', 'x.y', `${theirs}=`]) {
    const answer = await ask(box, 'POST', '/aduan', { form: { formToken, category: 'jalan', text: TEXT } })
    assert.equal(answer.statusCode, 400)
    const page = shown(answer.body, 'complaint')
    assert.equal(page.values.text, TEXT)
    assert.notEqual(page.formToken, formToken)
  }
  assert.equal(complaintsIn(box).length, 0)
})

test('a wrong form comes back with what was typed and its problems, scripts as text', async (t) => {
  const box = await welcomeBox(t)
  const script = '<script>alert(1)</script>'
  const answer = await file(box, { category: script, text: script, contact: script })
  assert.equal(answer.statusCode, 400)
  const page = shown(answer.body, 'complaint')
  assert.deepEqual(page.problems, { category: 'unknown', contact: 'not-a-contact' })
  assert.deepEqual([page.values.text, page.values.contact], [script, script])
  assert.doesNotMatch(answer.body, /<script>alert/)
  for (const url of [
    `/tiket?kode=${encodeURIComponent(script)}`,
    `/tiket/${encodeURIComponent(script)}`,
    `/?b=${encodeURIComponent(script)}`,
  ]) {
    assert.doesNotMatch((await ask(box, 'GET', url)).body, /<script>alert/)
  }
  assert.equal(complaintsIn(box).length, 0)
})

test('oversized, malformed, doubled and foreign-typed forms are refused without harm', async (t) => {
  const box = await welcomeBox(t)
  const formToken = await formTokenOf(box)
  const big = await ask(box, 'POST', '/aduan', { form: `text=${'x'.repeat(40_000)}` })
  assert.deepEqual([big.statusCode, shown(big.body, 'problem').kind], [413, 'too-large'])
  const doubled = await ask(box, 'POST', '/aduan', { form: `formToken=${formToken}&category=jalan&category=pohon&text=abcdefg` })
  assert.deepEqual([doubled.statusCode, shown(doubled.body, 'problem').kind], [400, 'bad-request'])
  for (const type of ['application/json', 'multipart/form-data; boundary=x', 'text/plain', 'application/xml', '', ';;;']) {
    const answer = await ask(box, 'POST', '/aduan', { form: '{"text":"abcdefg","__proto__":{"x":1}}', headers: { 'content-type': type } })
    assert.equal(answer.statusCode, 400, type)
  }
  for (const form of ['%', '=&=&=', '%ff%fe=%00', '__proto__[x]=1&constructor=1', 'a'.repeat(20_000), '&'.repeat(20_000)]) {
    assert.equal((await ask(box, 'POST', '/aduan', { form })).statusCode, 400, form.slice(0, 20))
  }
  assert.equal(complaintsIn(box).length, 0)
  assert.equal((await ask(box, 'GET', '/')).statusCode, 200)
})

test('the longest complaint in Javanese script fits the form', async (t) => {
  const box = await welcomeBox(t)
  assert.equal((await file(box, { text: 'ꦲ'.repeat(2000) })).statusCode, 303)
})

test('five an hour from one device, thirty from one hotspot, then the other doors', async (t) => {
  const box = await welcomeBox(t)
  for (let i = 0; i < 5; i++) assert.equal((await file(box)).statusCode, 303)
  const sixth = await file(box)
  assert.equal(sixth.statusCode, 429)
  const page = shown(sixth.body, 'complaint')
  assert.deepEqual([page.tooMany, page.values.text], [true, TEXT])
  assert.equal(shown((await ask(box, 'GET', '/aduan')).body, 'complaint').tooMany, true)
  for (let device = 0; device < 25; device++) {
    box.gate.neighbours.set(`10.77.1.${device}`, `aa:bb:cc:00:01:${device.toString(16).padStart(2, '0')}`)
    assert.equal((await file(box, {}, `10.77.1.${device}`)).statusCode, 303)
  }
  assert.equal((await file(box, {}, OTHER_ADDRESS)).statusCode, 429)
  assert.equal(complaintsIn(box).length, 30)
  box.clock.pass(3601)
  assert.equal((await file(box)).statusCode, 303)
})

test('when the outbox cannot keep it the visitor is told, nothing is left, and trying again works', async (t) => {
  const box = await welcomeBox(t)
  const formToken = await formTokenOf(box)
  const form = { formToken, category: 'jalan', text: TEXT }
  const { record } = box.outbox
  box.outbox.record = () => {
    throw new Error('disk full')
  }
  const answer = await ask(box, 'POST', '/aduan', { form })
  const page = shown(answer.body, 'complaint')
  assert.deepEqual([answer.statusCode, page.notKept, page.values.text, page.formToken], [503, true, TEXT, formToken])
  assert.deepEqual(box.db().prepare('SELECT * FROM tickets').all(), [])
  box.outbox.record = record
  assert.equal((await ask(box, 'POST', '/aduan', { form })).statusCode, 303)
  assert.equal(complaintsIn(box).length, 1)
})

test('when the ticket cannot be committed after its record, trying again gives the same complaint its code', async (t) => {
  const box = await welcomeBox(t)
  const formToken = await formTokenOf(box)
  const form = { formToken, category: 'jalan', text: TEXT }
  box.db().exec(`CREATE TRIGGER full BEFORE UPDATE OF seq ON tickets BEGIN SELECT RAISE(ABORT, 'disk full'); END`)
  assert.equal((await ask(box, 'POST', '/aduan', { form })).statusCode, 503)
  box.db().exec('DROP TRIGGER full')
  const code = codeOf(await ask(box, 'POST', '/aduan', { form }))
  assert.deepEqual(
    complaintsIn(box).map((complaint) => complaint.code),
    [code],
  )
})

test('the ticket says delivered once central has it, and shows the highest version of what central says', async (t) => {
  const box = await welcomeBox(t)
  const code = codeOf(await file(box))
  box.outbox.pending('e', 0, 10)
  box.outbox.acked({ epoch: box.outbox.epoch(), t: 0, e: 1 })
  assert.equal(shown((await ask(box, 'GET', `/tiket/${code}`)).body, 'ticket').delivered, true)

  const status = (version: number, word: TicketStatus['status'], more: Partial<TicketStatus> = {}): TicketStatus => ({
    code,
    version,
    status: word,
    at: version * 1000,
    ...more,
  })
  box.tickets.keepTicketStatus(status(3, 'selesai', { office: 'Dinas PUPR', answer: 'Sudah ditambal.', photo: 'AAAA' }))
  box.tickets.keepTicketStatus(status(2, 'proses', { office: 'Dinas PUPR' }))
  box.tickets.keepTicketStatus(status(3, 'selesai', { office: 'Dinas PUPR', answer: 'lain' }))
  const ticket = shown((await ask(box, 'GET', `/tiket/${code}`)).body, 'ticket')
  assert.deepEqual([ticket.latest?.version, ticket.latest?.answer, ticket.latest?.photo], [3, 'Sudah ditambal.', 'AAAA'])
  assert.deepEqual(ticket.history, [
    { status: 'proses', office: 'Dinas PUPR', at: 2000 },
    { status: 'selesai', office: 'Dinas PUPR', at: 3000 },
  ])
})

test('the answer to a ticket that this box has lost can still be read', async (t) => {
  const box = await welcomeBox(t)
  box.tickets.keepTicketStatus({ code: 'K7QF-M3TX', version: 1, status: 'menunggu', at: 5 })
  const ticket = shown((await ask(box, 'GET', '/tiket/k7qfm3tx')).body, 'ticket')
  assert.deepEqual([ticket.code, ticket.category, ticket.delivered], ['K7QF-M3TX', undefined, true])
})

test('a code typed by hand leads to its ticket; a wrong one says what is wrong', async (t) => {
  const box = await welcomeBox(t)
  const code = codeOf(await file(box))
  const typed = code.replace('-', ' ').toLowerCase()
  const found = await ask(box, 'GET', `/tiket?kode=${encodeURIComponent(typed)}&b=en`)
  assert.deepEqual([found.statusCode, found.headers.location], [303, `/tiket/${code}?b=en`])
  assert.equal((await ask(box, 'POST', '/tiket', { form: { kode: typed } })).headers.location, `/tiket/${code}?b=en`.replace('?b=en', ''))
  const malformed = shown((await ask(box, 'GET', '/tiket?kode=hello')).body, 'ticket-lookup')
  assert.deepEqual([malformed.problem, malformed.entered], ['format', 'hello'])
  assert.equal(shown((await ask(box, 'GET', '/tiket?kode=AAAA-AAAA')).body, 'ticket-lookup').problem, 'not-found')
  assert.equal(shown((await ask(box, 'GET', '/tiket')).body, 'ticket-lookup').problem, undefined)
})

test('guessing codes ends after ten tries a minute, for the one who guesses only', async (t) => {
  const box = await welcomeBox(t)
  const code = codeOf(await file(box))
  for (let i = 0; i < 10; i++) {
    const guess = i % 2 ? '/tiket?kode=AAAA-AAAA' : '/tiket/AAAA-AAAB'
    assert.equal((await ask(box, 'GET', guess, { from: OTHER_ADDRESS })).statusCode, 404)
  }
  for (const url of [`/tiket/${code}`, `/tiket?kode=${code}`]) {
    const answer = await ask(box, 'GET', url, { from: OTHER_ADDRESS })
    assert.deepEqual([answer.statusCode, shown(answer.body, 'ticket-lookup').problem], [429, 'too-often'])
  }
  assert.equal((await ask(box, 'GET', `/tiket/${code}`)).statusCode, 200)
  box.clock.pass(61)
  assert.equal((await ask(box, 'GET', `/tiket/${code}`, { from: OTHER_ADDRESS })).statusCode, 200)
})
