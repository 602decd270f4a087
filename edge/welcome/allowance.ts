import type { Look } from '../sessions/port.ts'
import type { Allowance } from '../wire/page.ts'

/** What a page says about what this visitor may use; nothing for one who is not online. */
export function allowanceOf({ online, group, octetsLeft, rate, slowed, idleSeconds, resumeCode }: Look): { allowance?: Allowance } {
  if (!online) return {}
  return {
    allowance: {
      group,
      slowed,
      ...(octetsLeft === undefined ? {} : { octetsLeft }),
      ...(rate === undefined ? {} : { rate }),
      ...(idleSeconds === undefined ? {} : { idleSeconds }),
      ...(resumeCode === undefined ? {} : { resumeCode }),
    },
  }
}
