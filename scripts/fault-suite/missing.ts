/** Why a fault cannot be done on this machine, in one line. */
import { existsSync, readdirSync } from 'node:fs'

export const mosquittoMissing = (): string | undefined =>
  existsSync('/usr/sbin/mosquitto') ? undefined : 'Mosquitto is not installed (apt-get install mosquitto)'

export const rootMissing = (): string | undefined => (process.geteuid?.() === 0 ? undefined : 'it mounts small RAM disks, which needs root')

const LIBRARY = 'libfaketime.so.1'
/** Debian keeps it in a folder of the machine's kind. */
export const faketimeLibrary = (): string | undefined =>
  readdirSync('/usr/lib', { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `/usr/lib/${name}/faketime/${LIBRARY}`)
    .find((path) => existsSync(path))

export const faketimeMissing = (): string | undefined =>
  faketimeLibrary() ? undefined : 'libfaketime is not installed (apt-get install libfaketime)'

export const gccMissing = (): string | undefined =>
  existsSync('/usr/bin/gcc') ? undefined : 'the write recorder is built with gcc (apt-get install gcc libc6-dev)'
