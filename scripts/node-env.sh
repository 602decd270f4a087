# Sourced by every script here: puts Node 24 and its npm on PATH, fetching them into .cache/ when the system's are older.
# Why not the system's Node: better-sqlite3 13 dies with a segmentation fault on Node 20, and npm under an old Node
# silently resolves older majors. Why the registry's tarballs: nothing but curl is needed, and the hashes are pinned.

NODE_VERSION=24.21.0
NPM_VERSION=11.19.1
NODE_SHA512_x64='3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q=='
NODE_SHA512_arm64='FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g=='
NPM_SHA512='ztsxKxt/kkIaAs+2i0GU6I+DRmUdrNasxTZKJe9TCdSjKxlhah/4r/hl5ygMD6XAg1qZ9c2TNomR4qgOydp10g=='

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${BROADBAND_CITY_CACHE:-$ROOT/.cache}

say() { printf '  %s\n' "$*" >&2; }
fail() { printf '\n  ✗ %s\n' "$*" >&2; exit 1; }

# npm writes integrity as base64; sha512sum checks hex.
fetch_package() { # url  sha512(base64)  target-folder
  local archive
  archive=$(mktemp "$CACHE/download.XXXXXX")
  curl --fail --silent --show-error --location --retry 3 --max-time 600 -o "$archive" "$1" \
    || { rm -f "$archive"; fail "Could not download $1. Check the internet connection (or your proxy settings) and run again."; }
  local sum
  sum=$(openssl dgst -sha512 -binary "$archive" | base64 -w0)
  [ "$sum" = "$2" ] || { rm -f "$archive"; fail "The download of $1 is damaged (its SHA-512 differs). Run again."; }
  rm -rf "$3.partial" && mkdir -p "$3.partial"
  tar -xzf "$archive" -C "$3.partial" --strip-components=1 || fail "Could not unpack $1. Is the disk full? (df -h $CACHE)"
  rm -f "$archive"
  rm -rf "$3" && mv "$3.partial" "$3"
}

node_is_new_enough() { command -v node >/dev/null 2>&1 && [ "$(node -p 'Number(process.versions.node.split(".")[0]) >= 24' 2>/dev/null)" = true ]; }

use_node_24() {
  mkdir -p "$CACHE" 2>/dev/null || fail "Cannot write to $CACHE. Run from a folder you own."
  if ! node_is_new_enough || ! command -v npm >/dev/null 2>&1; then
    local cpu sum
    case "$(uname -m)" in
      x86_64) cpu=x64 sum=$NODE_SHA512_x64 ;;
      aarch64) cpu=arm64 sum=$NODE_SHA512_arm64 ;;
      *) fail "No Node $NODE_VERSION is published for $(uname -m). Install Node 24 yourself and run again." ;;
    esac
    for tool in curl openssl tar; do
      command -v "$tool" >/dev/null 2>&1 || install_debian_packages curl openssl tar ca-certificates
    done
    if [ ! -x "$CACHE/node-$NODE_VERSION/bin/node" ]; then
      say "Fetching Node $NODE_VERSION (the system has $(node --version 2>/dev/null || echo none)) …"
      fetch_package "https://registry.npmjs.org/node-linux-$cpu/-/node-linux-$cpu-$NODE_VERSION.tgz" "$sum" "$CACHE/node-$NODE_VERSION"
    fi
    if [ ! -f "$CACHE/npm-$NPM_VERSION/bin/npm-cli.js" ]; then
      fetch_package "https://registry.npmjs.org/npm/-/npm-$NPM_VERSION.tgz" "$NPM_SHA512" "$CACHE/npm-$NPM_VERSION"
    fi
    mkdir -p "$CACHE/bin"
    ln -sfn "$CACHE/node-$NODE_VERSION/bin/node" "$CACHE/bin/node"
    printf '#!/bin/sh\nexec "%s/bin/node" "%s/npm-%s/bin/npm-cli.js" "$@"\n' "$CACHE" "$CACHE" "$NPM_VERSION" > "$CACHE/bin/npm"
    chmod +x "$CACHE/bin/npm"
    export PATH="$CACHE/bin:$PATH"
  fi
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then sudo "$@"
  else return 126
  fi
}

# Installs what is missing only; the list is by package name.
install_debian_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  say "Installing Debian packages: ${missing[*]} …"
  local log="$CACHE/apt.log"
  mkdir -p "$CACHE"
  if ! { as_root apt-get update -q && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"; } > "$log" 2>&1; then
    return 1
  fi
}

install_npm_packages() {
  cd "$ROOT" || exit 1
  local stamp=node_modules/.broadband-city-lock
  if [ ! -f "$stamp" ] || ! cmp -s package-lock.json "$stamp"; then
    say "Installing npm packages (npm ci) …"
    npm ci --no-audit --no-fund --loglevel=error > "$CACHE/npm.log" 2>&1 || { tail -5 "$CACHE/npm.log" >&2; fail "npm ci failed; the whole output is in $CACHE/npm.log."; }
    cp package-lock.json "$stamp"
  fi
}
