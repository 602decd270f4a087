import type { ComplaintCategory } from '#edge/wire/complaint.ts'
import type { NewsCard } from '#edge/wire/page.ts'

/** Our own drawings on a 24-unit grid, one line weight. Decoration: the word always stands beside them. */
const DRAWINGS = {
  wifi: 'M3 9a13 13 0 0 1 18 0M6 12.5a8.5 8.5 0 0 1 12 0M9 16a4.2 4.2 0 0 1 6 0M12 19.5v.01',
  jalan: 'M8 3 4 21M16 3l4 18M12 4v3M12 10.5v3M12 17v3',
  drainase: 'M3 8c3-3 6 3 9 0s6 3 9 0M3 13.5c3-3 6 3 9 0s6 3 9 0M3 19c3-3 6 3 9 0s6 3 9 0',
  pohon: 'M12 21v-9M12 16l-3.5-3M7 15a4.5 4.5 0 0 1-1-8.5A6 6 0 0 1 17.5 6 4.5 4.5 0 0 1 17 15Z',
  lampu: 'M6 21V6a3 3 0 0 1 3-3h5M11 3h7l2 6h-8ZM4 21h4M14 12.5v2M18 12.5v2',
  sampah: 'M4 6h16M9 6V3.5h6V6M6 6l1 15h10l1-15M10 10.5v6M14 10.5v6',
  kebakaran: 'M12 21c-4 0-6.5-2.5-6.5-6 0-4.5 4.5-5.5 4-11 4 1.5 5 4.5 4.5 7 1-.5 1.5-1.5 1.5-2.5 2 1.5 3 4 3 6.5 0 3.5-2.5 6-6.5 6Z',
  ketertiban: 'M12 3l8 3v5.5c0 4.5-3.5 8-8 9.5-4.5-1.5-8-5-8-9.5V6ZM8.5 12l2.5 2.5 4.5-5',
  pasar: 'M4 10v10.5h16V10M3 10l2-6.5h14L21 10M3 10a3 3 0 0 0 6 0 3 3 0 0 0 6 0 3 3 0 0 0 6 0M9.5 20.5V15h5v5.5',
  adminduk: 'M3 5h18v14H3ZM8.5 12.5a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4ZM5.5 16.5c.5-2 5.5-2 6 0M14.5 10h4M14.5 14h4',
  bansos: 'M4 8.5h16v4H4ZM5.5 12.5v8h13v-8M12 8.5v12M12 8.5C9 8.5 7 7 7.5 5s4-1.5 4.5 3.5c.5-5 4-5.5 4.5-3.5S15 8.5 12 8.5',
  kesehatan: 'M9 3.5h6V9h5.5v6H15v5.5H9V15H3.5V9H9Z',
  sekolah: 'M12 4 1.5 9.5 12 15l10.5-5.5ZM5.5 12v5c3 3 10 3 13 0v-5M22 10v6',
  lainnya: 'M5 12v.01M12 12v.01M19 12v.01',
  darurat: 'M5 3.5h4l2 5-2.5 2a12 12 0 0 0 5 5l2-2.5 5 2v4c0 1-1 2-2 2C10 21 3 14 3 5.5c0-1 1-2 2-2Z',
  aduan: 'M3.5 4h17v12.5H11L6 21v-4.5H3.5ZM8 8.5h8M8 12h5',
  layanan: 'M3 5h18v14H3ZM8.5 12.5a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4ZM5.5 16.5c.5-2 5.5-2 6 0M14.5 10h4M14.5 14h4',
  warga: 'M8 11a3.2 3.2 0 1 0 0-6.4A3.2 3.2 0 0 0 8 11ZM2.5 20c0-7 11-7 11 0M16 11.5a2.800 2.800 0 1 0-1-5.4M16.5 14.5c3 0 5 2 5 5.5',
  place: 'M12 21.5c-5-6-7-8.800-7-12a7 7 0 0 1 14 0c0 3.2-2 6-7 12ZM12 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z',
  warn: 'M12 3.5 22 20.5H2ZM12 10v5M12 17.700v.01',
  info: 'M12 21.5a9.5 9.5 0 1 0 0-19 9.5 9.5 0 0 0 0 19ZM12 11v6M12 7.5v.01',
  check: 'M4.5 12.5 10 18 20 6.5',
  arrow: 'M4 12h15M13 6l6 6-6 6',
  search: 'M10.5 17.5a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM15.5 15.5 21 21',
  play: 'M8 5l11 7-11 7Z',
} satisfies Record<ComplaintCategory | NewsCard['icon'] | string, string>

export type IconName = keyof typeof DRAWINGS

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={DRAWINGS[name]} />
    </svg>
  )
}
