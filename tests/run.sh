#!/bin/sh
# Builds Handoff and runs its tests.
#
#   tests/run.sh         the release build with all tests, then AddressSanitizer with the wire's,
#                        the conformance suite over ipc, and a short run of the fuzzer
#   tests/run.sh asan    all tests with AddressSanitizer and UndefinedBehaviorSanitizer, and every
#                        public header compiled alone
#   tests/run.sh tsan    all tests with ThreadSanitizer, and the headers
#
# Installs the Debian packages that are missing, as root or by sudo. Two runs at a time take turns.
set -eu
. "$(dirname "$0")/../cmake/build.sh"

failures=0
failed_tests=

# test_preset PRESET [CTEST ARGUMENT]...
test_preset() {
    preset=$1
    shift
    say "testing build/$preset"
    outcome=0
    # One more than there are processors: many tests wait most of their time.
    ctest --preset "$preset" --parallel "$(($(nproc) + 1))" --progress "$@" || outcome=$?
    log=build/$preset/Testing/Temporary/LastTest.log
    name_skipped "$log"
    [ "$outcome" -eq 0 ] || failed_tests="$failed_tests$(show_failed "$preset" "$log")
"
    return $outcome
}

# A skipped test is a promise that was not checked, so each is named with its reason.
name_skipped() {
    awk '/^[0-9]+\/[0-9]+ Testing: / { test = $0; sub(/^[^:]*: /, "", test) }
         /SKIPPED: / && !/\[SKIPPED: \]/ {
             sub(/.*SKIPPED: /, "")
             print "== skipped: " test ": " $0
         }' "$1"
}

# What failed is told again below the summary, where whoever reads only the end of a log finds it:
# the last lines of each of the first five.
show_failed() {
    awk -v preset="$1" '
        /^[0-9]+\/[0-9]+ Testing: / { test = $0; sub(/^[^:]*: /, "", test); lines = 0 }
        { line[lines++ % 30] = $0 }
        /^Test Failed\.$/ && ++failed <= 5 {
            print "== failed: " preset ": " test
            for (at = lines > 30 ? lines - 30 : 0; at < lines; ++at) print line[at % 30]
        }
        END { if (failed > 5) print "== failed: " preset ": " failed - 5 " more" }' "$2"
}

# The share of cases that need no socket, which is meant to stay above 60 %. A behaviour is one
# case, on however many transports and engines it is shown.
count_pure() {
    all=$(count)
    [ "$all" -gt 0 ] || return 0
    cases=$((all - $(count --tests-regex '^(ipc|tcp|ws|curve|direct|durable)/')))
    pure=$(count --label-regex '^(core|wire)$')
    say "$pure of $cases cases ($((100 * pure / cases)) %) run without sockets"
}

count() {
    ctest --preset release --show-only "$@" | sed -n 's/^Total Tests: //p'
}

# part WHAT COMMAND...: one part of the run. The next one is worth its time after a failure, too.
part() {
    timed "$@" || failures=$((failures + 1))
}

run_release() {
    lock release
    timed "build release" build_preset release all || die "release does not build"
    part "test release" test_preset release
    count_pure
    unlock
}

# run_sanitized PRESET: all of it.
run_sanitized() {
    lock "$1"
    timed "build $1" build_preset "$1" all all_verify_interface_header_sets ||
        die "$1 does not build"
    part "test $1" test_preset "$1"
    unlock
}

# The bytes, fuzzed for moments, and one transport, which is through the machines as well: most of
# what can go wrong with memory, in minutes. The machines' own cases are left to the long form.
run_asan_part() {
    lock asan
    timed "build asan" build_preset asan wire_tests conformance_tests fuzz \
        conformance_objects_tests patterns_conformance_tests || die "asan does not build"
    part "test asan" test_preset asan --tests-regex '^(wire|ipc|fuzz/short)/'
    unlock
}

case "${1-}" in
    "" | asan) packages_sanitizer=$packages_asan ;;
    tsan) packages_sanitizer=$packages_tsan ;;
    *) die "there is no preset $1 here; say nothing, asan or tsan" ;;
esac

install_packages $packages_build $packages_tests $packages_sanitizer
case "${1-}" in
    "")
        run_release
        run_asan_part
        ;;
    *) run_sanitized "$1" ;;
esac

say "summary"
printf '%s' "$timings"
printf '%s' "$failed_tests"
[ "$failures" -eq 0 ] || die "$failures of these parts failed"
say "all passed"
