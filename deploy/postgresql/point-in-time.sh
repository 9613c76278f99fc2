#!/bin/sh
# Lays a cluster out as it was at an instant: point-in-time.sh BASE CHANGES DATA "2026-10-14 09:30:00+08"
#   BASE     a folder made by base-backup.sh, older than the instant
#   CHANGES  the folder of keep-wal.sh
#   DATA     the new data folder; it must not be there. The old one is moved aside, never deleted.
# Start PostgreSQL on DATA afterwards: it brings the changes in up to the instant and then serves.
set -eu
[ $# -eq 4 ] || { echo "usage: point-in-time.sh BASE CHANGES DATA INSTANT" >&2; exit 2; }
base=$1
changes=$2
data=$3
instant=$4
[ -f "$base/PG_VERSION" ] || { echo "point-in-time.sh: $base is no base backup" >&2; exit 1; }
[ ! -e "$data" ] || { echo "point-in-time.sh: $data is there already; move it aside first" >&2; exit 1; }
case $instant$changes in *\'*) echo "point-in-time.sh: no quotes, please" >&2; exit 1 ;; esac
umask 077
cp -a "$base" "$data"
rm -f "$data/postmaster.pid"
cat >> "$data/postgresql.auto.conf" <<END
restore_command = 'cp "$changes/%f" "%p"'
recovery_target_time = '$instant'
recovery_target_action = 'promote'
END
touch "$data/recovery.signal"
echo "Laid out in $data as of $instant. Start PostgreSQL on it, then run: casework verify"
