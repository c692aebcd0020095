#!/bin/sh
# Runs the program, and kills its manager three times meanwhile.
set -eu
room=$(mktemp -d)
farm=""
trap '[ -z "$farm" ] || kill -9 "$farm" 2>/dev/null || :; rm -rf "$room"' EXIT
cd "$room"
mkfifo told
"$HANDOFF_BIN_DIR/supervised" 2000 >told &
farm=$!
deaths=0
managers=0
while read -r line; do
    echo "$line"
    case $line in
        "started manager "*)
            manager=${line##* }
            managers=$((managers + 1)) ;;
        "ended worker "*" -9")
            deaths=$((deaths + 1))
            # Every third death of a worker takes the manager along.
            if [ $((deaths % 3)) -eq 0 ] && [ $managers -lt 4 ]; then kill -9 "$manager" || :; fi ;;
    esac
done <told >output
code=0
wait $farm || code=$?
farm=""
cat output
[ $code -eq 0 ]
grep -q '^the sum of 2000 squares is 2668667000$' output
grep -q '^ended worker .* -9$' output
grep -q '^ended manager .* -9$' output
