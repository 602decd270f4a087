/**
 * Both libraries take any datagram that reaches their socket, from anybody, and number their requests predictably: a guest on
 * the same LAN could speak for a switch. And both let an exception over a malformed packet out of the event handler, which
 * ends the program. Here their listener is put behind a check.
 */
import type { Socket } from 'node:dgram'
import { isIPv6, SocketAddress } from 'node:net'

type Listener = (bytes: Buffer, from: { address: string; port: number }) => void

/** The spelling the kernel uses for a sender's address. */
export function canonicalAddress(address: string): string {
  const [bare = '', zone] = address.split('%')
  const spelled = new SocketAddress({ address: bare, family: isIPv6(bare) ? 'ipv6' : 'ipv4' }).address
  return zone === undefined ? spelled : `${spelled}%${zone}`
}

/** @param onRubbish told of each datagram from the device that made the library throw. */
export function listenOnlyTo(socket: Socket, device: { address: string; port: number }, onRubbish: () => void): void {
  const listeners = socket.listeners('message') as Listener[]
  socket.removeAllListeners('message')
  socket.on('message', (bytes, from) => {
    if (from.port !== device.port || from.address !== device.address) return
    try {
      for (const listener of listeners) listener.call(socket, bytes, from)
    } catch {
      onRubbish()
    }
  })
}
