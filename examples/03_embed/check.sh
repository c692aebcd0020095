#!/bin/sh
# check.sh: counts over inproc and, told so by a variable, over ipc; looks for anything left behind.
set -eu
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"

expect() {
    output=$("$HANDOFF_BIN_DIR/embed" "$1")
    echo "$output"
    [ "$output" = "$2" ] || { echo "not: $2"; exit 1; }
}

expect 100000 "9592 primes below 100000, counted over inproc://embed"
expect 11 "4 primes below 11, counted over inproc://embed"
expect 0 "0 primes below 0, counted over inproc://embed"
export HANDOFF__MANAGER__LISTEN=ipc://embed.sock
expect 1001 "168 primes below 1001, counted over ipc://embed.sock"

if HANDOFF__MANAGER__LISTEN=nowhere "$HANDOFF_BIN_DIR/embed" 2>message; then
    echo "it counts over an address that is none"
    exit 1
fi
grep '^embed: .*nowhere' message
rm message
left=$(ls -A)
[ -z "$left" ] || { echo "left behind: $left"; exit 1; }
