/** The file provisioning writes and this box runs by. Read once at start, frozen; process.env is read nowhere else. */
import { readFileSync } from 'node:fs'
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { CLIENT_VENDORS, type ClientVendor } from './radius/client-vendor.ts'
import { DEVICE_NAME_MAX, DEVICES_MAX } from './wire/device.ts'
import { NODE_NAME_PATTERN } from './wire/topics.ts'

/** What the edge writes into `dnsmasq.folder` while it runs (agent/): each is read by one of the box's two dnsmasq. */
export const GARDEN_FILE = 'garden.conf'
export const CAPTIVE_API_FILE = 'captive-api.conf'

const port = Type.Integer({ minimum: 0, maximum: 65535 })
const seconds = Type.Integer({ minimum: 1, maximum: 86_400 })

const RadiusClient = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 60 }),
    /** Address or prefix, e.g. 10.77.0.0/24 or fd00::/64. */
    address: Type.String({ minLength: 2, maxLength: 50 }),
    secret: Type.String({ minLength: 16, maxLength: 128 }),
    /** What it is, so that limits are told in its words; absent = WISPr's, which most understand. */
    vendor: Type.Optional(Type.Unsafe<ClientVendor>(Type.Union(CLIENT_VENDORS.map((word) => Type.Literal(word))))),
    /**
     * `legacy`: takes an Access-Request without Message-Authenticator from a device that cannot send it. Whoever is between it
     * and the box can then forge answers (CVE-2024-3596); the NOC is told. Absent = require.
     */
    messageAuthenticator: Type.Optional(Type.Union([Type.Literal('require'), Type.Literal('legacy')])),
    /** What it sends as password when a machine logs in by its address, where that is not the address itself. */
    macPassword: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    /** Where it takes Disconnect and CoA requests (RFC 5176); absent = 3799, 0 = it takes none. */
    changePort: Type.Optional(port),
  },
  { additionalProperties: false },
)

const EapMethod = Type.Union([Type.Literal('ttls'), Type.Literal('tls'), Type.Literal('peap')])
const InnerMethod = Type.Union([Type.Literal('pap'), Type.Literal('chap'), Type.Literal('mschapv2'), Type.Literal('gtc')])

/** PEM files; read at the start and again when they change. */
const RadiusEap = Type.Object(
  {
    /** Best first. PEAP needs `recoverableSecrets`. */
    methods: Type.Array(EapMethod, { minItems: 1, maxItems: 3 }),
    innerMethods: Type.Array(InnerMethod, { maxItems: 4 }),
    keyFile: Type.String({ minLength: 1 }),
    /** The server's own certificate first, without the root. */
    certificateFile: Type.String({ minLength: 1 }),
    /** Roots that client certificates must lead to, for `tls`, and their revocation lists. */
    clientAuthoritiesFile: Type.Optional(Type.String({ minLength: 1 })),
    revocationListsFile: Type.Optional(Type.String({ minLength: 1 })),
  },
  { additionalProperties: false },
)

const RadiusUser = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 63 }),
    /** `scrypt$N$r$p$salt$hash`, base64url parts (edge/radius/password.ts makes it). Never the password itself. */
    passwordHash: Type.String({ minLength: 20, maxLength: 200 }),
    sessionTimeoutSeconds: Type.Optional(Type.Integer({ minimum: 60, maximum: 604_800 })),
    group: Type.Optional(Type.String({ maxLength: 40 })),
  },
  { additionalProperties: false },
)

/** SHA-1 (`sha`) and 128-bit AES are what every SNMPv3 device has; the rest is RFC 7860 and, for `aes256b`, Blumenthal's draft. */
const SnmpV3 = Type.Object(
  {
    version: Type.Literal('3'),
    user: Type.String({ minLength: 1, maxLength: 32 }),
    /** Pass phrases of at least 8 letters (RFC 3414 §11.2); never logged. */
    auth: Type.Object(
      {
        protocol: Type.Union([
          Type.Literal('sha'),
          Type.Literal('sha224'),
          Type.Literal('sha256'),
          Type.Literal('sha384'),
          Type.Literal('sha512'),
        ]),
        key: Type.String({ minLength: 8, maxLength: 128 }),
      },
      { additionalProperties: false },
    ),
    priv: Type.Object(
      {
        protocol: Type.Union([Type.Literal('aes'), Type.Literal('aes256b'), Type.Literal('aes256r')]),
        key: Type.String({ minLength: 8, maxLength: 128 }),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
)
export type SnmpV3 = Static<typeof SnmpV3>

/** The community travels in clear: only over a network that visitors cannot listen to. Never logged. */
const SnmpV2c = Type.Object(
  { version: Type.Literal('2c'), community: Type.String({ minLength: 1, maxLength: 64 }) },
  { additionalProperties: false },
)

const OCTET = '(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])'
const IPV4 = `${OCTET}(\\.${OCTET}){3}`

/** An access point, switch or router of the site that is asked by SNMP how it does; what it is, is found out. */
const DeviceConfig = Type.Object(
  {
    /** Unique; what the NOC calls it, e.g. "AP lapangan". */
    name: Type.String({ minLength: 1, maxLength: DEVICE_NAME_MAX }),
    /** IP address; a name would need DNS to be there. */
    address: Type.String({ pattern: `^(${IPV4}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]+(%[a-zA-Z0-9_.-]{1,15})?)$`, maxLength: 60 }),
    /** Absent = 161. */
    port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65535 })),
    /** Absent = 60. */
    everySeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 3_600 })),
    /** Absent = concluded from what it tells. */
    kind: Type.Optional(Type.Union([Type.Literal('ap'), Type.Literal('switch'), Type.Literal('router')])),
    snmp: Type.Union([SnmpV2c, SnmpV3]),
  },
  { additionalProperties: false },
)
export type DeviceConfig = Static<typeof DeviceConfig>

export const EdgeConfig = Type.Object(
  {
    node: Type.String({ pattern: NODE_NAME_PATTERN }),
    hotspot: Type.Object({ name: Type.String({ maxLength: 80 }), area: Type.String({ maxLength: 80 }) }, { additionalProperties: false }),
    /** Folder for the outbox, sessions and keys. */
    stateDir: Type.String({ minLength: 1 }),
    /** Folder in RAM for a copy of the state while the disk cannot be written; absent = /dev/shm. Must outlive the program, not the power. */
    memoryDir: Type.Optional(Type.String({ minLength: 1 })),
    /** Folder with the built portal (render.js, assets, content). */
    portalDir: Type.String({ minLength: 1 }),
    welcome: Type.Object(
      {
        host: Type.String(),
        port,
        /** What visitors are sent to, e.g. http://10.77.0.1 or https://n0123.wifi.example. */
        origin: Type.String({ pattern: '^https?://[^/]+$' }),
        /** Until central has sent an access policy (wire/policy.ts), everybody is public and gets this. */
        watchSeconds: seconds,
        sessionSeconds: seconds,
        /** HTTPS under the box's own name, once a certificate that phones accept is installed; watched while running. */
        tls: Type.Optional(
          Type.Object(
            {
              host: Type.String(),
              port,
              /** The name in the certificate, e.g. n0123.wifi.example; resolves to the box on both sides of the login. */
              name: Type.String({ pattern: '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,24}$', maxLength: 190 }),
              /** PEM files: chain with the box's own certificate first, and its key. Neither need exist yet. */
              certificateFile: Type.String({ minLength: 1 }),
              keyFile: Type.String({ minLength: 1 }),
            },
            { additionalProperties: false },
          ),
        ),
      },
      { additionalProperties: false },
    ),
    gate: Type.Object(
      {
        /** `none`: no firewall at all, announced on every page and in health. Never chosen silently. */
        mode: Type.Union([Type.Literal('nftables'), Type.Literal('none')]),
        /** Unix socket of the gate daemon. */
        socket: Type.String(),
        lan: Type.String({ maxLength: 15 }),
        wan: Type.String({ maxLength: 15 }),
      },
      { additionalProperties: false },
    ),
    /** What the edge and the box's dnsmasq tell each other through files; absent where DHCP and DNS are not ours. */
    dnsmasq: Type.Optional(
      Type.Object(
        {
          /** dnsmasq writes it: which device got which address. With it an admitted device may use only its own. */
          leaseFile: Type.String({ minLength: 1 }),
          /** The edge writes garden.conf and captive-api.conf here; dnsmasq reads them, and is restarted when they change. */
          folder: Type.String({ minLength: 1 }),
          /** Who knows the names of the walled garden before the login, e.g. 1.1.1.1. */
          upstream: Type.Array(Type.String({ minLength: 2, maxLength: 60 }), { maxItems: 4 }),
          /** Where admitted visitors' DNS listens; asked now and then, to know whether names still resolve. */
          address: Type.String({ minLength: 2, maxLength: 60 }),
          port,
          /** A name that must resolve, e.g. that of the city's own site; absent = DNS is not probed. */
          probeName: Type.Optional(Type.String({ maxLength: 190 })),
        },
        { additionalProperties: false },
      ),
    ),
    /** The kelurahan's roaming key, base64url of 32 bytes; absent = sessions are not shared with other boxes. Never logged. */
    roamingKey: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' })),
    radius: Type.Object(
      {
        host: Type.String(),
        authPort: port,
        acctPort: port,
        clients: Type.Array(RadiusClient, { maxItems: 256 }),
        users: Type.Array(RadiusUser, { maxItems: 20_000 }),
        /**
         * The site opts in to CHAP, MS-CHAPv2 and PEAP, which need the password or its NT hash where the box can read it: a
         * stolen box then gives away every password of those who opted in. Absent = no: such secrets are not even kept.
         */
        recoverableSecrets: Type.Optional(Type.Boolean()),
        /** Absent = no EAP: Wi-Fi with WPA-Enterprise is refused. */
        eap: Type.Optional(RadiusEap),
      },
      { additionalProperties: false },
    ),
    /** Asked by SNMP (telemetry/snmp/); absent = none is watched. */
    devices: Type.Optional(Type.Array(DeviceConfig, { maxItems: DEVICES_MAX })),
    mqtt: Type.Object(
      {
        url: Type.String({ pattern: '^mqtts?://' }),
        /** This node's own token, where it does not come in by certificate; never logged. */
        token: Type.Optional(Type.String({ minLength: 32, maxLength: 128 })),
        /** Over mqtts: PEM files with central's authority, the box's certificate and its key. Read anew for every connection. */
        tls: Type.Optional(
          Type.Object(
            {
              ca: Type.String({ minLength: 1 }),
              certificate: Type.String({ minLength: 1 }),
              /** Readable by the box's program alone; it never leaves the box. */
              key: Type.String({ minLength: 1 }),
            },
            { additionalProperties: false },
          ),
        ),
        /** Central's Ed25519 public key, SPKI PEM. */
        centralKey: Type.String(),
      },
      { additionalProperties: false },
    ),
    telemetry: Type.Object(
      {
        everySeconds: seconds,
        /** Telemetry records are committed in groups at most this far apart, to spare the SD card. */
        groupSeconds: Type.Integer({ minimum: 1, maximum: 60 }),
        outboxBytesMax: Type.Integer({ minimum: 1_048_576 }),
        /** `host:port` answered over TCP, to know whether the upstream lives; absent = not probed. */
        uplinkProbe: Type.Optional(Type.String({ maxLength: 120 })),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
)
export type EdgeConfig = Static<typeof EdgeConfig>

const schema = Compile(EdgeConfig)

/** @throws Error naming the file and the first thing wrong in it. */
export function readEdgeConfig(file: string): EdgeConfig {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new Error(`Cannot read the configuration ${file}: ${whyUnreadable(cause)}`, { cause })
  }
  if (!schema.Check(value)) {
    const [first] = schema.Errors(value)
    throw new Error(`The configuration ${file} is wrong at "${first?.instancePath || '/'}": ${first?.message ?? 'invalid'}`)
  }
  const { url, token, tls } = value.mqtt
  const wrong =
    (token === undefined) === (tls === undefined) ? 'either token or tls' : tls && !url.startsWith('mqtts:') ? 'an mqtts:// url' : ''
  if (wrong) throw new Error(`The configuration ${file} is wrong at "/mqtt": it needs ${wrong}`)
  return Object.freeze(value)
}

/** The parser's own words quote the file, and so its secrets: of them only the place is passed on. */
function whyUnreadable(cause: unknown): string {
  if (!(cause instanceof SyntaxError)) return cause instanceof Error ? cause.message : String(cause)
  const [place] = /at position \d+( \(line \d+ column \d+\))?/.exec(cause.message) ?? []
  return place === undefined ? 'it is not JSON' : `it is not JSON ${place}`
}
