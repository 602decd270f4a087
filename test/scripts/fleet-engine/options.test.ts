import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readOptions } from '#scripts/fleet-engine/options.ts'

const problemOf = (...argv: string[]): string => {
  const read = readOptions(argv)
  return read === 'help' || read.ok ? assert.fail(`${argv.join(' ')} was taken`) : read.problem
}

test('without options it is a hundred boxes by certificate against a central of its own', () => {
  const read = readOptions([])
  assert.ok(read !== 'help' && read.ok)
  const { command, boxes, processes, central, proof, seed } = read.options
  assert.deepEqual(
    { command, boxes, processes, central, proof, seed },
    { command: 'run', boxes: 100, processes: 1, central: undefined, proof: 'certificate', seed: undefined },
  )
  assert.equal(readOptions(['verify', '--help']), 'help')
})

test('a process for each 2,500 boxes, and tokens where the road is plain', () => {
  const read = readOptions(['--boxes', '10000', '--central', 'mqtt://127.0.0.1:1883'])
  assert.ok(read !== 'help' && read.ok)
  assert.equal(read.options.processes, 4)
  assert.equal(read.options.proof, 'token')
})

test('a mistake is one line that names the option and what it takes', () => {
  assert.match(problemOf('--boxes', '0'), /^--boxes must be a number from 1 to 20000, not "0"\.$/)
  assert.match(problemOf('--boxes', '2.5'), /^--boxes must be a whole number/)
  assert.match(problemOf('--minutes', ''), /^--minutes must be a number/)
  assert.match(problemOf('--rate', 'often'), /^--rate must be a number from 3 to 30, not "often"\.$/)
  assert.match(problemOf('--weather', 'storm'), /^--weather is one of calm, city, rough, not "storm"\.$/)
  assert.match(problemOf('--central', 'http://kota'), /^--central must be an address like mqtts?:/)
  assert.match(problemOf('--central', 'mqtt://127.0.0.1:1883', '--kills', '1'), /would end the one at --central/)
  assert.match(problemOf('enrol'), /^enrol needs --central-data/)
  assert.match(problemOf('conquer'), /^Unknown command: conquer\. There are: run, enrol, verify$/)
  assert.match(problemOf('--colour'), /^Unknown option '--colour'/)
})
