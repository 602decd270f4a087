/**
 * Where the simulated hotspots stand: spread over the 27 kelurahan, with names of the kind such places have.
 * None of them is a real installation; central marks every one as simulated.
 */
import { KELURAHAN, type Kelurahan } from '#central/platform/city/kelurahan.ts'
import { chanceOf } from './random.ts'

export const PROFILES = ['poskamling', 'taman', 'sekolah', 'pasar', 'puskesmas', 'kelurahan'] as const
export type Profile = (typeof PROFILES)[number]

export type Place = { node: string; name: string; kelurahan: string; rt: string; lat: number; lon: number; profile: Profile }

/** Most hotspots of the programme stand at a neighbourhood's guard post. */
const ORDER: readonly Profile[] = [
  'poskamling',
  'taman',
  'poskamling',
  'sekolah',
  'poskamling',
  'pasar',
  'kelurahan',
  'poskamling',
  'puskesmas',
  'poskamling',
]
/** About 260 m: inside most kelurahan when measured from the middle. */
const SPREAD_DEGREES = 0.0023

/** The same count gives the same places, and a larger count keeps the smaller one's. */
export function generatePlaces(count: number): Place[] {
  return Array.from({ length: count }, (_, i) => placeAt(i))
}

function placeAt(index: number): Place {
  const kelurahan = KELURAHAN[index % KELURAHAN.length]!
  const nth = Math.floor(index / KELURAHAN.length) + 1
  const node = `${slug(kelurahan.name)}-${String(nth).padStart(2, '0')}`
  // Every kelurahan begins the order elsewhere, so that the first round already has all kinds.
  const profile = ORDER[(nth - 1 + (index % KELURAHAN.length) * 3) % ORDER.length]!
  const rtNumber = 1 + Math.floor(chanceOf(node, 'rt') * 30)
  const rwNumber = 1 + Math.floor(chanceOf(node, 'rw') * 12)
  const rt = `RT ${two(rtNumber)} RW ${two(rwNumber)}`
  const angle = chanceOf(node, 'angle') * 2 * Math.PI
  const distance = Math.sqrt(chanceOf(node, 'distance')) * SPREAD_DEGREES
  return {
    node,
    name: nameOf(profile, kelurahan, rt, two(rwNumber)),
    kelurahan: kelurahan.code,
    rt,
    lat: round(kelurahan.lat + distance * Math.sin(angle)),
    lon: round(kelurahan.lon + distance * Math.cos(angle)),
    profile,
  }
}

function nameOf(profile: Profile, kelurahan: Kelurahan, rt: string, rw: string): string {
  switch (profile) {
    case 'poskamling':
      return `Poskamling ${rt}`
    case 'taman':
      return `Taman lingkungan RW ${rw}`
    case 'sekolah':
      return `Halaman sekolah RW ${rw}`
    case 'pasar':
      return `Pasar lingkungan RW ${rw}`
    case 'puskesmas':
      return `Puskesmas pembantu ${kelurahan.name}`
    case 'kelurahan':
      return `Kantor Kelurahan ${kelurahan.name}`
  }
}

const slug = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
const two = (n: number) => String(n).padStart(2, '0')
const round = (degrees: number) => Math.round(degrees * 1e5) / 1e5
