#!/bin/bash
# A private Slurm cluster on this machine for tests: munged, slurmctld and NODES slurmd under the folder R, on loopback ports, nothing in
# /etc touched. Ends with down.sh. Needs: slurmctld slurmd slurm-client munge, and root.
set -euo pipefail
R=${R:?folder of the cluster}; NODES=${NODES:-2}
mkdir -p "$R"/{state,log,spool,munge}; chmod 755 "$R" "$R/munge"
head -c 1024 /dev/urandom >"$R/munge/key"; chmod 400 "$R/munge/key"
munged --key-file="$R/munge/key" --socket="$R/munge/socket" --pid-file="$R/munge/pid" --log-file="$R/munge/log" --seed-file="$R/munge/seed" --force 2>"$R/munge/err"
host=$(hostname -s)
{
	cat <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=16917
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$R/munge/socket,cred_expire=5
CredType=cred/munge
StateSaveLocation=$R/state
SlurmdSpoolDir=$R/spool/%n
SlurmctldPidFile=$R/slurmctld.pid
SlurmdPidFile=$R/slurmd.%n.pid
SlurmctldLogFile=$R/log/slurmctld
SlurmdLogFile=$R/log/slurmd.%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=2,bf_interval=2,sched_min_interval=100000
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobRequeue=1
SlurmdTimeout=10
ReturnToService=2
KillWait=5
InactiveLimit=0
LaunchParameters=disable_send_gids
SlurmdParameters=config_overrides
CONF
	for i in $(seq "$NODES"); do
		mkdir -p "$R/spool/n$i"
		echo "NodeName=n$i NodeHostname=$host NodeAddr=127.0.0.1 Port=$((17100 + i)) CPUs=1 RealMemory=1024 State=UNKNOWN"
	done
	echo "PartitionName=main Nodes=n[1-$NODES] Default=YES MaxTime=INFINITE State=UP"
} >"$R/slurm.conf"
export SLURM_CONF=$R/slurm.conf
slurmctld -c -f "$R/slurm.conf"
for i in $(seq "$NODES"); do slurmd -N "n$i" -f "$R/slurm.conf"; done
for _ in $(seq 100); do
	[ "$(sinfo -h -t idle -o %D 2>/dev/null)" = "$NODES" ] && exit 0
	sleep 0.1
done
echo "the cluster did not come up; see $R/log" >&2
exit 1
