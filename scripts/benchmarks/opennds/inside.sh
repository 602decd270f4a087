#!/usr/bin/env bash
# openNDS with nothing of the machine in reach but what it is given: run by start.ts in mount, process and network namespaces
# of its own. It writes to /etc/hosts and dnsmasq's configuration, restarts services and ends processes by name.
#   inside.sh LEASES LAN
set -euo pipefail
leases=$1 lan=$2
room=$(mktemp -d)

mount -t proc proc /proc
mount -t tmpfs tmpfs "$room"
cp -a /etc "$room/etc"
# It wants iptables as it was before nftables.
for tool in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
  ln -sf "/usr/sbin/${tool/tables/tables-legacy}" "$room/etc/alternatives/$tool"
done
cat > "$room/etc/opennds/opennds.conf" <<CONF
GatewayInterface $lan
GatewayName Bench
debuglevel 0
maxclients 2000
FirewallRuleSet authenticated-users {
}
FirewallRuleSet preauthenticated-users {
}
FirewallRuleSet users-to-router {
    FirewallRule allow udp port 53
    FirewallRule allow tcp port 53
    FirewallRule allow udp port 67
}
CONF
: > "$room/etc/dnsmasq.conf"
printf '#!/bin/sh\nexit 0\n' > "$room/nothing"
chmod +x "$room/nothing"
cp "$leases" "$room/dnsmasq.leases"

mount --bind "$room/etc" /etc
[ -e /usr/bin/systemctl ] && mount --bind "$room/nothing" /usr/bin/systemctl
mount -t tmpfs tmpfs /run && mkdir -p /run/lock /run/tmpfiles.d
mkdir -p /var/lib/misc && mount -t tmpfs tmpfs /var/lib/misc && cp "$room/dnsmasq.leases" /var/lib/misc/dnsmasq.leases
mount -t tmpfs tmpfs /tmp

# A box that uses it masquerades by rules of its own.
iptables -t nat -A POSTROUTING -o wan0 -j MASQUERADE
# This shell stays: it is the first process here, and takes care of what is left behind.
/usr/bin/opennds -f -d 0 -c /etc/opennds/opennds.conf &
wait $!
