/** The key central signs its downward words with. Boxes carry the public half; losing this file means visiting every box. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { keptOnce } from '../platform/files/kept-once.ts'

export type SigningKey = { privateKey: KeyObject; publicKey: KeyObject; publicPem: string }

/** Reads the Ed25519 key in `file` (PKCS#8 PEM), or makes it once. */
export async function loadSigningKey(file: string): Promise<SigningKey> {
  const privateKey = createPrivateKey(await keptOnce(file, newKey))
  if (privateKey.asymmetricKeyType !== 'ed25519') throw new Error(`${file} holds no Ed25519 key`)
  const publicKey = createPublicKey(privateKey)
  return { privateKey, publicKey, publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString() }
}

const newKey = () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
