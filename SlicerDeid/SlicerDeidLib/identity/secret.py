# SPDX-License-Identifier: Apache-2.0
"""The project's secret, made once, and the private folder of a run."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from pathlib import Path

import platformdirs

from SlicerDeidLib.errors import KeyFileError

KEY_BYTES = 32  # 256 bit, as long as the output of the HMAC-SHA256 it keys
_LARGEST_KEY_BYTES = 4096  # more is a file named by mistake
_FEWEST_DIFFERENT_BYTES = 8  # 32 random bytes have fewer once in 1e40; a file of zeros has one
_NEW_KEY = "make one of 32 random bytes, readable only for you, or leave --key out"


def default_key_path() -> Path:
    """Return where the secret lies when no key file is named."""
    return platformdirs.user_config_path("slicerdeid", appauthor=False) / "secret.key"


def default_private(out: Path) -> Path:
    """Return the private folder of the project whose output is ``out``: not made, and named by a hash of its path."""
    place = os.path.normcase(os.path.realpath(out))
    name = hashlib.sha256(place.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return platformdirs.user_data_path("slicerdeid", appauthor=False) / f"project-{name}"


def read_key(path: Path | None = None) -> bytes:
    """Read the project's secret; without a path, make it at the first call.

    Parameters
    ----------
    path : Path, optional
        A key file of at least 32 random bytes; every byte of it counts. It must exist: a misspelt name must not
        start a second project. Default: ``secret.key`` in the user's configuration folder.

    Returns
    -------
    bytes
        32 to 4096 bytes.

    Raises
    ------
    KeyFileError
        When the file is missing, a folder, too short or long, not random, cannot be read or made, or may be read by
        others (POSIX).
    """
    if path is not None:
        return _read(path, "The key file")
    path = default_key_path()
    if not os.path.lexists(path):
        _make(path)
    return _read(path, f"The key file in the configuration folder ({path})")


def read_or_draw_key(path: Path | None = None) -> bytes:
    """Read the project's secret, or draw one for this time only where none was made yet: for what writes nothing.

    Raises
    ------
    KeyFileError
        As ``read_key``.
    """
    if path is None and not default_key_path().exists():
        return secrets.token_bytes(KEY_BYTES)
    return read_key(path)


def _read(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            key = file.read(_LARGEST_KEY_BYTES + 1)
    except FileNotFoundError as error:
        raise KeyFileError(f"{name} does not exist; check its name, or {_NEW_KEY}.") from error
    except IsADirectoryError as error:
        raise KeyFileError(f"{name} is a folder; name the file in it, or {_NEW_KEY}.") from error
    except OSError as error:
        raise KeyFileError(_why_unreadable(path, name, error)) from error
    _check_access(status, name)
    _check_content(key, name)
    return key


def _why_unreadable(path: Path, name: str, error: OSError) -> str:
    if path.is_dir():  # Windows says "permission denied" for a folder
        return f"{name} is a folder; name the file in it, or {_NEW_KEY}."
    return f"{name} cannot be read ({error.strerror}); make it readable for you, or name another one with --key."


def _check_access(status: os.stat_result, name: str) -> None:
    """Refuse a file that group or others may use; Windows protects by the folder's access list."""
    if not stat.S_ISREG(status.st_mode):
        raise KeyFileError(f"{name} is not a regular file; copy the secret into a file.")
    if os.name == "posix" and status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyFileError(f"{name} is open to other users of this machine; protect it with: chmod 600 on that file.")


def _check_content(key: bytes, name: str) -> None:
    if len(key) < KEY_BYTES:
        raise KeyFileError(f"{name} is too short: it holds {len(key)} bytes and needs {KEY_BYTES}; {_NEW_KEY}.")
    if len(key) > _LARGEST_KEY_BYTES:
        raise KeyFileError(f"{name} is longer than {_LARGEST_KEY_BYTES} bytes and probably no key; {_NEW_KEY}.")
    if len(set(key)) < _FEWEST_DIFFERENT_BYTES:
        raise KeyFileError(f"{name} does not hold random bytes; {_NEW_KEY}.")


def _make(path: Path) -> None:
    """Make the secret, whole or not at all; when another run was faster, its secret stays."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            _write(draft, os.urandom(KEY_BYTES))
            _publish(draft, path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise KeyFileError(
            f"The project's secret cannot be made in {path.parent} ({error.strerror}); name a key file with --key."
        ) from error


def _write(draft: Path, key: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(draft, flags, 0o600), "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())


def _publish(draft: Path, path: Path) -> None:
    """Give the whole file its name, unless the name is taken: POSIX links, Windows renames, both fail then."""
    try:
        if os.name == "posix":
            os.link(draft, path)
        else:
            draft.rename(path)
    except FileExistsError:
        return
