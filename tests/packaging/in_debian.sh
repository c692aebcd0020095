#!/bin/sh
# in_debian.sh: runs in a new system with the packages in /usr/src/packages and the sources in
# /usr/src/handoff. What the packages need, they have to bring themselves.
set -eux
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
install="apt-get -q -y install --no-install-recommends"
lesson=/usr/src/handoff/examples/03_embed
cd /usr/src

# Along with what any C++ programmer has.
$install ./packages/*.deb g++ cmake make
dpkg --verify handoff libhandoff-dev
[ "$(handoff --version)" = "$(dpkg-query --show --showformat='${Version}' handoff)" ]

check() {
    HANDOFF_BIN_DIR=/usr/src/$1 sh $lesson/check.sh
}

cmake -S $lesson/find_package -B find_package
cmake --build find_package
check find_package

# With the shared library, pkg-config and what the sources are built with are no business of the
# packages; with the static one they are there, and these two lines bring nothing.
$install pkg-config
mkdir pkg_config
make -C pkg_config -f $lesson/pkg_config/Makefile
check pkg_config

$install cppzmq-dev libsqlite3-dev libtomlplusplus-dev libzmq3-dev
# That all is found is what matters here; another test compiles it.
cmake -S $lesson/add_subdirectory -B add_subdirectory

# What was installed can be taken away again.
dpkg --purge $(dpkg-query --show --showformat='${Package} ' "*handoff*")
[ -z "$(find /usr -path /usr/src -prune -o -name '*handoff*' -print)" ]
