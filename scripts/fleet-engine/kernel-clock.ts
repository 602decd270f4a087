/**
 * The monotonic clock of a simulated kernel. POSIX leaves open where it begins; here each boot of a box begins a stride below
 * the one before, and within a boot no value comes twice. So one value names one fact of one box for ever, and an age that
 * is counted across a reboot comes out negative, as it does on a real box.
 */
const BOOTS_MAX = 2 ** 16
/** Two years of milliseconds: no boot runs into the next. */
const STRIDE = 2 ** 36

/** @param elapsed milliseconds since this boot. */
export function kernelClock(boot: number, elapsed: () => number): () => number {
  const from = (BOOTS_MAX - 1 - (boot % BOOTS_MAX)) * STRIDE
  let last = from
  return () => (last = Math.max(last + 1, from + Math.floor(elapsed())))
}
