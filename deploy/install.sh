#!/bin/sh
# Installs casework from this folder into DIR/venv, without any network: sh install.sh DIR
set -eu
[ $# -eq 1 ] || { echo "usage: sh install.sh DIR" >&2; exit 2; }
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
mkdir -p "$1"
dir=$(CDPATH= cd -- "$1" && pwd)
wanted=$(cat "$here/PYTHON")
python=${PYTHON:-python$wanted}
found=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || found=none
if [ "$found" != "$wanted" ]; then
    echo "install.sh: these packages are for Python $wanted, $python is $found; set PYTHON=/path/to/python$wanted" >&2
    exit 1
fi
(cd "$here" && sha256sum --quiet -c SHA256SUMS) || { echo "install.sh: a file of this bundle is damaged" >&2; exit 1; }
# Made under a name of its own and then linked: a broken installation never takes the place of one that works.
version=$(basename "$here"/casework-*.whl | cut -d- -f2)
place="venv-$version-$(date +%Y%m%d%H%M%S)"
trap 'rm -rf "$dir/$place"' EXIT
"$python" -m venv "$dir/$place"
pip="$dir/$place/bin/python -m pip --disable-pip-version-check --quiet --isolated"
$pip install --no-index --find-links "$here/wheels" --require-hashes -r "$here/run.lock"
$pip install --no-index --no-deps "$here"/casework-*.whl
ln -sfn "$place" "$dir/venv"
trap - EXIT
echo "Installed: $dir/venv/bin/casework"
echo "New: casework db upgrade. An office that is there: stop it, casework upgrade, start it."
echo "Units of systemd and roles of PostgreSQL lie beside this script; INSTALL.md says how to use them."
