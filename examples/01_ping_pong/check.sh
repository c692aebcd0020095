#!/bin/sh
# check.sh TRANSPORT: plays over it, by its configuration alone, and looks for anything left behind.
set -eu
lesson=$(cd "$(dirname "$0")" && pwd)
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"

output=$("$HANDOFF_BIN_DIR/ping_pong" 1000 "$lesson/$1.toml")
echo "$output"
case $output in
    "1000 rounds over $1://"*) ;;
    *) exit 1 ;;
esac
left=$(ls -A)
[ -z "$left" ] || { echo "left behind: $left"; exit 1; }
