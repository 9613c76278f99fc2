#!/bin/sh
# Copies the running cluster as a base to go back from: base-backup.sh FOLDER [pg_basebackup's options, such as -d URL].
# Weekly is enough. FOLDER must not be there; keep two, and the files of changes since the older one.
set -eu
folder=$1
shift
[ ! -e "$folder" ] || { echo "base-backup.sh: $folder is there already; name another folder" >&2; exit 1; }
umask 077
"${PG_BIN:+$PG_BIN/}pg_basebackup" --pgdata "$folder.part" --checkpoint fast --wal-method fetch "$@"
"${PG_BIN:+$PG_BIN/}pg_verifybackup" --quiet --no-parse-wal "$folder.part"
mv "$folder.part" "$folder"
