/** Makes the 30-second welcome film: draws every frame, encodes two sizes, writes captions, poster and manifest. */
import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import sharp from 'sharp'
import type { Clip, Language } from '#edge/wire/page.ts'
import { frame } from './film/scenes.ts'
import { score } from './film/score.ts'
import { STAGE } from './film/stage.ts'

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '..')
const CONTENT = join(ROOT, 'portal/dist/content')
const STAMP = join(CONTENT, 'clip.stamp')
/** What a slow hotspot can carry for everyone at once; a bigger file is a mistake, not a film. */
const LARGE_BYTES_MAX = 1_500_000
const SMALL_BYTES_MAX = 600_000
const POSTER_BYTES_MAX = 12_288
/** The moment of the film that stands for it. */
const POSTER_SECOND = 3.4

type Sizes = { large: string; small: string }
type Words = { id: string; title: Record<Language, string>; cues: ({ from: number; to: number } & Record<Language, string>)[] }

const { values } = parseArgs({ options: { help: { type: 'boolean' }, force: { type: 'boolean' } } })
if (values.help) {
  console.log(`node scripts/make-clip.ts [--force]

Makes the 30-second film of the welcome page into portal/dist/content (about a minute; nothing when its sources have not
changed). Needs Debian's ffmpeg; looks best with fonts-inter.`)
} else {
  await make()
}

async function make(): Promise<void> {
  const stamp = await sourcesStamp()
  if (!values.force && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === stamp && existsSync(join(CONTENT, 'clip.json'))) {
    console.log('The film is up to date.')
    return
  }
  mkdirSync(CONTENT, { recursive: true })
  const work = mkdtempSync(join(tmpdir(), 'madiun-film-'))
  try {
    writeFileSync(join(work, 'score.wav'), score(STAGE.seconds))
    const sizes = { large: join(work, 'large.mp4'), small: join(work, 'small.mp4') }
    await encode(work, sizes)
    const poster = await sharp(Buffer.from(frame(POSTER_SECOND)))
      .resize(640)
      .webp({ quality: 70, effort: 6 })
      .toBuffer()
    publish(sizes, poster)
    writeFileSync(STAMP, stamp)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Frames go straight into ffmpeg as raw pixels; still stretches are drawn once. */
async function encode(work: string, sizes: Sizes): Promise<void> {
  const ffmpeg = spawn('ffmpeg', encoderArguments(join(work, 'score.wav'), sizes), { stdio: ['pipe', 'ignore', 'pipe'] })
  let complaint = ''
  ffmpeg.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-2_000)))
  const ended = once(ffmpeg, 'close')
  ffmpeg.stdin.on('error', () => undefined) // The exit code below tells why.

  const total = STAGE.seconds * STAGE.framesPerSecond
  let last = { svg: '', pixels: Promise.resolve(Buffer.alloc(0)) }
  const draw = (index: number) => {
    const svg = frame(index / STAGE.framesPerSecond)
    if (svg !== last.svg) last = { svg, pixels: sharp(Buffer.from(svg)).removeAlpha().raw().toBuffer() }
    return last.pixels
  }
  // Four frames in flight keep both cores busy and the memory small.
  const ahead: Promise<Buffer>[] = []
  for (let index = 0; index < total && ffmpeg.exitCode === null; index++) {
    while (ahead.length < 4 && index + ahead.length < total) ahead.push(draw(index + ahead.length))
    if (!ffmpeg.stdin.write(await ahead.shift()!)) await Promise.race([once(ffmpeg.stdin, 'drain'), ended])
    if (index % (STAGE.framesPerSecond * 5) === 0) console.log(`  drawing second ${index / STAGE.framesPerSecond} of ${STAGE.seconds} …`)
  }
  ffmpeg.stdin.end()
  const [code] = (await ended) as [number]
  if (code !== 0) throw new Error(`ffmpeg ended with ${code}: ${complaint.trim()}`)
}

function encoderArguments(sound: string, { large, small }: Sizes): string[] {
  const { width, height, framesPerSecond, seconds } = STAGE
  const gop = framesPerSecond * 2
  const words = (line: string) => line.split(' ')
  const output = (picture: string, cap: number, file: string) => [
    ...words(`-map ${picture} -map 1:a -t ${seconds}`),
    ...words(`-c:v libx264 -profile:v main -preset medium -crf 25 -maxrate ${cap}k -bufsize ${2 * cap}k`),
    // One thread per size: with more, x264's rate control depends on who finishes first, and the hash in the name would vary.
    ...words('-threads 1'),
    ...words(`-pix_fmt yuv420p -g ${gop} -keyint_min ${gop} -sc_threshold 0`),
    // Phones guess the colour matrix unless told; telling them keeps the green green.
    ...words('-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv'),
    ...words('-c:a aac -ac 1 -b:a 40k -movflags +faststart -fflags +bitexact -flags:v +bitexact -flags:a +bitexact'),
    file,
  ]
  const input = words(`-hide_banner -loglevel error -y -f rawvideo -pix_fmt rgb24 -s ${width}x${height} -r ${framesPerSecond} -i pipe:0 -i`)
  const split = '[0:v]scale=out_color_matrix=bt709:out_range=tv,split[a][b];[b]scale=426:240:flags=lanczos[s]'
  return [...input, sound, '-filter_complex', split, ...output('[a]', 380, large), ...output('[s]', 110, small)]
}

/** Names carry the content's hash, so that a phone may keep them for good; the manifest comes last. */
function publish(sizes: Sizes, poster: Buffer): void {
  const words = JSON.parse(readFileSync(join(ROOT, 'portal/content/clip.json'), 'utf8')) as Words
  for (const old of readdirSync(CONTENT)) if (old.startsWith('film')) rmSync(join(CONTENT, old))
  const place = (bytes: Buffer, name: string, type: string, bytesMax: number): string => {
    if (bytes.length > bytesMax) throw new Error(`${name}.${type} has ${bytes.length} bytes, more than the ${bytesMax} allowed.`)
    const file = `${name}.${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}.${type}`
    writeFileSync(join(CONTENT, `${file}.partial`), bytes)
    renameSync(join(CONTENT, `${file}.partial`), join(CONTENT, file))
    console.log(`  ${file}: ${bytes.length} bytes`)
    return `/content/${file}`
  }
  const inLanguage = (language: Language) => ({
    title: words.title[language],
    captions: place(Buffer.from(captions(words, language)), `film-${language}`, 'vtt', POSTER_BYTES_MAX),
    transcript: words.cues.map((cue) => cue[language]),
  })
  const clip: Clip = {
    id: words.id,
    src: place(readFileSync(sizes.large), 'film-480', 'mp4', LARGE_BYTES_MAX),
    smallSrc: place(readFileSync(sizes.small), 'film-240', 'mp4', SMALL_BYTES_MAX),
    poster: place(poster, 'film', 'webp', POSTER_BYTES_MAX),
    seconds: STAGE.seconds,
    ...inLanguage('id'),
    words: { en: inLanguage('en'), jv: inLanguage('jv') },
  }
  writeFileSync(join(CONTENT, 'clip.json'), JSON.stringify(clip, null, 2))
}

function captions({ cues }: Words, language: Language): string {
  const clock = (seconds: number) => `00:00:${String(seconds).padStart(2, '0')}.000`
  // On the first line: at the foot they would lie over the picture's own words as soon as the controls push them up.
  return `WEBVTT\n\n${cues.map((cue) => `${clock(cue.from)} --> ${clock(cue.to)} line:0\n${cue[language]}\n`).join('\n')}`
}

/** Everything the picture depends on, the installed ffmpeg and the typeface included. */
async function sourcesStamp(): Promise<string> {
  const hash = createHash('sha256')
  const files = [
    'scripts/make-clip.ts',
    'portal/content/clip.json',
    'portal/look/kelurahan-cells.ts',
    'portal/look/kelurahan-map.ts',
    'portal/look/drawings.ts',
  ]
  for (const file of [...files, ...readdirSync(join(ROOT, 'scripts/film')).map((name) => `scripts/film/${name}`)]) {
    hash.update(file).update(readFileSync(join(ROOT, file)))
  }
  const tool = async (command: string, argv: string[]) =>
    (await run(command, argv).catch(() => ({ stdout: `no ${command}` }))).stdout.split('\n')[0]!
  hash.update(await tool('ffmpeg', ['-version'])).update(await tool('fc-match', ['Inter Display']))
  return hash.digest('hex')
}
