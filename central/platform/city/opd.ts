/**
 * The city's offices as named in its public planning data of March 2021; renamed offices get a new dated name, never a
 * new id. Each has a head and a staff position; Kominfo also runs the network and the complaint desk.
 */
import type { Role } from '../accounts/api.ts'

export type OpdSeed = {
  short: string
  name: string
  kind: 'setda' | 'dinas' | 'badan' | 'inspektorat' | 'satuan' | 'kecamatan'
  head: string
}

const opd = (kind: OpdSeed['kind'], short: string, name: string, head: string): OpdSeed => ({ kind, short, name, head })
const dinas = (short: string, field: string) => opd('dinas', short, `Dinas ${field}`, `Kepala Dinas ${field}`)
const badan = (short: string, field: string) => opd('badan', short, `Badan ${field}`, `Kepala Badan ${field}`)
const kecamatan = (name: string) => opd('kecamatan', `Kec. ${name}`, `Kecamatan ${name}`, `Camat ${name}`)

const KOMINFO = 'Kominfo'

export const OPD_SEED: readonly OpdSeed[] = [
  opd('setda', 'Setda', 'Sekretariat Daerah', 'Sekretaris Daerah'),
  opd('setda', 'Setwan', 'Sekretariat DPRD', 'Sekretaris DPRD'),
  opd('inspektorat', 'Inspektorat', 'Inspektorat Daerah', 'Inspektur'),
  badan('Bappelitbangda', 'Perencanaan, Penelitian dan Pengembangan Daerah'),
  badan('BKAD', 'Keuangan dan Aset Daerah'),
  badan('Bapenda', 'Pendapatan Daerah'),
  badan('BKPSDM', 'Kepegawaian dan Pengembangan Sumber Daya Manusia'),
  badan('Bakesbangpol', 'Kesatuan Bangsa dan Politik'),
  badan('BPBD', 'Penanggulangan Bencana Daerah'),
  dinas('Disdik', 'Pendidikan'),
  dinas('Dinkes', 'Kesehatan, Pengendalian Penduduk dan Keluarga Berencana'),
  dinas('DPUPR', 'Pekerjaan Umum dan Penataan Ruang'),
  dinas('Disperkim', 'Perumahan Rakyat dan Kawasan Permukiman'),
  dinas('Dinsos', 'Sosial, Pemberdayaan Perempuan dan Perlindungan Anak'),
  dinas('Disnaker', 'Tenaga Kerja, Koperasi Usaha Kecil dan Menengah'),
  dinas('DKPP', 'Ketahanan Pangan dan Pertanian'),
  dinas('DLH', 'Lingkungan Hidup'),
  dinas('Disdukcapil', 'Kependudukan dan Pencatatan Sipil'),
  dinas('Dishub', 'Perhubungan'),
  dinas(KOMINFO, 'Komunikasi dan Informatika'),
  dinas('DPMPTSP', 'Penanaman Modal dan Pelayanan Terpadu Satu Pintu'),
  dinas('Disbudparpora', 'Kebudayaan, Pariwisata, Kepemudaan dan Olah Raga'),
  dinas('Disperpusip', 'Perpustakaan dan Kearsipan'),
  dinas('Disdag', 'Perdagangan'),
  opd('satuan', 'Satpol PP', 'Satuan Polisi Pamong Praja dan Pemadam Kebakaran', 'Kepala Satuan Polisi Pamong Praja dan Pemadam Kebakaran'),
  kecamatan('Kartoharjo'),
  kecamatan('Manguharjo'),
  kecamatan('Taman'),
]

export type PositionSeed = { opd: string; name: string; role: Role; signs: 0 | 1 }

export const POSITION_SEED: readonly PositionSeed[] = [
  { opd: 'Setda', name: 'Wali Kota', role: 'executive', signs: 1 },
  { opd: KOMINFO, name: 'Administrator Sistem', role: 'admin', signs: 0 },
  { opd: KOMINFO, name: 'Operator NOC', role: 'noc', signs: 0 },
  { opd: KOMINFO, name: 'Verifikator Aduan', role: 'verifier', signs: 0 },
  ...OPD_SEED.flatMap(({ short, head }): PositionSeed[] => [
    { opd: short, name: head, role: 'opd-head', signs: 1 },
    { opd: short, name: `Staf Pelayanan ${short}`, role: 'opd-staff', signs: 0 },
  ]),
]
