#!/bin/sh
# Keeps one file of changes: keep-wal.sh FROM TO. PostgreSQL's archive_command; it tries again until this exits with 0.
set -eu
from=$1
to=$2
if [ -e "$to" ]; then
    # Kept before, and PostgreSQL was stopped before it knew; another one of the same name is never overwritten.
    cmp -s "$from" "$to"
    exit
fi
umask 077
cp "$from" "$to.part"
sync "$to.part" 2>/dev/null || sync
mv "$to.part" "$to"
