import type { Voucher } from '../wire/policy.ts'
import type { Keeping } from './keeping.ts'
import type { VisitStore } from './store.ts'

/** Which device entered which voucher at this box. */
export function createHolders({ store, keeping }: { store: VisitStore; keeping: Keeping }) {
  /** Voucher → devices, device → vouchers; the one entered last at the end. */
  const byVoucher = new Map<string, Set<string>>()
  const byDevice = new Map<string, string[]>()

  function hold(voucher: string, device: string): void {
    byVoucher.set(voucher, (byVoucher.get(voucher) ?? new Set()).add(device))
    byDevice.set(device, [...(byDevice.get(device) ?? []).filter((id) => id !== voucher), voucher])
  }

  return {
    restore(): void {
      for (const { voucher, device } of keeping.read(store.holders)) hold(voucher, device)
    },
    of: (device: string): readonly string[] => byDevice.get(device) ?? [],

    /** @returns false when as many devices as it is good for have it. */
    take(voucher: Voucher, device: string): boolean {
      const holders = byVoucher.get(voucher.id)
      if (holders && !holders.has(device) && holders.size >= voucher.devices) return false
      hold(voucher.id, device)
      keeping.holder(voucher.id, device)
      keeping.save()
      return true
    },

    /** Vouchers that the city no longer knows are forgotten. */
    keepOnly(known: { has(voucher: string): boolean }): void {
      for (const [voucher, devices] of byVoucher) {
        if (known.has(voucher)) continue
        byVoucher.delete(voucher)
        keeping.voucherGone(voucher)
        for (const device of devices) {
          const left = (byDevice.get(device) ?? []).filter((id) => id !== voucher)
          if (left.length > 0) byDevice.set(device, left)
          else byDevice.delete(device)
        }
      }
    },
  }
}

export type Holders = ReturnType<typeof createHolders>
