#!/bin/sh
# under_kills.sh TRANSPORT
exec "$HANDOFF_BIN_DIR/ping_pong_under_kills" "$1"
