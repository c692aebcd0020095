#!/bin/sh
# Two servers answer; one is killed, and clients notice nothing but the health.
set -eu
lesson=$(cd "$(dirname "$0")" && pwd)
room=$(mktemp -d)
started=""
# What was started and does not end by itself, because something failed, is ended by its number.
trap 'for pid in $started; do kill -9 "$pid" 2>/dev/null || :; done; rm -rf "$room"' EXIT
cd "$room"
export HANDOFF_MANAGER="ipc://$room/manager.sock"
service="$HANDOFF_BIN_DIR/service"
"$HANDOFF_BIN_DIR/handoff" serve --listen "$HANDOFF_MANAGER" &
started=$!

# A client may come before its servers: it waits for one.
"$service" define lease >first &
client=$!
started="$started $client"
"$service" serve "$lesson/words.txt" &
condemned=$!
"$service" serve "$lesson/words.txt" &
started="$started $condemned $!"
wait $client
[ "$(cat first)" = "one borrowed item" ]
until "$service" health | grep -q '^dictionary: 2 servers'; do :; done

kill -9 $condemned
for word in lock queue manager lock queue manager; do "$service" define $word >>texts; done
[ "$(wc -l <texts)" -eq 6 ]
[ "$("$service" words l | tr '\n' ' ')" = "lease list lock " ]
if "$service" define handle 2>message; then exit 1; fi
grep -q 'task define' message
"$service" health
"$service" health | grep -q '^dictionary: 1 servers, 0 waiting, 9 served$'
