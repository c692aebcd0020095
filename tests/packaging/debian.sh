#!/bin/sh
# debian.sh SOURCE ROOM [CMAKE ARGUMENT]...: makes the Debian packages, and has in_debian.sh install
# and use them in a new system that has nothing else. Both are below ROOM, which is gone afterwards;
# SOURCE and ROOM are absolute paths.
#
# The new system is of the same release as this one, and its packages come from where this one has
# its own. mmdebstrap makes it, mounts into it what it can, and takes all of it away again.
set -eu
source=$1
room=$2
shift 2

skip() {
    echo "SKIPPED: $*"
    exit 0
}

[ "$(id -u)" -eq 0 ] || skip "making a system to try the packages in needs root"
for tool in mmdebstrap dpkg-shlibdeps file; do
    command -v $tool >/dev/null || skip "there is no $tool here"
done
release=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
[ -n "$release" ] || skip "this system is not of a release that has a name"

rm -rf --one-file-system "$room"
mkdir -p "$room/system"
trap 'rm -rf --one-file-system "$room"' EXIT
trap 'exit 1' INT TERM HUP
cd "$room"

# As `cmake --workflow --preset package` does it, and where it does: what a compiler cache has of
# the build beside it is found again.
cmake --preset package -S "$source" "$@"
cmake --build "$source/build/package" --parallel 2
cpack --config "$source/build/package/CPackConfig.cmake" -B packages
for package in packages/*.deb; do
    dpkg-deb --info "$package"
    dpkg-deb --contents "$package"
done

# What a new system cannot know: where this one gets its packages from, and how.
set --
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list \
        /etc/apt/sources.list.d/*.sources; do
    [ ! -s "$file" ] || set -- "$@" "$file"
done
apt-config dump Acquire >acquire.conf

# Where it may be, in a mount namespace of its own: whatever ends this, nothing stays mounted.
own=
if unshare --mount true 2>/dev/null; then own="unshare --mount"; fi

export source room own
outcome=0
TMPDIR=$room/system timeout --kill-after=20 800 $own mmdebstrap --mode=root --format=null \
    --variant=minbase --aptopt=acquire.conf --dpkgopt=force-unsafe-io \
    --dpkgopt=path-exclude=/usr/share/locale/* --dpkgopt=path-exclude=/usr/share/man/* \
    --customize-hook='$own sh "$source/tests/packaging/enter_debian.sh" "$1"' \
    "$release" - "$@" >output 2>&1 || outcome=$?
cat output
[ "$outcome" -eq 0 ] || [ -e begun ] ||
    skip "mmdebstrap makes no system here: $(grep '^E: ' output | head -n 1)"
exit $outcome
