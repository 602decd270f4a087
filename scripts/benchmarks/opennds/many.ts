/** openNDS takes a second to let one client in; its rules for a thousand are its own rules for one, written again. */
import type { Lab } from '#scripts/network-lab/lab.ts'
import type { Crowd } from '../gate/crowd.ts'

/** Adds the rules of everybody but `last` before those of `last`, who is let in already and so is placed worst. */
export async function letInAllBut(lab: Lab, crowd: Crowd, last: number): Promise<void> {
  const { stdout } = await lab.exec('edge', ['iptables-legacy-save', '-t', 'mangle'])
  const pattern = new RegExp(`^-A (nds\\w+) .*${crowd.addressOf(last).replaceAll('.', '\\.')}/32 .*$`, 'gm')
  const own = [...stdout.matchAll(pattern)]
  if (own.length === 0) throw new Error(`openNDS has no rules for its client ${last}: ${stdout.slice(0, 400)}`)
  const rules = Array.from({ length: crowd.size }, (_, index) => index)
    .filter((index) => index !== last)
    .flatMap((index) =>
      own.map(([rule, chain = '']) =>
        rule
          .replace(`-A ${chain}`, `-I ${chain} 1`)
          .replaceAll(crowd.addressOf(last), crowd.addressOf(index))
          .replaceAll(new RegExp(crowd.macOf(last), 'gi'), crowd.macOf(index)),
      ),
    )
    // Each goes to the head: written backwards, the two rules of one client keep their order.
    .toReversed()
  const { code, stderr } = await lab.exec('edge', ['iptables-legacy-restore', '--noflush'], {
    input: `*mangle\n${rules.join('\n')}\nCOMMIT\n`,
  })
  if (code !== 0) throw new Error(`openNDS's rules could not be written again: ${stderr}`)
}
