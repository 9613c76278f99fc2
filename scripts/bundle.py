"""Make one file that installs the product on a machine without internet: every wheel, the product, a script, the units,
and the administrator's guide.

The wheels are those of requirements/run.lock, checked by hash when they are fetched and again when they are installed.
They fit the Python and the machine they were made on: its version stands in the name and is asked for by the script.
Any patch release of it will do: what only an older one needs is taken along.
"""

import argparse
import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements" / "run.lock"
_PATCH_RELEASE = re.compile(r"python_full_version [<>=!]+ '\d+\.\d+\.\d+'(?: and )?")
_LINK = re.compile(r"\[([^\]]+)\]\(([^)#:\s]+)(?:#[^)]*)?\)")
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def make(folder: Path, *, lock: Path = LOCK, find_links: Path | None = None) -> Path:
    """Make the bundle in `folder` and return it; `find_links`: take wheels from there instead of an index."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    name = f"casework-{version}-py{PYTHON}-{sys.platform}"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as draft:
        root = Path(draft) / name
        (root / "wheels").mkdir(parents=True)
        _fetch(root / "wheels", lock, find_links)
        _pip("wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(root), str(ROOT))
        shutil.copy(lock, root / "run.lock")
        shutil.copy(ROOT / "deploy" / "install.sh", root)
        shutil.copy(ROOT / "deploy" / "casework-command", root)
        _take_guide(root)
        for part in ("systemd", "postgresql"):
            shutil.copytree(ROOT / "deploy" / part, root / part)
        (root / "PYTHON").write_text(f"{PYTHON}\n", "ascii")
        _sum(root)
        target = folder / f"{name}.tar"
        with tarfile.open(target.with_suffix(".part"), "w") as package:
            package.add(root, name)
        return target.with_suffix(".part").replace(target)


def _fetch(wheels: Path, lock: Path, find_links: Path | None) -> None:
    source = [] if find_links is None else ["--no-index", "--find-links", str(find_links)]
    # The machine it is carried to may have an older 3.11.x than this one, which needs a package more.
    whole = wheels.parent / "whole.lock"
    whole.write_text(re.sub(r" ; (?= *\\|--)", " ", _PATCH_RELEASE.sub("", lock.read_text("utf-8"))), "utf-8")
    _pip("download", "--require-hashes", "--only-binary", ":all:", *source, "--dest", str(wheels), "-r", str(whole))
    whole.unlink()


def _take_guide(root: Path) -> None:
    """Take the administrator's guide along, with the pages and pictures it leads to at the places it names.

    Pages that these lead to in turn come too, so that no link of the bundle is dead; of a link to elsewhere (the
    source, decisions, the bench) the words are kept.
    """
    waiting, taken = [ROOT / "docs" / "guide" / "administrator.md"], set[Path]()
    while waiting:
        path = waiting.pop()
        place = root / path.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        taken.add(path)
        if path.suffix != ".md":
            shutil.copy(path, place)
            continue
        text, led_to = _carried(path)
        place.write_text(text, "utf-8")
        waiting += led_to - taken - set(waiting)
    page = (root / "docs" / "how-to" / "install-as-a-service.md").read_text("utf-8")
    (root / "INSTALL.md").write_text(page.replace("](../", "](docs/"), "utf-8")


def _carried(page: Path) -> tuple[str, set[Path]]:
    """Return a page as it goes along, and what it leads to that goes along too."""
    led_to = set()

    def one(link: re.Match[str]) -> str:
        path = (page.parent / link[2]).resolve()
        if not path.is_relative_to(ROOT / "docs") or path.parent.name == "decisions":
            return link[1]
        led_to.add(path)
        return link[0]

    return _LINK.sub(one, page.read_text("utf-8")), led_to


def _pip(command: str, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", command, "--quiet", *arguments], check=True
    )


def _sum(root: Path) -> None:
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(root).as_posix()}\n"
        for path in sorted(root.rglob("*"))
        if path.is_file()
    ]
    (root / "SHA256SUMS").write_text("".join(lines), "utf-8")


def main() -> None:
    """Make it in dist/ and say where it is."""
    parser = argparse.ArgumentParser(description="make one file that installs the product without internet")
    parser.add_argument("--to", type=Path, default=ROOT / "dist", help="folder; default dist/")
    made = make(parser.parse_args().to)
    print(f"{made}: {made.stat().st_size // 1024**2} MB; unpack it there and run: sh install.sh /opt/casework")


if __name__ == "__main__":
    main()
