/**
 * Questions under way. Closing ends them, also those that a library has not sent yet and would then forget; and so does an
 * answer that is no SNMP, over which a library may forget the question too.
 */
import { SnmpError } from './port.ts'

export function openQuestions() {
  const rejections = new Set<(error: SnmpError) => void>()
  let closed = false
  const fail = (error: SnmpError) => {
    for (const reject of rejections) reject(error)
  }
  return {
    /** @param send is called at once, with what to call with the answer or the refusal; the first call counts. */
    async ask<T>(send: (resolve: (value: T) => void, reject: (error: SnmpError) => void) => void): Promise<T> {
      if (closed) throw new SnmpError('no-answer', 'the session is closed')
      const { promise, resolve, reject } = Promise.withResolvers<T>()
      rejections.add(reject)
      try {
        send(resolve, reject)
        return await promise
      } finally {
        rejections.delete(reject)
      }
    },
    sawRubbish: () => fail(new SnmpError('unreadable', 'what came is no SNMP')),
    /** @returns false when it was closed before. */
    close(): boolean {
      if (closed) return false
      closed = true
      fail(new SnmpError('no-answer', 'given up'))
      return true
    },
  }
}
