/** The tree is the architecture: which part may import which, read from the files themselves. */
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, posix, relative } from 'node:path'

const root = join(import.meta.dirname, '..')

/** part → what it may import besides itself. The longest prefix decides which part a file belongs to. */
const mayImport: Record<string, string[]> = {
  'edge/wire': [],
  edge: ['edge/wire'],
  'portal/look': [],
  portal: ['edge/wire', 'portal/look'],
  provisioning: ['edge/wire', 'edge/config.ts', 'edge/captive-addresses.ts', 'central/noc/api.ts', 'central/platform/accounts/api.ts'],
  'central/platform': ['portal/look'],
  'central/pki': ['central/platform', 'edge/wire'],
  // The box's RADIUS front, asked over TLS: one codec, one set of rules.
  'central/radsec': ['central/platform', 'central/pki', 'edge/wire', 'edge'],
  'central/noc': [
    'central/platform',
    'central/pki',
    'edge/wire',
    'portal/look',
    // How a password rests for RADIUS is written once.
    'edge/radius/password.ts',
    'edge/radius/mschap/response.ts',
  ],
  'central/modules': ['central/platform', 'portal/look'],
  'central/web': ['central/platform', 'central/noc/pages', 'central/noc/api.ts', 'central/modules', 'portal/look'],
  central: ['central/platform', 'central/pki', 'central/noc', 'central/modules', 'edge/wire'],
  scripts: ['*'],
  test: ['*'],
}
const parts = Object.keys(mayImport).sort((a, b) => b.length - a.length)
const partOf = (file: string) => parts.find((part) => file === part || file.startsWith(`${part}/`))

/** `import … from '…'`, `export … from '…'`, `import '…'` at a line's start, and `import('…')` anywhere. */
const importPattern =
  /^[ \t]*(?:import|export)\b[^'"`=;\n]*\bfrom\s*['"]([^'"]+)['"]|^[ \t]*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm

function sourceFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'dist' || entry.name === 'node_modules' ? [] : sourceFiles(path)
    return /\.tsx?$/.test(entry.name) ? [path] : []
  })
}

function importsOf(file: string): string[] {
  // Imports may span lines; folding the braces first keeps the pattern simple.
  const text = readFileSync(join(root, file), 'utf8').replace(/\{[^{}]*\}/g, (braces) => braces.replaceAll('\n', ' '))
  return [...text.matchAll(importPattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? '')
}

function resolve(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('#')) return specifier.slice(1)
  if (specifier.startsWith('.')) return relative(root, join(root, dirname(file), specifier)).replace(/\?.*$/, '')
  return undefined
}

/** The first reason why this import is not allowed, or undefined. */
function violation(file: string, specifier: string): string | undefined {
  const target = resolve(file, specifier)
  const from = partOf(file)
  if (from === undefined) return `${file} belongs to no part of the house`
  if (target === undefined)
    return from === 'edge/wire' && !/^(node:|typebox)/.test(specifier) ? `${file}: the contract imports ${specifier}` : undefined
  const to = partOf(target)
  const allowed = mayImport[from] ?? []
  if (to === from) {
    const ownModule = /^central\/modules\/([^/]+)\//.exec(file)?.[1]
    const otherModule = /^central\/modules\/([^/]+)\//.exec(target)?.[1]
    if (ownModule !== undefined && otherModule !== undefined && ownModule !== otherModule && !target.endsWith('/module.ts')) {
      return `${file} reaches into ${target}: another module is known only by its module.ts`
    }
    return undefined
  }
  if (allowed.includes('*') || allowed.some((part) => target === part || target.startsWith(`${part}/`))) return undefined
  return `${file} imports ${target}: ${from} may import ${[from, ...allowed].join(', ')}`
}

const folders = ['edge', 'portal', 'central', 'provisioning', 'scripts', 'test']

test('imports go one way through the house', () => {
  const violations = folders
    .flatMap(sourceFiles)
    .flatMap((file) => importsOf(file).map((specifier) => violation(file, specifier)))
    .filter((reason) => reason !== undefined)
  assert.deepEqual(violations, [])
})

test('the import check itself finds planted violations', () => {
  assert.match(violation('portal/pages/welcome.tsx', '#central/platform/live/live.ts') ?? '', /portal may import/)
  assert.match(violation('central/platform/cases/act.ts', '../../noc/api.ts') ?? '', /central\/platform may import/)
  assert.match(violation('central/noc/noc.ts', '../modules/complaints/module.ts') ?? '', /central\/noc may import/)
  assert.match(violation('central/modules/e-surat/routes.ts', '../complaints/store.ts') ?? '', /only by its module\.ts/)
  assert.match(violation('edge/wire/usage.ts', 'fastify') ?? '', /the contract imports fastify/)
  assert.match(violation('edge/main.ts', '#central/main.ts') ?? '', /edge may import/)
  assert.equal(violation('central/modules/e-surat/routes.ts', '../complaints/module.ts'), undefined)
})

test('the top level holds what the house plan names and nothing else', () => {
  const expected = [
    'LICENSE',
    'README.md',
    'central',
    'edge',
    'package-lock.json',
    'package.json',
    'portal',
    'provisioning',
    'scripts',
    'test',
    'tsconfig.json',
  ]
  const built = ['node_modules', 'artefacts']
  const present = readdirSync(root).filter((name) => !name.startsWith('.') && !built.includes(name))
  assert.deepEqual(
    present.sort((a, b) => a.localeCompare(b)),
    expected.sort((a, b) => a.localeCompare(b)),
  )
})

test('node never has to load a file that type stripping cannot: enums and parameter properties are absent', () => {
  for (const file of folders.flatMap(sourceFiles)) {
    const text = readFileSync(join(root, file), 'utf8')
    assert.doesNotMatch(text, /^(export )?(const )?enum \w/m, file)
    assert.doesNotMatch(text, /constructor\([^)]*\b(private|public|protected|readonly) /, file)
  }
})

test('scripts that people call are executable', () => {
  for (const name of ['up', 'test', 'bench', 'lab', 'faults'])
    assert.ok(statSync(join(root, 'scripts', name)).mode & 0o100, `scripts/${name}`)
})
