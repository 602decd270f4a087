/** The command line of scripts/faults. Pure. */

export type Options = { names: string[]; seed?: number; rounds?: number; smoke: boolean; list: boolean }

/** Seeds are what seededRandom takes: 32 bits. */
const SEED_MAX = 2 ** 32 - 1
/** More than a night. */
const ROUNDS_MAX = 1_000_000

/** @returns the options, or what is wrong with them in one line. */
export function readOptions(words: readonly string[], known: readonly string[]): Options | string {
  const options: Options = { names: [], smoke: false, list: false }
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    if (word === '--smoke') options.smoke = true
    else if (word === '--list') options.list = true
    else if (word === '--seed' || word === '--rounds') {
      const max = word === '--seed' ? SEED_MAX : ROUNDS_MAX
      const value = words[++i]
      if (value === undefined || !/^\d{1,10}$/.test(value) || Number(value) < 1 || Number(value) > max)
        return `${word} needs a whole number from 1 to ${max}, not ${value === undefined ? 'nothing' : `"${value}"`}`
      options[word === '--seed' ? 'seed' : 'rounds'] = Number(value)
    } else if (word.startsWith('-')) return `Unknown option: ${word}. There are --seed N, --rounds N, --smoke, --list and --help`
    else if (!known.includes(word)) return `Unknown scenario: ${word}. There are: ${known.join(', ')}`
    else if (!options.names.includes(word)) options.names.push(word)
  }
  return options
}
