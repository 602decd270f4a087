/** Names of the standard MIBs that are read, by their RFC. */

/** SNMPv2-MIB (RFC 3418), IP-MIB (RFC 4293), BRIDGE-MIB (RFC 4188): one request. */
export const SYSTEM = {
  sysDescr: '1.3.6.1.2.1.1.1.0',
  sysObjectId: '1.3.6.1.2.1.1.2.0',
  /** Hundredths of a second; wraps after 497 days. */
  sysUpTime: '1.3.6.1.2.1.1.3.0',
  sysName: '1.3.6.1.2.1.1.5.0',
  /** 1: forwards packets, a router. */
  ipForwarding: '1.3.6.1.2.1.4.1.0',
  dot1dBaseNumPorts: '1.3.6.1.2.1.17.1.2.0',
} as const

/** IF-MIB (RFC 2863), ifTable. */
export const IF_TABLE = {
  ifDescr: '1.3.6.1.2.1.2.2.1.2',
  ifType: '1.3.6.1.2.1.2.2.1.3',
  /** Bits per second, at its maximum from 4.3 Gbit/s on. */
  ifSpeed: '1.3.6.1.2.1.2.2.1.5',
  /** 1: up. */
  ifOperStatus: '1.3.6.1.2.1.2.2.1.8',
  ifInOctets: '1.3.6.1.2.1.2.2.1.10',
  ifInDiscards: '1.3.6.1.2.1.2.2.1.13',
  ifInErrors: '1.3.6.1.2.1.2.2.1.14',
  ifOutOctets: '1.3.6.1.2.1.2.2.1.16',
  ifOutDiscards: '1.3.6.1.2.1.2.2.1.19',
  ifOutErrors: '1.3.6.1.2.1.2.2.1.20',
} as const

/** IF-MIB, ifXTable: indexed alike. */
export const IF_X_TABLE = {
  ifName: '1.3.6.1.2.1.31.1.1.1.1',
  ifHCInOctets: '1.3.6.1.2.1.31.1.1.1.6',
  ifHCOutOctets: '1.3.6.1.2.1.31.1.1.1.10',
  /** Millions of bits per second. */
  ifHighSpeed: '1.3.6.1.2.1.31.1.1.1.15',
  ifAlias: '1.3.6.1.2.1.31.1.1.1.18',
  /** sysUpTime when the interface's counters last began anew. */
  ifCounterDiscontinuityTime: '1.3.6.1.2.1.31.1.1.1.19',
} as const

/**
 * Interfaces that carry what others carry too (IANAifType-MIB): loopback, propVirtual, tunnel, l2vlan, l3ipvlan, ieee8023adLag,
 * bridge.
 */
export const CARRIED_BY_OTHERS: readonly bigint[] = [24n, 53n, 131n, 135n, 136n, 161n, 209n]

/** Status of each address the bridge knows; the address is in the index, which is only counted. 3: learned. */
export const FORWARDING = {
  /** Q-BRIDGE-MIB (RFC 4363), one table for all VLANs. */
  dot1qTpFdbStatus: '1.3.6.1.2.1.17.7.1.2.2.1.3',
  /** BRIDGE-MIB (RFC 4188), where VLANs are not known. */
  dot1dTpFdbStatus: '1.3.6.1.2.1.17.4.3.1.3',
} as const
export const LEARNED = 3n

/** POWER-ETHERNET-MIB (RFC 3621), per power supply: watts it can give and watts drawn. */
export const POWER = {
  pethMainPsePower: '1.3.6.1.2.1.105.1.3.1.1.2',
  pethMainPseConsumptionPower: '1.3.6.1.2.1.105.1.3.1.1.4',
} as const
