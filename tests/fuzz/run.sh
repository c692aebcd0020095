#!/bin/sh
# Fuzzes every decoder and both machines, and says how many executions there were.
#
#   tests/fuzz/run.sh [--for TIME] [TARGET]...    TIME for each: 10s, 10m, 2h; 10m unless said
#   tests/fuzz/run.sh --targets                   what there is
#
# Builds the fuzzer with clang into build/fuzz. What turns out to lead somewhere new is kept in
# build/corpora and is where the next run begins; what breaks a promise is left there as well, as
# TARGET.broken.… . --program FUZZ takes one that is built already, and throws away what it keeps.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH= cd -- "$here/../.." && pwd)

time=10m
program=
list=
targets=
while [ $# -gt 0 ]; do
    case "$1" in
        --for) time=$2; shift ;;
        --program) program=$2; shift ;;
        --targets) list=yes ;;
        -*) printf '%s: there is no option %s\n' "$0" "$1" >&2; exit 1 ;;
        *) targets="$targets $1" ;;
    esac
    shift
done

case "$time" in
    *s) seconds=${time%s} ;;
    *m) seconds=$((${time%m} * 60)) ;;
    *h) seconds=$((${time%h} * 3600)) ;;
    *) seconds=$time ;;
esac

if [ -z "$program" ]; then
    cd "$root"
    cmake --preset fuzz >/dev/null
    cmake --build --preset fuzz --target fuzz >&2
    program=$root/build/fuzz/bin/fuzz
    corpora=$root/build/corpora
else
    corpora=$(mktemp -d)
    trap 'rm -rf "$corpora"' EXIT
fi
if [ -n "$list" ]; then
    exec "$program" --targets
fi
[ -n "$targets" ] || targets=$("$program" --targets | awk '{ print $1 }')

failed=0
total=0
for target in $targets; do
    corpus=$corpora/$target
    "$program" --target="$target" --seeds="$corpus" >/dev/null 2>&1
    set -- "$corpus"
    [ -d "$here/found/$target" ] && set -- "$@" "$here/found/$target"
    log=$corpora/$target.log
    outcome=0
    "$program" --target="$target" -max_total_time="$seconds" -timeout=10 \
        -rss_limit_mb=1024 -max_len=1024 -print_final_stats=1 -verbosity=1 \
        -artifact_prefix="$corpora/$target.broken." "$@" >"$log" 2>&1 || outcome=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    printf '%-10s %12s executions in %s s%s\n' "$target" "${runs:-?}" "$seconds" \
        "$([ $outcome -eq 0 ] || echo ', and a broken promise:')"
    total=$((total + ${runs:-0}))
    if [ $outcome -ne 0 ]; then
        failed=1
        tail -n 40 "$log"
        # Where the corpus goes, the case must be in what is printed.
        for case in "$corpora/$target".broken.*; do
            [ -f "$case" ] && printf '%s:\n' "$case" && base64 "$case"
        done
    fi
done
printf '%-10s %12s\n' total "$total"
exit $failed
