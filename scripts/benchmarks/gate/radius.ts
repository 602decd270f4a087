/** An access point's logins and accounting, so that a box that is weighed has done its RADIUS too. Runs itself on the phone. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { sharedSecret } from '#edge/radius/secret.ts'
import type { Lab } from '#scripts/network-lab/lab.ts'
import { accessRequest, accountingRequest } from '#test/edge/radius/client.ts'
import { RADIUS } from '#test/support/product.ts'

const LOGINS = 200
const ANSWER_MS_MAX = 5_000
const ACCESS_ACCEPT = 2

/** @returns logins that were accepted and told about. @throws when one was not. */
export async function logInOverRadius(lab: Lab): Promise<number> {
  const { stdout, stderr } = await lab.exec('phone1', [process.execPath, import.meta.filename, lab.addresses.edge.lan4])
  if (stdout !== String(LOGINS)) throw new Error(`RADIUS accepted ${stdout || 'none'} of ${LOGINS} logins: ${stderr.slice(0, 300)}`)
  return LOGINS
}

async function logIn(host: string): Promise<number> {
  const secret = sharedSecret(RADIUS.secret)
  const socket = createSocket('udp4')
  const ask = async (packet: Buffer, port: number): Promise<Buffer> => {
    socket.send(packet, port, host)
    const [answer] = (await once(socket, 'message', { signal: AbortSignal.timeout(ANSWER_MS_MAX) })) as [Buffer]
    return answer
  }
  let accepted = 0
  for (let index = 0; index < LOGINS; index += 1) {
    const identifier = index % 256
    const login = await ask(accessRequest({ userName: RADIUS.user, password: RADIUS.password, identifier, secret }), 1812)
    await ask(accountingRequest({ status: 1, sessionId: `bench-${index}`, identifier }, secret), 1813)
    if (login[0] === ACCESS_ACCEPT) accepted += 1
  }
  socket.close()
  return accepted
}

if (import.meta.main) process.stdout.write(String(await logIn(process.argv[2] ?? '')))
