/**
 * What a box need not carry. A program's text stays in memory as long as it runs, and some packages load or make more than a
 * box uses. Together these entries saved 14 MB of the 111 the edge took at start without them (Node 24, RSS).
 */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Plugin } from 'vite'

const require = createRequire(import.meta.url)

/**
 * The edge reads load, memory and temperature. The package's index loads 17 more files, about docker, printers and Wi-Fi;
 * those three functions live in these two.
 */
function onlyWhatHealthReads(): Plugin {
  const folder = dirname(require.resolve('systeminformation'))
  const [load, memory] = ['cpu.js', 'memory.js'].map((file) => JSON.stringify(join(folder, file)))
  return instead('systeminformation', `const { mem } = require(${memory})\nmodule.exports = { ...require(${load}), mem }\n`)
}

/** No route of the box has a schema: forms are read by hand (welcome/), messages by edge/wire. 600 kB of compilers stay out. */
const noSchemas = (): Plugin[] =>
  ['@fastify/ajv-compiler', '@fastify/fast-json-stringify-compiler'].map((name) => leftOut(name, 'a route of the box has a schema'))

/** A box reaches its broker by mqtt:// and mqtts:// and nothing else (edge/config.ts). */
const onlyDirectMqtt = (): Plugin[] => [
  leftOut('socks', 'the uplink asks for a SOCKS proxy'),
  leftOut('ws', 'the uplink asks for a web socket'),
  // The package is Node's own stream module, for browsers and Node versions without it.
  instead('readable-stream', `module.exports = require('node:stream')\n`),
]

/** mqtt-packet keeps a Buffer for each of the 65,536 numbers two octets can say, made at the first packet. This is its own switch. */
function numbersWhenNeeded(): Plugin {
  const packet = require.resolve('mqtt-packet', { paths: [dirname(require.resolve('mqtt'))] })
  return {
    name: 'numbers-when-needed',
    transform: (code, id) => (id === packet ? `${code}\nexports.writeToStream.cacheNumbers = false\n` : undefined),
  }
}

/** snmp-native makes Buffers as Node 4 did; outside node_modules each start would print a warning about it. */
function buffersOfToday(): Plugin {
  const folder = dirname(require.resolve('snmp-native'))
  const made = '(what => typeof what === "number" ? Buffer.alloc(what) : Buffer.from(what))('
  return {
    name: 'buffers-of-today',
    transform: (code, id) => (id.startsWith(folder) ? code.replaceAll('new Buffer(', made) : undefined),
  }
}

/** One character beyond ASCII doubles the memory of the whole text: V8 then holds it with two octets per character. */
function asciiOnly(): Plugin {
  return {
    name: 'ascii-only',
    // At the very end: every pass before it writes characters as it likes.
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        for (const part of Object.values(bundle)) {
          if (part.type !== 'chunk') continue
          // An escape means the same in strings, templates, expressions and names; in a raw template it would not.
          if (part.code.includes('String.raw')) throw new Error('String.raw in a program of the box: its characters could not be escaped.')
          part.code = part.code.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
        }
      },
    },
  }
}

/** The package is not there; whoever needs it after all is told so in words. */
const leftOut = (name: string, needed: string): Plugin =>
  instead(
    name,
    `module.exports = () => () => { throw new Error(${JSON.stringify(`${name} is left out of the box's programs, but ${needed}: see provisioning/package/diet.ts`)}) }\n`,
  )

function instead(name: string, code: string): Plugin {
  const id = `\0instead-of-${name.replace('/', '-')}.cjs`
  return {
    name: `instead-of-${name}`,
    enforce: 'pre',
    resolveId: (asked) => (asked === name ? id : undefined),
    load: (asked) => (asked === id ? code : undefined),
  }
}

export const diet = (): Plugin[] => [
  onlyWhatHealthReads(),
  ...noSchemas(),
  ...onlyDirectMqtt(),
  numbersWhenNeeded(),
  buffersOfToday(),
  asciiOnly(),
]
