/** The configuration the box runs by: provisioning's file, or, when that is missing or wrong, the last one it started well with. */
import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readEdgeConfig, type EdgeConfig } from '../config.ts'
import { writeDurably } from '../durable-file.ts'
import { clientTable } from '../radius/clients.ts'

export type ChosenConfig = {
  config: EdgeConfig
  /** Why provisioning's own file is not in use. */
  refused?: string
}

const goodFile = (file: string): string => `${file}.good`

/** @throws Error in one line when neither can be used. */
export function chooseConfig(file: string, log: (line: string) => void): ChosenConfig {
  try {
    return { config: readChecked(file) }
  } catch (error) {
    const refused = (error as Error).message
    try {
      const config = readChecked(goodFile(file))
      log(`CONFIGURATION REFUSED: ${refused}. The box runs by the last good one, ${goodFile(file)}.`)
      return { config, refused }
    } catch (second) {
      throw new Error(`${refused}; and there is no last good one: ${(second as Error).message}`, { cause: second })
    }
  }
}

/** Once the box serves by it. A read-only root keeps none, which is a line in the log and no more. */
export function keepGoodConfig(file: string, config: EdgeConfig, log: (line: string) => void): void {
  const text = `${JSON.stringify(config)}\n`
  try {
    if (text !== contentOf(goodFile(file))) writeDurably(goodFile(file), text)
  } catch (error) {
    log(`The configuration could not be kept as the last good one: ${(error as Error).message}`)
  }
}

/** Beyond its shape: what would only be found out half-way through the start. */
function readChecked(file: string): EdgeConfig {
  const config = readEdgeConfig(file)
  try {
    if (createPublicKey(config.mqtt.centralKey).asymmetricKeyType !== 'ed25519') throw new Error('not an Ed25519 key')
  } catch (cause) {
    throw new Error(`The configuration ${file} is wrong at "/mqtt/centralKey": ${(cause as Error).message}`, { cause })
  }
  try {
    clientTable(config.radius.clients)
  } catch (cause) {
    throw new Error(`The configuration ${file} is wrong at "/radius/clients": ${(cause as Error).message}`, { cause })
  }
  return config
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
