/** The subjects in the order of the portal's form; the server takes others too, the screen then shows their code. */
export const CATEGORIES = [
  'wifi',
  'jalan',
  'drainase',
  'pohon',
  'lampu',
  'sampah',
  'kebakaran',
  'ketertiban',
  'pasar',
  'adminduk',
  'bansos',
  'kesehatan',
  'sekolah',
  'lainnya',
] as const
