/** What operating systems ask to learn whether they are online, and the answer that says yes. */
export type ProbeAnswer = { status: 200 | 204; type?: string; body?: string; headers?: Record<string, string> }
type Probe = { asker: string; hosts: readonly string[]; paths: readonly string[]; answer: ProbeAnswer }

const NO_CONTENT: ProbeAnswer = { status: 204 }
const APPLE: ProbeAnswer = {
  status: 200,
  type: 'text/html',
  body: '<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>',
}
const plain = (body: string): ProbeAnswer => ({ status: 200, type: 'text/plain', body })

/** Hosts without paths in common are listed apart; `*` = the path alone is a probe, whoever is asked. */
export const PROBES: readonly Probe[] = [
  {
    asker: 'Apple',
    hosts: [
      'captive.apple.com',
      'www.apple.com',
      'www.appleiphonecell.com',
      'www.ibook.info',
      'www.itools.info',
      'www.airport.us',
      'www.thinkdifferent.us',
      '*',
    ],
    paths: ['/hotspot-detect.html', '/library/test/success.html'],
    answer: APPLE,
  },
  // The root of this host is what some versions ask; on another host it is just a page.
  { asker: 'Apple', hosts: ['captive.apple.com'], paths: ['/'], answer: APPLE },
  {
    asker: 'Android, ChromeOS, Samsung, Xiaomi, Oppo, Vivo, Huawei',
    hosts: [
      'connectivitycheck.gstatic.com',
      'connectivitycheck.android.com',
      'www.gstatic.com',
      'www.google.com',
      'play.googleapis.com',
      'clients1.google.com',
      'clients3.google.com',
      'd2uzsrnmmf6tds.cloudfront.net',
      'connect.rom.miui.com',
      'conn1.oppomobile.com',
      'conn2.oppomobile.com',
      'wifi.vivo.com.cn',
      'connectivitycheck.platform.hicloud.com',
      '*',
    ],
    paths: ['/generate_204', '/gen_204', '/generate204'],
    answer: NO_CONTENT,
  },
  {
    asker: 'Windows',
    hosts: ['www.msftconnecttest.com', 'ipv6.msftconnecttest.com', '*'],
    paths: ['/connecttest.txt'],
    answer: plain('Microsoft Connect Test'),
  },
  {
    asker: 'Windows 8 and older',
    hosts: ['www.msftncsi.com', 'ipv6.msftncsi.com', '*'],
    paths: ['/ncsi.txt'],
    answer: plain('Microsoft NCSI'),
  },
  {
    asker: 'Firefox',
    hosts: ['detectportal.firefox.com', '*'],
    paths: ['/canonical.html'],
    answer: {
      status: 200,
      type: 'text/html',
      body: '<meta http-equiv="refresh" content="0;url=https://support.mozilla.org/kb/captive-portal"/>',
    },
  },
  { asker: 'Firefox', hosts: ['detectportal.firefox.com', '*'], paths: ['/success.txt'], answer: plain('success\n') },
  { asker: 'NetworkManager (Ubuntu)', hosts: ['connectivity-check.ubuntu.com'], paths: ['/'], answer: NO_CONTENT },
  { asker: 'NetworkManager (Debian)', hosts: ['network-test.debian.org'], paths: ['/nm'], answer: plain('NetworkManager is online\n') },
  {
    asker: 'NetworkManager (GNOME, Fedora, Arch)',
    hosts: ['nmcheck.gnome.org', 'fedoraproject.org', 'ping.archlinux.org', '*'],
    paths: ['/check_network_status.txt', '/static/hotspot.txt', '/nm-check.txt'],
    answer: { ...plain('NetworkManager is online\n'), headers: { 'X-NetworkManager-Status': 'online' } },
  },
]

const byHostAndPath = new Map<string, ProbeAnswer>()
for (const probe of PROBES) {
  for (const host of probe.hosts) for (const path of probe.paths) byHostAndPath.set(`${host} ${path}`, probe.answer)
}

export const findProbe = (host: string, path: string): ProbeAnswer | undefined =>
  byHostAndPath.get(`${host} ${path}`) ?? byHostAndPath.get(`* ${path}`)
