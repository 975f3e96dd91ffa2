#!/bin/bash
# Ends the cluster under R.
for f in "${R:?folder of the cluster}"/slurmd.n*.pid "$R/slurmctld.pid" "$R/munge/pid"; do
	[ -f "$f" ] && kill "$(cat "$f")" 2>/dev/null
done
sleep 1
exit 0
