#!/bin/sh
# A dated, verified copy of a store, also while a run is on; the oldest go. usage: backup.sh STORE FOLDER     KEEP=14
set -eu
[ $# -eq 2 ] || { echo "usage: $0 STORE FOLDER" >&2; exit 2; }
name=$(basename "$1" .db)
"${THEMETALLY:-themetally}" backup -q --store "$1" -o "$2/$name-$(date -u +%Y-%m-%dT%H%M%SZ).db"
# only once the new one is there; copies alone, not the locks beside them
ls "$2/$name"-????-??-??T??????Z.db | sort -r | tail -n "+$((${KEEP:-14} + 1))" | while read -r old; do rm -f "$old" "$old.lock" "$old-wal" "$old-shm"; done
