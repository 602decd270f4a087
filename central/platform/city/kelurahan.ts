/**
 * Seed of Kota Madiun: Kemendagri region codes (Kepmendagri 300.2.2-2430/2025) and rough centroids.
 * The centroids marked doubtful are known to be off; all stay editable once loaded.
 */
export type Kelurahan = { code: string; kecamatan: string; name: string; lat: number; lon: number; doubtful: boolean }

const row = (code: string, kecamatan: string, name: string, lat: number, lon: number, doubtful = false): Kelurahan => ({
  code,
  kecamatan,
  name,
  lat,
  lon,
  doubtful,
})

export const KELURAHAN: readonly Kelurahan[] = [
  row('35.77.01.1001', 'Kartoharjo', 'Oro-oro Ombo', -7.621, 111.531),
  row('35.77.01.1002', 'Kartoharjo', 'Sukosari', -7.615, 111.534),
  row('35.77.01.1003', 'Kartoharjo', 'Klegen', -7.629, 111.537),
  row('35.77.01.1004', 'Kartoharjo', 'Rejomulyo', -7.615, 111.543),
  row('35.77.01.1005', 'Kartoharjo', 'Pilangbango', -7.617, 111.55),
  row('35.77.01.1006', 'Kartoharjo', 'Tawangrejo', -7.605, 111.542),
  row('35.77.01.1007', 'Kartoharjo', 'Kanigoro', -7.631, 111.546),
  row('35.77.01.1008', 'Kartoharjo', 'Kartoharjo', -7.628, 111.525),
  row('35.77.01.1009', 'Kartoharjo', 'Kelun', -7.601, 111.553),
  row('35.77.02.1001', 'Manguharjo', 'Manguharjo', -7.63, 111.504),
  row('35.77.02.1002', 'Manguharjo', 'Sogaten', -7.604, 111.523),
  row('35.77.02.1003', 'Manguharjo', 'Patihan', -7.606, 111.53),
  row('35.77.02.1004', 'Manguharjo', 'Ngegong', -7.609, 111.511),
  row('35.77.02.1005', 'Manguharjo', 'Winongo', -7.617, 111.513),
  row('35.77.02.1006', 'Manguharjo', 'Madiun Lor', -7.618, 111.523),
  row('35.77.02.1007', 'Manguharjo', 'Pangongangan', -7.648, 111.503, true),
  row('35.77.02.1008', 'Manguharjo', 'Nambangan Lor', -7.635, 111.514),
  row('35.77.02.1009', 'Manguharjo', 'Nambangan Kidul', -7.645, 111.515),
  row('35.77.03.1001', 'Taman', 'Mojorejo', -7.638, 111.535),
  row('35.77.03.1002', 'Taman', 'Pandean', -7.645, 111.524),
  row('35.77.03.1003', 'Taman', 'Banjarejo', -7.654, 111.535),
  row('35.77.03.1004', 'Taman', 'Kuncen', -7.656, 111.514, true),
  row('35.77.03.1005', 'Taman', 'Manisrejo', -7.642, 111.544),
  row('35.77.03.1006', 'Taman', 'Kejuron', -7.634, 111.525),
  row('35.77.03.1007', 'Taman', 'Josenan', -7.679, 111.508, true),
  row('35.77.03.1008', 'Taman', 'Demangan', -7.667, 111.512),
  row('35.77.03.1009', 'Taman', 'Taman', -7.641, 111.525),
]
