#!/bin/sh
# A consistent copy of a store, also while a run is on; verified before it takes its name. usage: backup.sh STORE BACKUP
set -eu
[ $# -eq 2 ] || { echo "usage: $0 STORE BACKUP" >&2; exit 2; }
rm -f "$2.tmp"
sqlite3 -readonly "$1" "VACUUM INTO '$(printf %s "$2.tmp" | sed "s/'/''/g")'"
"${THEMETALLY:-themetally}" verify -q --store "$2.tmp"
mv "$2.tmp" "$2"
