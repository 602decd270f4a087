/** Long steps show that they live: a line that counts seconds on a terminal, one line at begin and end elsewhere. */
export async function step<T>(title: string, work: () => Promise<T>): Promise<T> {
  const begun = performance.now()
  const seconds = () => Math.round((performance.now() - begun) / 1000)
  const live = process.stderr.isTTY
  const show = () => process.stderr.write(`\r  ${title} … ${seconds()} s `)
  if (!live) process.stderr.write(`  ${title} …\n`)
  const ticking = live ? setInterval(show, 1000) : undefined
  if (live) process.stderr.write(`\r  ${title} … `)
  try {
    const result = await work()
    process.stderr.write(live ? `\r  ✓ ${title} (${seconds()} s)      \n` : `  ✓ ${title} (${seconds()} s)\n`)
    return result
  } catch (error) {
    process.stderr.write(live ? `\r  ✗ ${title}\n` : `  ✗ ${title}\n`)
    throw error
  } finally {
    clearInterval(ticking)
  }
}
