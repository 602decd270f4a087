import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { test } from 'node:test'
import type { Clip } from '#edge/wire/page.ts'
import { frame, SCENES, WORDS_TOP } from '#scripts/film/scenes.ts'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** A quarter of a minute on two idle cores. */
const MAKE_MS_MAX = 240_000

const hasFfmpeg = await run('ffmpeg', ['-version']).then(
  () => true,
  () => false,
)

test('the film is thirty seconds of H.264 Main in two sizes, with sound, captions and a poster, all within their limits', async (t) => {
  if (!hasFfmpeg) return t.skip('ffmpeg is not installed: apt-get install ffmpeg')
  await run(process.execPath, [`${ROOT}scripts/make-clip.ts`], { cwd: ROOT, timeout: MAKE_MS_MAX })
  const clip = JSON.parse(readFileSync(`${ROOT}portal/dist/content/clip.json`, 'utf8')) as Clip
  const file = (path: string) => `${ROOT}portal/dist${path}`

  for (const [path, width, height, bytesMax] of [
    [clip.src, 854, 480, 1_500_000],
    [clip.smallSrc!, 426, 240, 600_000],
  ] as const) {
    ok(statSync(file(path)).size <= bytesMax, path)
    const { stdout } = await run('ffprobe', ['-v', 'error', '-of', 'json', '-show_streams', '-show_format', file(path)])
    const { streams, format } = JSON.parse(stdout) as { streams: Record<string, string | number>[]; format: { duration: string } }
    equal(Number(format.duration), 30)
    const [video, audio] = streams
    deepEqual(
      [video!['codec_name'], video!['profile'], video!['width'], video!['height'], video!['pix_fmt']],
      ['h264', 'Main', width, height, 'yuv420p'],
    )
    deepEqual([audio!['codec_name'], audio!['channels']], ['aac', 1])
    const bytes = readFileSync(file(path))
    ok(bytes.indexOf('moov') < bytes.indexOf('mdat'), 'players start before the end arrives')
    const keys = await run('ffprobe', [
      '-v',
      'error',
      '-skip_frame',
      'nokey',
      '-select_streams',
      'v',
      '-show_entries',
      'frame=pts_time',
      '-of',
      'csv=p=0',
      file(path),
    ])
    const times = keys.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => Number.parseFloat(line))
    deepEqual(
      times,
      Array.from({ length: 15 }, (_, i) => i * 2),
    )
  }

  ok(statSync(file(clip.poster)).size <= 12_288)
  equal(readFileSync(file(clip.poster)).toString('latin1', 8, 12), 'WEBP')
  for (const words of [clip, clip.words!.en!, clip.words!.jv!]) {
    const captions = readFileSync(file(words.captions), 'utf8')
    match(captions, /^WEBVTT\n\n00:00:00\.000 --> /)
    match(captions, /--> 00:00:30\.000 line:0\n/)
    for (const line of words.transcript) ok(captions.includes(line))
  }
  for (const path of [clip.src, clip.smallSrc!, clip.poster, clip.captions]) {
    const [, digest] = path.split('.')
    equal(
      createHash('sha256')
        .update(readFileSync(file(path)))
        .digest('hex')
        .slice(0, 12),
      digest,
      'the name is the content',
    )
  }
})

test('a second making changes nothing and is quick to say so', async (t) => {
  if (!hasFfmpeg) return t.skip('ffmpeg is not installed: apt-get install ffmpeg')
  await run(process.execPath, [`${ROOT}scripts/make-clip.ts`], { cwd: ROOT, timeout: MAKE_MS_MAX })
  const before = statSync(`${ROOT}portal/dist/content/clip.json`).mtimeMs
  const { stdout } = await run(process.execPath, [`${ROOT}scripts/make-clip.ts`], { cwd: ROOT, timeout: MAKE_MS_MAX })
  match(stdout, /up to date/)
  equal(statSync(`${ROOT}portal/dist/content/clip.json`).mtimeMs, before)
})

test('a frame depends on its time alone, and every scene draws something of its own', () => {
  equal(frame(7.36), frame(7.36))
  const middles = SCENES.map(({ from }) => frame(from + 2))
  equal(new Set(middles).size, SCENES.length)
  for (const svg of middles) match(svg, /<text /)
})

test('the captions follow the scenes', () => {
  const { cues } = JSON.parse(readFileSync(`${ROOT}portal/content/clip.json`, 'utf8')) as { cues: { from: number; to: number }[] }
  deepEqual(
    cues.map(({ from }) => from),
    SCENES.map(({ from }) => from),
  )
  deepEqual(
    cues.map(({ to }) => to),
    [...SCENES.slice(1).map(({ from }) => from), 30],
  )
})

test('no words of the picture reach into the band at its top where the captions stand', () => {
  for (const { from } of SCENES) {
    // At the end of a scene everything has risen to its place.
    const svg = frame(from + 2.9)
    const words = [...svg.matchAll(/<text x="[\d.-]+" y="([\d.]+)"[^>]*font-size="([\d.]+)"/g)]
    ok(words.length > 0)
    for (const [, baseline, size] of words) ok(Number(baseline) - 0.75 * Number(size) >= WORDS_TOP, `${from}: ${baseline}`)
  }
})
