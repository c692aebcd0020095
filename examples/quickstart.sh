#!/bin/sh
# From nothing to a first result: installs what is missing, builds the library, the command and one
# example, and runs the example, which is given the arguments: a folder to count in, say.
set -eu
. "$(dirname "$0")/../cmake/build.sh"

install_packages $packages_build
lock release
timed "build" build_preset release handoff word_count || die "the build failed"
unlock

say "counting words: a producer, several workers and a collector, each a process of its own"
timed "word_count" build/release/bin/word_count "$@"

say "done"
cat <<'NEXT'

Where to go next:
  examples/README.md                  what each example teaches; 02_word_count is what just ran
  build/release/bin/handoff --help    queues from the command line
  README.md                           a program of your own in twenty lines
  tests/run.sh                        building and running all tests
NEXT
