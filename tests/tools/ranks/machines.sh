# shellcheck shell=bash
# Machines that share no memory, for tests of nib-mpi: network namespaces, joined by a bridge in one of their own. Sourced
# after ranks.sh. Nothing outside them is changed, and they vanish with the test.
network=nib$$
machines=3

is_openmpi() { "$mpiexec" --version | grep -q 'Open MPI\|OpenRTE'; }
skip() { echo "skipped: $*" && exit 77; }
link() { ip -n "$network-$1" link set eth0 "$2"; }

# mpiexec leaves its daemon behind on a machine that it has lost, and Open MPI's waits for it.
stop_daemons() {
  local i
  for ((i = machines; i > 0; --i)); do
    ip netns pids "$network-$i" 2>/dev/null | xargs -r kill -KILL 2>/dev/null || true
  done
}
remove_machines() {
  local i
  stop_daemons
  for ((i = machines; i >= 0; --i)); do
    ip netns delete "$network-$i" 2>/dev/null || true
  done
}

# Machines 1, 2 ... have the addresses 10.0.0.1, 10.0.0.2 ...; machine 0 is the switch between them.
make_machines() {
  local i
  command -v ip >/dev/null || skip "there is no ip (Debian: iproute2)"
  [[ $EUID -eq 0 ]] && ip netns add "$network-0" 2>/dev/null || skip "network namespaces need root"
  trap remove_machines EXIT
  ip -n "$network-0" link add switch type bridge 2>/dev/null || skip "there are no bridges"
  ip -n "$network-0" link set switch up
  for ((i = 1; i <= machines; ++i)); do
    ip netns add "$network-$i"
    ip -n "$network-0" link add "to$i" type veth peer name eth0 netns "$network-$i" || skip "there are no veth pairs"
    ip -n "$network-0" link set "to$i" master switch up
    ip -n "$network-$i" address add "10.0.0.$i/24" dev eth0
    ip -n "$network-$i" link set eth0 up
    ip -n "$network-$i" link set lo up
  done
  cat >agent <<AGENT
#!/bin/sh
# The place of ssh: [OPTIONS] 10.0.0.N COMMAND runs the command on machine N, which has a host name of its own.
while [ "\${1#-}" != "\$1" ]; do shift; done
machine=\${1##*.} && shift
exec ip netns exec "$network-\$machine" unshare --uts sh -c "hostname machine\$machine && \$*"
AGENT
  chmod +x agent
}

# across RANKS ARGUMENTS: nib-mpi, or $program in its place, on as many machines as ranks, over TCP.
across() {
  local ranks=$1 i hosts=10.0.0.1 options
  shift
  for ((i = 2; i <= ranks; ++i)); do hosts+=,10.0.0.$i; done
  if is_openmpi; then
    options=(--host "$hosts" --mca plm_rsh_agent "$PWD/agent" --mca pml ob1 --mca btl tcp,self --mca btl_tcp_if_include eth0
      --mca oob_tcp_if_include eth0)
  else # MPICH uses UCX or libfabric
    options=(-hosts "$hosts" -launcher ssh -launcher-exec "$PWD/agent" -iface eth0 -genv UCX_TLS tcp -genv UCX_NET_DEVICES eth0
      -genv FI_PROVIDER tcp -genv FI_TCP_IFACE eth0)
  fi
  exec timeout --foreground -k 5 200 ip netns exec "$network-1" unshare --uts sh -c 'hostname machine1 && exec "$@"' sh \
    "$mpiexec" -n "$ranks" "${options[@]}" "${program:-$nib_mpi}" "$@"
}
