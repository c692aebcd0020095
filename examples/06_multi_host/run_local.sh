#!/bin/sh
# Three hosts on one machine: network namespaces with an address each, on a bridge in a fourth. The
# road to the manager is slow and loses packets. Meanwhile one host is cut off twice and joins
# again, and a worker of another is killed. Exit status 0 only if the result is exact.
#
# It needs root or user namespaces, and `ip`. All of it lives in namespaces of its own, with a
# folder that lies in memory; when this script ends, however it does, the system removes them and
# ends whatever runs in them. Nothing outside can be reached from there.
set -eu
lesson=$(cd "$(dirname "$0")" && pwd)
bin=$(cd "${HANDOFF_BIN_DIR:-$lesson/../../build/release/bin}" && pwd)
below=${BELOW:-600000}

skip() { echo "SKIPPED: $1"; exit 0; }

if [ "${1-}" != inside ]; then
    command -v ip >/dev/null || skip "there is no ip here (package iproute2)"
    user=
    [ "$(id -u)" -eq 0 ] || user="--user --map-root-user"
    apart="setpriv --pdeathsig KILL unshare $user --mount --net --pid --mount-proc"
    apart="$apart --fork --kill-child"
    $apart sh -c 'mount -t tmpfs none /run && ip netns add try && ip netns exec try true' \
        2>/dev/null || skip "network namespaces need root, and a system that allows them"
    $apart sh "$0" inside &
    trap 'kill -9 $! 2>/dev/null || :' EXIT
    trap 'exit 130' INT TERM HUP
    code=0
    wait $! || code=$?
    trap - EXIT
    exit $code
fi

mount -t tmpfs none /run  # for names of namespaces, and for the rest
mkdir -p /run/handoff/clients
cd /run/handoff

say() { printf '%6d ms  %s\n' $(($(date +%s%3N) - begun)) "$*"; }
on="ip netns exec"   # $on HOST COMMAND...
begun=$(date +%s%3N)

# ---- the network: 10.7.7.1 is the manager's host, 10.7.7.254 the place where all roads meet
ip netns add hub
ip -n hub link set lo up
ip -n hub link add road type bridge
ip -n hub address add 10.7.7.254/24 dev road
ip -n hub link set road up
host=0
for name in alpha beta gamma; do
    host=$((host + 1))
    ip netns add $name
    ip -n $name link set lo up
    ip -n $name link add eth0 type veth peer name $name netns hub
    ip -n $name address add 10.7.7.$host/24 dev eth0
    ip -n $name link set eth0 up
    ip -n hub link set $name master road up
done
if $on hub tc qdisc add dev alpha root netem delay 5ms loss 1% 2>/dev/null; then
    $on alpha tc qdisc add dev eth0 root netem delay 5ms loss 1%
    manager=10.7.7.1
    say "alpha is 5 ms away, and 1 % of the packets are lost"
else
    $on hub "$bin/slow_road" 10.7.7.254 10.7.7.1 5555 5 1 0.1 &
    manager=10.7.7.254
    say "no netem in this kernel: slow_road delays by 5 ms, stalls at 1 % and cuts at 0.1 %"
fi

# ---- keys, and handoff.toml with what is different here
for owner in manager client; do "$bin/handoff" keygen $owner >/dev/null; done
cp client.pub clients/farm.pub
export HANDOFF_CONFIG="$lesson/handoff.toml"
export HANDOFF__CLIENT__CONNECT=tcp://$manager:5555
export HANDOFF__SECURITY__MANAGER_KEY=manager.key HANDOFF__SECURITY__CLIENTS=clients
export HANDOFF__SECURITY__MANAGER_PUBLIC_KEY=manager.pub HANDOFF__SECURITY__CLIENT_KEY=client.key
export HANDOFF__MANAGER__SESSION_LIMIT=1s
# Hosts are otherwise told apart by their kernels, of which there is one here.
export HANDOFF__MANAGER__SAME_HOST=false

$on alpha "$bin/handoff" serve --log info 2>log &
server=$!
$on beta "$bin/multi_host" work beta & victim=$!
$on beta "$bin/multi_host" work beta &
$on gamma "$bin/multi_host" work gamma 2>gamma.1 & gammas=$!
$on gamma "$bin/multi_host" work gamma 2>gamma.2 & gammas="$gammas $!"
$on beta "$bin/multi_host" collect $below >table & collector=$!
$on beta "$bin/multi_host" produce $below & producer=$!

# ---- what happens to them; what is waited for comes, or the work is over and the check fails
until_true() {
    until "$@"; do kill -0 $collector 2>/dev/null || { say "over before: $*"; exit 1; }; done
}
# Asked on the manager's host, as somebody would who looks after it.
figure() {
    $on alpha "$bin/handoff" stats --json counts | sed -n "s/^ *\"$1\": \([0-9]*\).*/\1/p"
}
counted() { [ "$(figure acks)" -ge "$1" ]; } 2>/dev/null
since=1  # which line of the manager's log
log_says() {  # log_says WHAT PID...: of all of them
    what=$1
    shift
    for pid; do tail -n +$since log | grep -q "(process $pid) $what" || return; done
}

until_true counted 50
say "50 slices are counted; gamma is cut off"
ip -n gamma link set eth0 down
until_true counted 75
ip -n gamma link set eth0 up
say "75 slices; gamma is there again"

until_true counted 150
kill -9 $victim
killed=$(date +%s%3N)
until_true log_says "is lost" $victim
silent=$(($(date +%s%3N) - killed))
say "a worker of beta was killed, and missed by its silence after $silent ms"
[ $silent -ge 500 ] || { echo "that was no silence of a second"; exit 1; }

since=$(($(wc -l <log) + 1))
ip -n gamma link set eth0 down
say "gamma is cut off until its sessions are over"
until_true log_says "is lost" $gammas
ip -n gamma link set eth0 up
until_true log_says begins $gammas
say "both workers of gamma are there again, with new sessions, at $(figure acks) slices"

code=0
for pid in $producer $collector $gammas; do wait $pid || code=$?; done
say "the work is done"
$on alpha "$bin/handoff" stats
cat gamma.1 gamma.2
cat table
kill $server
wait $server || code=$?
exit $code
