#!/bin/sh
# check.sh NAME: runs the program guide_NAME in a folder of its own and compares what it prints with
# NAME.txt.
set -eu
lesson=$(cd "$(dirname "$0")" && pwd)
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cp "$lesson/farm.toml" "$room"
cd "$room"
export HANDOFF__MANAGER__LISTEN=ipc://guide.sock

"$HANDOFF_BIN_DIR/guide_$1" >printed
diff "$lesson/$1.txt" printed
