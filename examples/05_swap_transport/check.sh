#!/bin/sh
# The same program with every configuration; the results are exact, and the program is the same.
set -eu
lesson=$(cd "$(dirname "$0")" && pwd)
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
program="$HANDOFF_BIN_DIR/swap_transport"
fingerprint() { sha256sum "$program" "$HANDOFF_BIN_DIR/handoff"; }
before=$(fingerprint)

mkdir -p keys/clients
"$HANDOFF_BIN_DIR/handoff" keygen keys/manager >keygen
"$HANDOFF_BIN_DIR/handoff" keygen keys/client >>keygen
cp keys/client.pub keys/clients

# swap CONFIG ADDRESS PROCESSES
swap() {
    "$program" "$lesson/$1.toml" 500 >output || { cat output; echo "not with $1"; exit 1; }
    cat output
    grep -q "^500 squares, sum 41791750, by $3\$" output
    grep -q "^exact over $2://" output
    [ "$(fingerprint)" = "$before" ] || { echo "$1: the program is another one"; exit 1; }
}
swap inproc inproc '1 process'
swap ipc ipc '[34] processes'
swap tcp tcp '[34] processes'
swap curve tcp '[34] processes'

# That it does encrypt: with a key that the manager does not list nobody gets in.
rm keys/clients/client.pub
if HANDOFF__CLIENT__UNREACHABLE_AFTER=200ms "$program" "$lesson/curve.toml" 1 >output 2>message
then
    echo "curve lets everybody in"
    exit 1
fi
grep -q 'is this client.s in its folder of clients' message

rm -r keys keygen output message
left=$(ls -A)
[ -z "$left" ] || { echo "left behind: $left"; exit 1; }
