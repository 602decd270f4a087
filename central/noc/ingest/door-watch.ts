/** Ends the connections of boxes whose certificate no longer counts, and lets a broker elsewhere know which those are. */
import type { Authority } from '../../pki/authority.ts'
import type { CertificateStore } from '../../pki/certificates.ts'
import { revocationFile } from '../../pki/revocation-file.ts'
import { createRevocations } from '../../pki/revocations.ts'
import type { Broker } from './broker-port.ts'

export type DoorWatchDeps = {
  store: CertificateStore
  broker: Pick<Broker, 'present' | 'disconnect'>
  /** The broker is a program of its own, which lets running connections go on. */
  isElsewhere: boolean
  /** One process of central does what is due for all of them: the list, and ending connections elsewhere. */
  isInCharge: boolean
  pki: { authority: Authority; crlFile?: string | undefined } | undefined
  now: () => number
}

export function createDoorWatch({ store, broker, isElsewhere, isInCharge, pki, now }: DoorWatchDeps) {
  const revocations = createRevocations({ store, now })
  const writeList = pki?.crlFile === undefined ? undefined : revocationFile({ ...pki, file: pki.crlFile, now })
  return {
    /** Whose certificate was taken back, here or by another process. To be called every second. */
    async look(): Promise<void> {
      await revocations.look()
      if (isElsewhere && isInCharge) for (const { name } of revocations.recent()) broker.disconnect(name)
      for (const [node, credential] of broker.present()) {
        // One that ended while it was in use, too: the box comes back with the one it has renewed, or not at all.
        const isOver = credential.kind === 'certificate' && (revocations.isRevoked(credential.serial) || now() > credential.notAfter)
        if (isOver) broker.disconnect(node)
      }
      if (isInCharge) await writeList?.(revocations.list())
    },
    /**
     * Asked for every packet. The embedded broker shuts its door itself, and what it let in before that is the box's; who still
     * speaks elsewhere has not been thrown out yet.
     */
    isShutOut(node: string): boolean {
      const isOut = isElsewhere && revocations.isShutOut(node)
      if (isOut) broker.disconnect(node)
      return isOut
    },
  }
}
