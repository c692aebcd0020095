#!/bin/sh
# enter_debian.sh ROOT: hands the packages and the sources to the new system below ROOT, and has it
# run in_debian.sh. debian.sh starts it by way of mmdebstrap, in a mount namespace if there can be.
set -eu
touch "$room/begun"
mkdir -p "$1/usr/src/handoff"
cp -r "$room/packages" "$1/usr/src"
tar -C "$source" -c CMakeLists.txt cmake kit patterns examples/03_embed tests/packaging |
    tar -C "$1/usr/src/handoff" --no-same-owner -x
chroot "$1" sh /usr/src/handoff/tests/packaging/in_debian.sh
