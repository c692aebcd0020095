#!/bin/sh
# The known answer, with workers of the program's own, and with others, one of which is killed.
set -eu
room=$(mktemp -d)
started=""
# What was started and does not end by itself, because something failed, is ended by its number.
trap 'for pid in $started; do kill -9 "$pid" 2>/dev/null || :; done; rm -rf "$room"' EXIT
cd "$room"
export HANDOFF_MANAGER="ipc://$room/manager.sock"
"$HANDOFF_BIN_DIR/handoff" serve --listen "$HANDOFF_MANAGER" &
started=$!

"$HANDOFF_BIN_DIR/worker_pool" count 2000000 2 | tee output
grep -q '^there are 148933 primes below 2000000$' output

"$HANDOFF_BIN_DIR/worker_pool" work &
condemned=$!
"$HANDOFF_BIN_DIR/worker_pool" work &
started="$started $condemned $!"
"$HANDOFF_BIN_DIR/worker_pool" count 3000000 0 >output &
counter=$!
started="$started $counter"
# Until some of its work is done.
until "$HANDOFF_BIN_DIR/handoff" stats --json primes.tasks |
    grep -q '"acks": [0-9]*[1-9][0-9][0-9]'; do :; done
kill -9 $condemned
wait $counter
cat output
grep -q '^there are 216816 primes below 3000000$' output
