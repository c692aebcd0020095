#!/bin/sh
# The best of three offers, although one shop is slow and one has sold out.
set -eu
"$HANDOFF_BIN_DIR/scatter_gather" | tee output
grep -q '^shop 4 offers a kettle for 96$' output
rm output
