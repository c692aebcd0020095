#!/bin/sh
# Two watch, a third is killed while it does, a fourth is stopped, and a fifth comes late.
set -eu
room=$(mktemp -d)
started=""
# What was started and does not end by itself, because something failed, is ended by its number.
trap 'for pid in $started; do kill -9 "$pid" 2>/dev/null || :; done; rm -rf "$room"' EXIT
cd "$room"
export HANDOFF_MANAGER="ipc://$room/manager.sock"
broadcast="$HANDOFF_BIN_DIR/broadcast"
"$HANDOFF_BIN_DIR/handoff" serve --listen "$HANDOFF_MANAGER" &
started=$!

"$broadcast" watch fruit. >fruit &
fruit=$!
"$broadcast" watch "" >all &
all=$!
"$broadcast" watch "" >killed &
killed=$!
"$broadcast" watch "" drop_oldest >slow &
slow=$!
started="$started $fruit $all $killed $slow"
for file in fruit all killed slow; do until grep -q '^watching$' "$file"; do :; done; done
kill -STOP $slow
kill -9 $killed

"$broadcast" prices 100 >published
kill -CONT $slow
wait $fruit
wait $all
wait $slow
[ "$(wc -l <fruit)" -eq 201 ]
[ "$(wc -l <all)" -eq 301 ]
seq -f 'fruit.fig %g' 2 2 200 >expected
grep '^fruit.fig' all | diff expected -
# The stopped one had asked for items, so the first of them may have been on their way to it.
dropped=$(sed 's/dropped //' published)
[ "$dropped" -ge 250 ]
[ "$(wc -l <slow)" -le 51 ]
tail -1 slow | grep -q '^fish.cod 300$'

# The last values are there for whoever comes late.
"$broadcast" watch fruit. >late
cat >expected <<END
watching
fruit.pear 100
fruit.fig 200
END
diff expected late
