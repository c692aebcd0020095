#!/bin/sh
# Runs the commands of shell.sh in a folder of their own and compares what they print with
# shell.txt.
set -eu
lesson=$(cd "$(dirname "$0")" && pwd)
room=$(mktemp -d)
manager=
trap '[ -z "$manager" ] || { kill "$manager"; wait "$manager"; }; rm -rf "$room"' EXIT
cp "$lesson/farm.toml" "$room"
cd "$room"
export HANDOFF__MANAGER__LISTEN=ipc://guide.sock
PATH="$HANDOFF_BIN_DIR:$PATH"

. "$lesson/shell.sh" >printed
manager=$!
grep -v '^serving ' printed >compared  # the manager says so at a time of its own
diff "$lesson/shell.txt" compared
