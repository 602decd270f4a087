/** What a Mosquitto broker (2.0) is given, so that each box may speak on its own topics and on no others. */
import { pbkdf2Sync } from 'node:crypto'
import { PACKET_BYTES_MAX } from '#edge/wire/envelope.ts'
import { DOWN_LEAVES, NODE_NAME_PATTERN, UP_LEAVES, anyShardTopic } from '#edge/wire/topics.ts'

/** Mosquitto's own default; a token is 256 random bits, which no number of rounds makes harder to guess. */
const PBKDF2_ROUNDS = 101
const SALT_BYTES = 12

/**
 * One pattern for the whole fleet: %u is the name the broker authenticated. The shard is left open because a broker cannot
 * compute it; ingest refuses a wrong one. `central`: one user per process of central, because the name is the client id.
 */
export function mosquittoAcl(central: string | readonly string[]): string {
  const boxes = [
    ...UP_LEAVES.map((leaf) => `pattern write ${anyShardTopic('%u', leaf)}`),
    ...DOWN_LEAVES.map((leaf) => `pattern read ${anyShardTopic('%u', leaf)}`),
  ]
  const all = [...UP_LEAVES, ...DOWN_LEAVES].map((leaf) => `topic readwrite ${anyShardTopic('+', leaf)}`)
  return [...boxes, '', ...[central].flat().flatMap((user) => [`user ${user}`, ...all, ''])].join('\n')
}

/** One line of the password file: `$7$` is PBKDF2 with SHA-512. @throws when the name would break the file's format. */
export function mosquittoPassword(name: string, token: string, salt: Uint8Array): string {
  if (!new RegExp(NODE_NAME_PATTERN).test(name)) throw new Error(`"${name}" cannot be a user of the broker`)
  if (salt.length !== SALT_BYTES) throw new Error(`the salt needs ${SALT_BYTES} bytes`)
  const hash = pbkdf2Sync(token, salt, PBKDF2_ROUNDS, 64, 'sha512')
  return `${name}:$7$${PBKDF2_ROUNDS}$${Buffer.from(salt).toString('base64')}$${hash.toString('base64')}`
}

type Files = { listen: string; aclFile: string }

/** Boxes by token over plain TCP, for trials and tests on one machine; addresses and persistence are the operator's. */
export function mosquittoConfig(at: Files & { passwordFile: string }): string {
  return [`listener ${at.listen}`, `password_file ${at.passwordFile}`, ...everywhere(at), ''].join('\n')
}

/**
 * Boxes and central by certificate. All files are PEM and must be readable by the user `mosquitto`, also later: a SIGHUP reads
 * them again. `crlFile` is the one that central keeps with --crl-file; Mosquitto does not start without it, and refuses
 * everybody once it is over, which is 60 days after central wrote it last.
 */
export function mosquittoTlsConfig(
  at: Files & { authorityFile: string; certificateFile: string; keyFile: string; crlFile: string },
): string {
  return [
    `listener ${at.listen}`,
    `cafile ${at.authorityFile}`,
    `certfile ${at.certificateFile}`,
    `keyfile ${at.keyFile}`,
    `crlfile ${at.crlFile}`,
    'tls_version tlsv1.2',
    'require_certificate true',
    // The certificate's common name, whatever the client says.
    'use_identity_as_username true',
    ...everywhere(at),
    '',
  ].join('\n')
}

const everywhere = ({ aclFile }: Files): string[] => [
  'allow_anonymous false',
  // The client id is the name, so a second connection of a box ends its first one.
  'use_username_as_clientid true',
  `acl_file ${aclFile}`,
  `message_size_limit ${PACKET_BYTES_MAX}`,
  // A box resends what is not acked end to end, so a queue for absent boxes is only a cost.
  'max_queued_messages 1000',
]
