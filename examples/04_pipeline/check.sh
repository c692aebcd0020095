#!/bin/sh
# Known hashes, in order; and a file that cannot be read goes to the dead while the rest flows.
set -eu
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
mkdir files
printf '' >files/a
printf 'a' >files/b
printf 'foobar' >files/c
for number in $(seq 100 299); do echo "$number" >"files/n$number"; done
"$HANDOFF_BIN_DIR/pipeline" files >output
head -3 output >first
cat >expected <<END
cbf29ce484222325  files/a
af63dc4c8601ec8c  files/b
85944171f73967e8  files/c
END
diff expected first
[ "$(wc -l <output)" -eq 203 ]
sed 's/.*  //' output >names
LC_ALL=C sort names | diff names -

[ "$(id -u)" -ne 0 ] || exit 0  # who may read everything
chmod a-r files/b
"$HANDOFF_BIN_DIR/pipeline" files >output
[ "$(wc -l <output)" -eq 203 ]
grep -q '^not hashed: cannot read files/b$' output
