# What examples/quickstart.sh and tests/run.sh have in common; they source this file.
#
# POSIX sh and Debian's essential packages are all that may be relied on before install_packages
# has run. Every function says what it does, since a silent minute looks like a hang.

cd "$(dirname "$0")/.."

# Ninja rather than make: it starts the longest chains first and rebuilds nothing in no time.
packages_build="g++ cmake ninja-build pkg-config libzmq3-dev cppzmq-dev libmsgpack-cxx-dev
    libboost-dev libtomlplusplus-dev libsqlite3-dev libcli11-dev nlohmann-json3-dev catch2"
# The packaging tests compile the library again and again, and take the objects from the cache. The
# others are for the Debian packages, the system in which these are tried, the reference, and hosts
# that are network namespaces.
packages_tests="ccache make dpkg-dev file mmdebstrap doxygen iproute2"
packages_asan="clang-14 libclang-rt-14-dev llvm-14"
packages_tsan="clang-19 libclang-rt-19-dev llvm-19"

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
    "$@" 9>&- || outcome=$?
    line=$(printf '%4d s  %s' $(($(date +%s) - begun)) "$what")
    say "$line"
    timings="$timings$line
"
    return $outcome
}

# lock NAME ... unlock: what stands between is done by one run at a time. Commands are started by
# `timed`, which keeps the lock from them: a process left behind must not hold it.
lock() {
    mkdir -p build
    exec 9>"build/$1.lock"
    if ! flock --nonblock 9; then
        say "waiting for another run to let go of build/$1.lock"
        flock 9
    fi
}

unlock() {
    exec 9>&-
}

# install_packages PACKAGE...: brings what is missing, and touches nothing when all is there.
install_packages() {
    if ! command -v dpkg-query >/dev/null; then
        say "no dpkg here: the build will name what it misses"
        return
    fi
    missing=$(missing_packages "$@")
    if [ -z "$missing" ]; then
        say "all packages are installed"
        return
    fi
    lock packages
    missing=$(missing_packages "$@")  # another run may have brought them meanwhile
    if [ -n "$missing" ]; then
        timed "packages" install_missing $missing || die "cannot install: $missing"
    fi
    unlock
}

missing_packages() {
    for package in "$@"; do
        state=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || :)
        [ "$state" = installed ] || printf '%s ' "$package"
    done
}

install_missing() {
    say "installing: $*"
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "run as root:  apt-get install $*"
        as_root=sudo
    fi
    log=build/packages.log
    if ! { $as_root apt-get -q update && $as_root env DEBIAN_FRONTEND=noninteractive apt-get \
            -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@"; } >$log 2>&1
    then
        tail -n 30 $log >&2
        die "apt-get failed; all of its output is in $log"
    fi
}

# build_preset PRESET TARGET...: configures, then builds the targets into build/PRESET. To be called
# under the lock of that name: configuring rewrites the lists of tests, and whoever reads them at
# that moment sees too few.
build_preset() {
    preset=$1
    shift
    say "configuring build/$preset"
    if ! cmake --preset "$preset" >"build/$preset.configure.log" 2>&1; then
        cat "build/$preset.configure.log" >&2
        return 1
    fi
    say "building $* in build/$preset"
    cmake --build --preset "$preset" --target "$@"
}
