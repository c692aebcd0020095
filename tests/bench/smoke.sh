#!/bin/sh
# smoke.sh WORK TRANSPORT: does the work once with few items, verifies what it wrote, and that it
# leaves neither files nor processes behind.
set -eu
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
mkdir "$room/temporary"

# Processes of the run are recognised by this in their environment.
mark="HANDOFF_BENCH_SMOKE=$room"
engine=managed
case $1,$2 in
    *,curve) ;;
    throughput,* | roundtrip,* | sync,*) engine=both ;;
esac
env "$mark" TMPDIR="$room/temporary" "$HANDOFF_BIN_DIR/handoff-bench" "$1" --transport "$2" \
    --engine "$engine" \
    --runs 1 --count 200 --largest 100 --limit 30 --json "$room/out.json"

grep -q '"work": "'"$1"'"' "$room/out.json"
case $1 in
    throughput | depth | queues | clients | leases | waiters | threads)
        "$HANDOFF_BIN_DIR/handoff-bench-plot" "$room/out.json" | grep -q '</svg>'
        ;;
esac

left=$(ls -A "$room/temporary")
[ -z "$left" ] || { echo "files are left: $left"; exit 1; }
left=$(grep -ls "$mark" /proc/[0-9]*/environ || :)
[ -z "$left" ] || { echo "processes are left: $left"; exit 1; }
