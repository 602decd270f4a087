/**
 * Passwords that are guessed first, by rule rather than by a list of thousands: the common words people build on, words
 * of this city and its offices, the user's own name, keyboard walks and repetitions, each with or without digits around.
 */
export type Weakness = 'common' | 'local' | 'own-name' | 'pattern'

/** Said on the screen as it is. */
export const WEAKNESS_WORDS: Record<Weakness, string> = {
  common: 'Kata yang sangat umum, walau ditambah angka atau tanda.',
  local: 'Jangan memakai nama kota, kantor, atau jabatan.',
  'own-name': 'Jangan memakai nama pengguna atau nama sendiri.',
  pattern: 'Urutan tombol atau huruf yang berulang mudah ditebak.',
}

const COMMON = (
  'password passwort passw pass sandi katasandi rahasia admin administrator root user guest test welcome selamat datang ' +
  'qwerty azerty letmein login masuk iloveyou sayang cinta bismillah alhamdulillah assalamualaikum allah indonesia merdeka ' +
  'garuda jakarta surabaya jawatimur dragon monkey football baseball superman batman master shadow sunshine princess ' +
  'michael jessica charlie changeme default secret access hello freedom whatever trustno internet wifi komputer ' +
  'bandung persib persebaya arema doraemon naruto anjing kucing bintang mawar melati cantik ganteng keluarga'
).split(' ')

const LOCAL = (
  'madiun kotamadiun madiuntoday broadband broadbandcity pecel pendekar kominfo diskominfo walikota wakilwalikota sekda ' +
  'pemkot pemda dinas kartoharjo manguharjo taman hotspot kadis camat lurah aduan lapor'
).split(' ')

const WALKS = [
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'qazwsxedcrfv',
  '1qaz2wsx3edc',
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  '09876543210',
]
/** So much of the password left beside the weak word makes it a phrase of its own. */
const REST_MIN = 6

export function weakness(
  password: string,
  known: { username?: string | null; name?: string | null; offices: readonly string[] },
): Weakness | null {
  const plain = letters(password)
  if (new Set(password.toLowerCase()).size <= 3 || isWalk(password.toLowerCase()) || isRepetition(password.toLowerCase())) return 'pattern'
  const own = [known.username, ...(known.name ?? '').split(/\s+/)].map((word) => letters(word ?? '')).filter((word) => word.length >= 3)
  if (own.some((word) => isMostly(plain, word))) return 'own-name'
  if ([...LOCAL, ...known.offices.map(letters)].some((word) => word.length >= 3 && isMostly(plain, word))) return 'local'
  // Digits alone around nothing ("20261122") leave no letters at all.
  if (plain.length < 3 || COMMON.some((word) => isMostly(plain, word))) return 'common'
  return null
}

const LOOKALIKES: Record<string, string> = { '0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', $: 's', '!': 'i' }

/** Lower case, look-alikes undone between letters, everything else dropped: `P4ssw0rd!2026` is `password`. */
function letters(text: string): string {
  const bare = text.toLowerCase().replace(/^[^a-z]+|[^a-z]+$/g, '')
  return bare.replace(/[013457@$!]/g, (sign) => LOOKALIKES[sign] ?? '').replace(/[^a-z]/g, '')
}

function isMostly(plain: string, word: string): boolean {
  const rest = plain.split(word).join('')
  return rest.length !== plain.length && rest.length < REST_MIN
}

function isWalk(text: string): boolean {
  return WALKS.some((walk) => (walk + walk).includes(text) || walk.split('').toReversed().join('').includes(text))
}

/** "abcabcabc": one short piece again and again. */
function isRepetition(text: string): boolean {
  for (let size = 1; size <= text.length / 2; size++) {
    if (text.length % size === 0 && text.slice(0, size).repeat(text.length / size) === text) return true
  }
  return false
}
