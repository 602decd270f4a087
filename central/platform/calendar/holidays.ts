/** National holidays and cuti bersama 2026: SKB Menag, Menaker, MenPANRB 1497/2025, 2/2025, 5/2025. */
import type { HolidayRow } from './store.ts'

const BASIS_2026 = 'SKB 1497/2025, 2/2025, 5/2025'
const nasional = (day: string, name: string): HolidayRow => ({ day, name, kind: 'nasional', basis: BASIS_2026, provisional: 0 })
const cutiBersama = (day: string): HolidayRow => ({ day, name: 'Cuti bersama', kind: 'cuti_bersama', basis: BASIS_2026, provisional: 0 })
/** Fixed by the sun's calendar whatever the decree says; the decree of that year is not out yet. */
const fixed = (day: string, name: string): HolidayRow => ({
  day,
  name,
  kind: 'nasional',
  basis: 'tanggal tetap, menunggu SKB',
  provisional: 1,
})

export const HOLIDAYS: readonly HolidayRow[] = [
  nasional('2026-01-01', 'Tahun Baru'),
  nasional('2026-01-16', 'Isra Mikraj'),
  cutiBersama('2026-02-16'),
  nasional('2026-02-17', 'Tahun Baru Imlek'),
  cutiBersama('2026-03-18'),
  nasional('2026-03-19', 'Nyepi'),
  cutiBersama('2026-03-20'),
  nasional('2026-03-21', 'Idul Fitri'),
  nasional('2026-03-22', 'Idul Fitri'),
  cutiBersama('2026-03-23'),
  cutiBersama('2026-03-24'),
  nasional('2026-04-03', 'Wafat Yesus Kristus'),
  nasional('2026-04-05', 'Paskah'),
  nasional('2026-05-01', 'Hari Buruh'),
  nasional('2026-05-14', 'Kenaikan Yesus Kristus'),
  cutiBersama('2026-05-15'),
  nasional('2026-05-27', 'Idul Adha'),
  cutiBersama('2026-05-28'),
  nasional('2026-05-31', 'Waisak'),
  nasional('2026-06-01', 'Hari Lahir Pancasila'),
  nasional('2026-06-16', 'Tahun Baru Islam'),
  nasional('2026-08-17', 'Proklamasi'),
  nasional('2026-08-25', 'Maulid Nabi'),
  cutiBersama('2026-12-24'),
  nasional('2026-12-25', 'Natal'),
  fixed('2027-01-01', 'Tahun Baru'),
  fixed('2027-05-01', 'Hari Buruh'),
  fixed('2027-06-01', 'Hari Lahir Pancasila'),
  fixed('2027-08-17', 'Proklamasi'),
  fixed('2027-12-25', 'Natal'),
]
