/** Which devices entered which voucher by RADIUS at this box. The portal counts its own (sessions/holders.ts). */
import type { Voucher } from '../wire/policy.ts'

export type VoucherStore = {
  voucherHolders(): { voucher: string; device: string }[]
  /** False when it could not be made durable. */
  holdVoucher(voucher: string, device: string): boolean
  forgetVouchers(gone: readonly string[]): void
}

export type Vouchers = {
  /** `failed`: it could not be written down, so it is not given. */
  take(voucher: Voucher, device: string): 'taken' | 'full' | 'failed'
  /** Those that the city no longer knows are forgotten. */
  keepOnly(known: ReadonlySet<string>): void
}

export function openVouchers(store: VoucherStore): Vouchers {
  const byVoucher = new Map<string, Set<string>>()
  const hold = (voucher: string, device: string): void => {
    const devices = byVoucher.get(voucher)
    if (devices) devices.add(device)
    else byVoucher.set(voucher, new Set([device]))
  }
  for (const { voucher, device } of store.voucherHolders()) hold(voucher, device)
  return {
    take(voucher, device) {
      const devices = byVoucher.get(voucher.id)
      if (devices?.has(device)) return 'taken'
      if (devices && devices.size >= voucher.devices) return 'full'
      if (!store.holdVoucher(voucher.id, device)) return 'failed'
      hold(voucher.id, device)
      return 'taken'
    },
    keepOnly(known) {
      const gone = [...byVoucher.keys()].filter((voucher) => !known.has(voucher))
      for (const voucher of gone) byVoucher.delete(voucher)
      if (gone.length > 0) store.forgetVouchers(gone)
    },
  }
}
