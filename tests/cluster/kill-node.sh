#!/bin/bash
# A power failure of node $1: its slurmd, its job steps and everything they started are killed at once.
R=${R:?folder of the cluster}
descendants() { for c in $(cat /proc/"$1"/task/*/children 2>/dev/null); do descendants "$c"; done; echo "$1"; }
stepd=$(readlink -f "$(command -v slurmstepd || echo /usr/sbin/slurmstepd)")
victims=$(descendants "$(cat "$R/slurmd.n$1.pid")")
for p in /proc/[0-9]*; do # job steps leave their slurmd: they are known by the node's log
	if [ "$(readlink "$p/exe" 2>/dev/null)" = "$stepd" ] && ls -l "$p/fd" 2>/dev/null | grep -q "slurmd.n$1\$\|spool/n$1/"; then
		victims="$victims $(descendants "${p#/proc/}")"
	fi
done
kill -9 $victims 2>/dev/null
exit 0
