#!/bin/sh
# check.sh WHAT: runs word_count, which compares its result with what one process counts.
#
#   plain TRANSPORT    the texts of this example and those of the system
#   kills              workers die after counting a chunk and before handing its tally on
#   odd_files          empty ones, words without end, words at every border of chunks
#   terminals          each part is started by itself, as the README says
#   manager_killed     the manager is killed in the middle, up to five times; queues are durable
set -eu
lesson=$(cd "$(dirname "$0")" && pwd)
room=$(mktemp -d)
started=""
# What was started and does not end by itself, because something failed, is ended by its number.
trap 'for pid in $started; do kill -9 "$pid" 2>/dev/null || :; done; rm -rf "$room"' EXIT
cd "$room"

count() {
    "$HANDOFF_BIN_DIR/word_count" "$@" >output || { cat output; exit 1; }
    cat output
    grep -q '^the same as one process counts$' output
}

plain() {
    case $1 in
        inproc) listen=inproc://word_count ;;
        ipc) listen=ipc://word_count.sock ;;
        tcp | ws) listen="$1://127.0.0.1:*" ;;
    esac
    export HANDOFF__MANAGER__LISTEN="$listen"
    count "$lesson/texts"
    grep -q "^4 files, .* different" output
    grep -q " workers in .* over $1://" output
    count
    rm output
    left=$(ls -A)
    [ -z "$left" ] || { echo "left behind: $left"; exit 1; }
}

kills() {
    export HANDOFF__MANAGER__SESSION_LIMIT=500ms
    for run in 1 2 3; do
        count --workers 3 --chunk 2048 --die-after-computing 0.2
        if grep -q ', 0 times one was killed' output; then
            echo "nobody was killed"
            exit 1
        fi
    done
}

odd_files() {
    mkdir -p odd/deep
    : >odd/empty
    printf 'one' >odd/no_newline
    head -c 100000 /dev/zero | tr '\0' a >odd/one_word
    printf '%s\n' 'Ünïcödé wörds, ünïcödé wörds' >odd/deep/utf8
    ln -s ../odd odd/deep/loop
    awk 'BEGIN {
        for (i = 1; i < 3000; ++i) printf "%s ", substr("abcdefghijklmnopqrstuvwxyz", 1, i % 26)
    }' >odd/deep/many
    for bytes in 128 129 191 192 193 1000; do
        count odd --chunk $bytes
        grep -q '^5 files' output
    done
    mkdir none
    count none
    grep -q '^0 files, 0 words' output
    if "$HANDOFF_BIN_DIR/word_count" nowhere 2>message; then exit 1; fi
    grep -q nowhere message
}

terminals() {
    export HANDOFF_MANAGER=ipc://word_count.sock
    "$HANDOFF_BIN_DIR/handoff" serve --config "$lesson/handoff.toml" --listen "$HANDOFF_MANAGER" &
    manager=$!
    "$HANDOFF_BIN_DIR/word_count" collect >output &
    collector=$!
    "$HANDOFF_BIN_DIR/word_count" work &
    first=$!
    "$HANDOFF_BIN_DIR/word_count" work &
    second=$!
    started="$manager $collector $first $second"
    "$HANDOFF_BIN_DIR/word_count" produce
    wait $first
    wait $second
    wait $collector
    kill $manager
    wait $manager
    started=""
    cat output
    grep -q '^the same as one process counts$' output
}

serve() {
    "$HANDOFF_BIN_DIR/handoff" serve --config durable.toml &
    manager=$!
    started="$parts $manager"
}

# What consumers of `jobs` have acknowledged in this life of the manager.
acks() {
    "$HANDOFF_BIN_DIR/handoff" stats --json jobs | sed -n 's/^ *"acks": \([0-9]*\).*/\1/p'
}

manager_killed() {
    cat >durable.toml <<END
[manager]
listen = "ipc://$room/word_count.sock"
data = "$room/data"
[queues.jobs]
capacity = 100
durability = "fsync"
[queues.results]
durability = "fsync"
END
    export HANDOFF_CONFIG="$room/durable.toml"
    parts=""
    serve
    for part in collect work work produce; do
        "$HANDOFF_BIN_DIR/word_count" $part --chunk 512 >$part.output &
        parts="$parts $!"
    done
    collector=$(set -- $parts && echo $1)
    killed=0
    while [ $killed -lt 5 ] && kill -0 $collector; do
        [ "$(acks || echo 0)" -ge 10 ] || continue
        kill -9 $manager
        wait $manager || :
        killed=$((killed + 1))
        serve
    done
    for pid in $parts; do wait $pid; done
    kill $manager
    wait $manager
    started=""
    cat collect.output
    grep -q '^the same as one process counts$' collect.output
    [ $killed -gt 0 ]
}

"$@"
