# SPDX-License-Identifier: Apache-2.0
"""Archives: zips of an output or an original, whose files are read as if the zips were folders.

Format: PKWARE APPNOTE.TXT 6.3.10, sections 4.3 and 4.4; read by Python's ``zipfile``.
"""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from SlicerDeidLib.verification.findings import Findings

CHECK = "structure"
SUFFIX = ".zip"
MAGICS = frozenset({b"PK\x03\x04", b"PK\x05\x06"})
DATE = (2000, 1, 1, 0, 0, 0)  # of everything that is released
LOCAL = struct.Struct("<4s22xHH")  # local file header, 4.3.7
CENTRAL_BYTES, END_BYTES, ZIP64_END_BYTES = 46, 22, 76  # 4.3.12; 4.3.16; 4.3.14 and 4.3.15 together
ZIP64 = b"\x01\0"  # the extra field that long files need, 4.5.3
MOST_GROWTH, MOST_BYTES = 100, 1 << 30  # times, and bytes in all: what grows beyond both is made to harm
ZIP_ERRORS = (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, LookupError, EOFError, OverflowError,
              struct.error, zlib.error)  # fmt: skip
"""What ``zipfile`` raises on damaged and encrypted zips, besides OSError."""


def is_archive(path: Path) -> bool:
    """Whether a file begins as a zip; False where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(4) in MAGICS
    except OSError:
        return False


def names_in(path: Path) -> list[str]:
    """Return the files in a zip by name, in order.

    Raises
    ------
    OSError
        If it is damaged, or names files that cannot lie below it, or one twice, or would grow without measure.
    """
    infos = [info for info in _opened(path).infolist() if not info.filename.endswith("/")]
    names = [info.filename for info in infos]
    is_bomb = sum(info.file_size for info in infos) > max(MOST_BYTES, MOST_GROWTH * path.stat().st_size)
    if is_bomb or len(set(names)) < len(names) or not all(map(_is_below, names)):
        raise OSError("a zip that cannot be trusted")
    return sorted(names)


def _is_below(name: str) -> bool:
    plain = PurePosixPath(name)
    return plain.as_posix() == name and ".." not in plain.parts and not PureWindowsPath(name).anchor


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, or one in a zip.

    Raises
    ------
    OSError
        If it is not there, damaged or encrypted.
    """
    try:
        stream: IO[bytes] = path.open("rb")
    except (NotADirectoryError, FileNotFoundError):  # the latter on Windows
        archive = archive_of(path)
        if archive is None:
            raise
        try:
            stream = _opened(archive).open(path.relative_to(archive).as_posix())
        except ZIP_ERRORS as error:
            raise OSError(f"damaged in a zip ({type(error).__name__})") from None
    with stream:
        try:
            yield stream
        except zipfile.BadZipFile as error:
            raise OSError(f"damaged in a zip ({type(error).__name__})") from None


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file, or of one in a zip; see ``opened``."""
    with opened(path) as stream:
        return stream.read()


def exists(path: Path) -> bool:
    """Whether a file is there, or in a zip that is."""
    try:
        with opened(path):
            return True
    except IsADirectoryError:
        return True
    except OSError:
        return False


def archive_of(path: Path) -> Path | None:
    """Return the zip that a file lies in; None where it lies in a folder, or nowhere."""
    return next((parent for parent in path.parents if parent.is_file()), None)


def check_archive(path: Path, name: str, findings: Findings) -> None:
    """Judge a zip of the output: nothing is in it but names and bytes, and every byte of it is one of these."""
    with path.open("rb") as file:
        archive, size = _opened(path), path.stat().st_size
        infos = sorted(archive.infolist(), key=lambda info: info.header_offset)
        is_plain = not archive.comment and archive.infolist() == sorted(infos, key=lambda info: info.filename)
        offset = end = 0
        for info in infos:
            file.seek(info.header_offset)
            signature, name_bytes, extra_bytes = LOCAL.unpack(file.read(LOCAL.size))
            file.seek(name_bytes, os.SEEK_CUR)  # the name that stands there, zipfile compares with the one in the list
            extra = file.read(extra_bytes)
            is_plain &= info.header_offset == offset and signature == b"PK\x03\x04" and _tells_nothing(info)
            is_plain &= extra[:2] in (b"", ZIP64)
            offset += LOCAL.size + name_bytes + extra_bytes + info.compress_size
            end += CENTRAL_BYTES + name_bytes + len(info.extra)
    is_plain &= archive.start_dir == offset and size - offset - end in (END_BYTES, END_BYTES + ZIP64_END_BYTES)
    if not is_plain:
        message = "A zip tells more than names and bytes: times, attributes, comments, or bytes that are in no file."
        findings.add("error", CHECK, name, "", message)


def _tells_nothing(info: zipfile.ZipInfo) -> bool:
    is_fixed = info.date_time == DATE and (info.create_system, info.external_attr) == (3, 0o100644 << 16)
    is_bare = not info.comment and not info.internal_attr and info.extra[:2] in (b"", ZIP64)
    return is_fixed and is_bare and info.compress_type == zipfile.ZIP_STORED and not info.flag_bits & ~0x0800


def _opened(path: Path) -> zipfile.ZipFile:
    """Open a zip, or return it where it was opened before and not changed since.

    Raises
    ------
    OSError
        If it is damaged or cannot be read.
    """
    status = path.stat()
    try:
        return _kept_open(os.fspath(path), (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns))
    except ZIP_ERRORS as error:
        raise OSError(f"a damaged zip ({type(error).__name__})") from None


@lru_cache(maxsize=4)  # two folders are compared, file by file
def _kept_open(path: str, _status: tuple[int, ...]) -> zipfile.ZipFile:
    return zipfile.ZipFile(path)


def close_archives() -> None:
    """Close what was kept open; a system may not let an open file be replaced."""
    _kept_open.cache_clear()
