# What examples/quickstart.sh and tests/run.sh have in common; they source this file.
#
# POSIX sh and Debian's essential packages are all that may be relied on before install_packages
# has run. Every function says what it does, since a silent minute looks like a hang.

cd "$(dirname "$0")/.."

# Ninja rather than make: it starts the longest chains first and rebuilds nothing in no time.
packages_build="g++ cmake ninja-build pkg-config libzmq3-dev cppzmq-dev libmsgpack-cxx-dev
    libboost-dev libtomlplusplus-dev libcli11-dev catch2"
# The packaging test compiles the library a second time, and takes the objects from the cache.
packages_tests="ccache"
packages_sanitizers="clang-14 libclang-rt-14-dev llvm-14"

say() {
    printf '== %s\n' "$*"
}

die() {
    printf '%s: %s\n' "$0" "$*" >&2
    exit 1
}

# timed WHAT COMMAND...: runs the command, says how long it took, and keeps that for the summary.
timings=""
timed() {
    what=$1
    shift
    begun=$(date +%s)
    outcome=0
    "$@" || outcome=$?
    line=$(printf '%4d s  %s' $(($(date +%s) - begun)) "$what")
    say "$line"
    timings="$timings$line
"
    return $outcome
}

# alone NAME COMMAND...: runs the command when nobody else is running one under that name here.
alone() {
    mkdir -p build
    lock=build/$1.lock
    shift
    (
        if ! flock --nonblock 9; then
            say "waiting for another run to let go of $lock"
            flock 9
        fi
        "$@" 9>&-
    ) 9>"$lock"
}

# install_packages PACKAGE...: brings what is missing, and touches nothing when all is there.
install_packages() {
    command -v dpkg-query >/dev/null || {
        say "no dpkg here: the build will name what it misses"
        return 0
    }
    missing=$(missing_packages "$@")
    if [ -z "$missing" ]; then
        say "all packages are installed"
        return 0
    fi
    alone packages install_missing "$@"
}

missing_packages() {
    for package in "$@"; do
        state=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || :)
        [ "$state" = installed ] || printf '%s ' "$package"
    done
}

install_missing() {
    missing=$(missing_packages "$@")  # another run may have brought them meanwhile
    [ -n "$missing" ] || return 0
    say "installing: $missing"
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "run as root:  apt-get install $missing"
        as_root=sudo
    fi
    log=build/packages.log
    {
        $as_root apt-get -q update &&
            $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
                -o DPkg::Lock::Timeout=300 install --no-install-recommends $missing
    } >$log 2>&1 || {
        tail -n 30 $log >&2
        die "apt-get failed; all of its output is in $log"
    }
}

# build_preset PRESET TARGET...: configures, then builds the targets into build/PRESET.
build_preset() {
    alone "$1" configure_and_build "$@"
}

configure_and_build() {
    preset=$1
    shift
    say "configuring build/$preset"
    cmake --preset "$preset" >build/$preset.configure.log || {
        cat build/$preset.configure.log
        return 1
    }
    say "building $* in build/$preset"
    cmake --build --preset "$preset" --target "$@"
}
