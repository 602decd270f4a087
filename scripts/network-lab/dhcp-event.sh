#!/bin/sh
# What udhcpc calls on a lab phone at every event ($1): sets the address, the route and the name server it was given, and
# leaves what it was told in $HEARD, one word=value per line, for whoever wants to see. Only `ip`, no ifconfig.
set -eu
case "$1" in
  deconfig)
    ip -4 address flush dev "$interface"
    ip link set "$interface" up
    echo "event=$1" >"$HEARD"
    ;;
  bound | renew)
    # A renewal that brings another address must not leave the old one behind.
    ip -4 -o address show dev "$interface" | grep -qF " $ip/" || ip -4 address flush dev "$interface"
    ip -4 address replace "$ip/$mask" dev "$interface" valid_lft "$lease" preferred_lft "$lease"
    for gateway in ${router:-}; do
      ip -4 route replace default via "$gateway" dev "$interface"
      break
    done
    # Written in place: it is mounted over /etc/resolv.conf of this namespace.
    {
      for server in ${dns:-}; do echo "nameserver $server"; done
      echo 'options timeout:1 attempts:2'
    } >/etc/resolv.conf
    {
      echo "event=$1"
      echo "address=$ip"
      echo "router=${router:-}"
      echo "dns=${dns:-}"
      echo "lease=$lease"
      echo "captiveApi=${opt114:-}"
    } >"$HEARD.new"
    mv "$HEARD.new" "$HEARD"
    ;;
esac
