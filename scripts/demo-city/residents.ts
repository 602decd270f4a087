/** What happens at a simulated hotspot that its box tells as an event: complaints in people's own words, and what the NOC should know. */
import type { Complaint, ComplaintCategory } from '#edge/wire/complaint.ts'
import { TICKET_ALPHABET } from '#edge/wire/complaint.ts'
import type { Notice, NoticeKind } from '#edge/wire/notice.ts'
import { mishapAt, type Mishap } from './mishaps.ts'
import { chanceOf, choose, hashOf } from './random.ts'

const TEXTS: Record<ComplaintCategory, readonly string[]> = {
  wifi: [
    'Wifi di sini sering putus kalau sore, mohon dicek alatnya.',
    'Sinyal ada tapi lambat sekali untuk buka tugas sekolah anak saya.',
    'Sudah nonton videonya sampai selesai tapi tetap tidak bisa internet.',
  ],
  jalan: [
    'Jalan berlubang cukup dalam di depan gang, semalam ada pengendara motor jatuh.',
    'Aspal di tikungan mengelupas, kalau hujan lubangnya tidak kelihatan.',
    'Paving gang banyak yang lepas, susah untuk kursi roda.',
    'Mohon marka dan zebra cross di depan sekolah dicat ulang, sudah hampir hilang.',
  ],
  drainase: [
    'Selokan tersumbat sampah, air meluap ke jalan setiap hujan deras.',
    'Tutup got di pinggir jalan pecah, bahaya untuk anak-anak.',
    'Air hujan masuk rumah karena saluran dangkal, mohon dikeruk.',
  ],
  pohon: [
    'Dahan pohon besar menjulur ke kabel listrik, takut patah saat angin kencang.',
    'Pohon miring di tepi jalan, mohon dipangkas sebelum musim hujan.',
  ],
  lampu: [
    'Lampu jalan mati tiga titik berturut-turut, gelap sekali kalau malam.',
    'Lampu PJU di gang kami berkedip terus sejak minggu lalu.',
    'Lampu penerangan menyala siang hari tetapi malam justru padam.',
    'Mohon tambahan lampu jalan di dekat lapangan, warga takut lewat malam.',
  ],
  sampah: [
    'Sampah di TPS sudah menumpuk empat hari belum diangkut.',
    'Ada yang membuang sampah sembarangan di pinggir sungai setiap pagi.',
    'Mohon ditambah bak sampah terpilah di taman.',
  ],
  kebakaran: [
    'Ada yang membakar sampah dekat bangunan kosong, mohon diperingatkan.',
    'Hidran di dekat pasar tertutup lapak, kalau ada kebakaran sulit dipakai.',
  ],
  ketertiban: [
    'Balap motor liar hampir tiap malam Minggu, mohon patroli.',
    'Suara musik keras sampai lewat tengah malam, warga tidak bisa tidur.',
    'Parkir di trotoar, pejalan kaki terpaksa turun ke jalan.',
  ],
  pasar: [
    'Atap los pasar bocor, dagangan basah kalau hujan.',
    'Toilet pasar kotor dan airnya sering mati.',
    'Timbangan di beberapa lapak sepertinya perlu ditera ulang.',
  ],
  adminduk: ['Sudah dua minggu KTP belum jadi, mohon info kapan bisa diambil.', 'Antrean online pengurusan KK selalu penuh setiap pagi.'],
  bansos: [
    'Tetangga saya lansia tinggal sendiri belum pernah terdata bantuan.',
    'Bantuan bulan ini belum cair, mohon penjelasan jadwalnya.',
  ],
  kesehatan: [
    'Mohon fogging, sudah ada tiga warga RT kami kena demam berdarah.',
    'Antrean puskesmas pagi panjang sekali, bisakah nomor diambil dari rumah?',
  ],
  sekolah: [
    'Penyeberangan di depan sekolah ramai sekali, mohon ada petugas saat jam pulang.',
    'Pagar sekolah sebelah timur roboh sebagian.',
  ],
  lainnya: [
    'Papan nama gang hilang, kurir sering salah alamat.',
    'Terima kasih wifinya membantu anak belajar. Usul: tambah bangku di dekat poskamling.',
  ],
}

const OTHER_LANGUAGES: { language: 'jv' | 'en'; category: ComplaintCategory; text: string }[] = [
  { language: 'jv', category: 'lampu', text: 'Lampu dalan ngajeng griya kula pejah sampun seminggu, nyuwun dipundandosi.' },
  { language: 'jv', category: 'drainase', text: 'Kalenipun mampet, menawi jawah toyanipun mlebet ing pekawisan.' },
  { language: 'en', category: 'jalan', text: 'There is a deep pothole near the park entrance; it is hard to see at night.' },
]

/** The streets, drains and lamps get most of the reports, as in any city. */
const WEIGHTED: readonly ComplaintCategory[] = [
  ...(['jalan', 'lampu', 'sampah', 'drainase'] as const).flatMap((category) => [category, category, category]),
  ...(Object.keys(TEXTS) as ComplaintCategory[]),
]

export function complaintOf(node: string, at: number): Complaint {
  const code = codeOf(node, at)
  const anonymous = chanceOf(node, at, 'anonymous') < 0.7
  // Addresses under .example can belong to nobody.
  const contact = anonymous ? {} : { contact: `warga${hashOf(node, at, 'contact') % 900}@contoh.example` }
  if (chanceOf(node, at, 'language') < 0.08) return { code, ...choose(OTHER_LANGUAGES, chanceOf(node, at, 'text')), ...contact, anonymous }
  const category = choose(WEIGHTED, chanceOf(node, at, 'category'))
  return { code, category, text: choose(TEXTS[category], chanceOf(node, at, 'text')), ...contact, anonymous, language: 'id' }
}

function codeOf(node: string, at: number): string {
  const letter = (i: number) => choose(Array.from(TICKET_ALPHABET), chanceOf(node, at, 'code', i))
  const letters = Array.from({ length: 8 }, (_, i) => letter(i)).join('')
  return `${letters.slice(0, 4)}-${letters.slice(4)}`
}

/** In a city of sixty hotspots about one of each in a quarter of a day. */
const REWRITTEN_PER_HOUR = 0.003
const SPOOFED_PER_HOUR = 0.006

/** A mishap follows another only after hours, so one word for each look is enough. */
const BEGINS: Partial<Record<NonNullable<Mishap>, NoticeKind>> = { dns: 'dns-down', outage: 'uplink-down' }
const ENDS: Partial<Record<NonNullable<Mishap>, NoticeKind>> = { dns: 'dns-up', outage: 'uplink-up' }

/** What a box would tell the NOC at this look, when the one before was `stepMs` ago. */
export function noticeOf(node: string, at: number, stepMs: number): Notice | undefined {
  const now = mishapAt(node, at)
  const before = mishapAt(node, at - stepMs)
  if (now !== before) {
    const told = (now && BEGINS[now]) ?? (before && ENDS[before])
    if (told) return { kind: told, count: 1 }
  }
  const hours = stepMs / 3_600_000
  if (chanceOf(node, at, 'rewritten') < REWRITTEN_PER_HOUR * hours) return { kind: 'table-rewritten', count: 1 }
  if (chanceOf(node, at, 'spoofed') >= SPOOFED_PER_HOUR * hours) return undefined
  const device = [1, 2].map((half) => hashOf(node, at, half).toString(16).padStart(8, '0')).join('')
  return { kind: 'address-spoofed', device, count: 1 + (hashOf(node, at, 'times') % 20) }
}
