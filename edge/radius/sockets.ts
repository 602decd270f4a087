import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'

/**
 * Room for a burst: the kernel's default of 208 KiB was measured to overflow beyond some 190 queued packets.
 * The kernel grants at most net.core.rmem_max.
 */
const RECEIVE_BUFFER_OCTETS = 4 * 1024 * 1024

export type Datagram = { octets: Buffer; from: RemoteInfo; socket: Socket }

/** @throws Error saying which address and port could not be had. */
export async function openSocket(
  host: string,
  port: number,
  onDatagram: (datagram: Datagram) => void,
  onError: () => void,
): Promise<Socket> {
  // Answers go to addresses, so there is nothing to look up: Node's own look-up would put every answer off by a turn.
  const family = isIPv6(host) ? 6 : 4
  const socket = createSocket({ type: family === 6 ? 'udp6' : 'udp4', lookup: (address, _options, done) => done(null, address, family) })
  try {
    const listening = once(socket, 'listening')
    socket.bind({ address: host, port })
    await listening
  } catch (cause) {
    socket.close()
    throw new Error(`Cannot listen for RADIUS on ${host} port ${port}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
  }
  socket.setRecvBufferSize(RECEIVE_BUFFER_OCTETS)
  // Past binding, an error is about one datagram (an unreachable client), never a reason to stop.
  socket.on('error', onError)
  socket.on('message', (octets, from) => onDatagram({ octets, from, socket }))
  return socket
}
