#!/bin/sh
# check.sh LOOP: two servers with this loop (epoll or asio) share the work while takers are killed;
# one of the servers is killed as well, the other is stopped by a signal at the end.
set -eu
room=$(mktemp -d)
started=""
# What was started and does not end by itself, because something failed, is ended by its number.
trap 'for pid in $started; do kill -9 "$pid" 2>/dev/null || :; done; rm -rf "$room"' EXIT
cd "$room"

export HANDOFF_MANAGER="ipc://$room/manager.sock"
"$HANDOFF_BIN_DIR/event_loop_$1" >condemned &
condemned=$!
"$HANDOFF_BIN_DIR/event_loop_$1" >survivor &
survivor=$!
started="$condemned $survivor"

mkfifo told go
"$HANDOFF_BIN_DIR/event_loop_under_kills" "$HANDOFF_MANAGER" "$condemned" <go >told &
master=$!
started="$started $master"
exec 4>go 5<told
line=
while [ "$line" != done ] && read -r line <&5; do echo "$line"; done
[ "$line" = done ] || exit 1

kill -TERM "$survivor"
wait "$survivor"
exec 4>&-
wait "$master"
wait "$condemned" || [ $? -eq 137 ]
cat survivor
grep -q '^served [1-9].* 50 queues closed, 50 stopped$' survivor
