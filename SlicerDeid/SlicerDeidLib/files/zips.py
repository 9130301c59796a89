# SPDX-License-Identifier: Apache-2.0
"""Zip files as folders: ``a/b.zip/x/1.dcm`` is the file ``x/1.dcm`` in the zip ``a/b.zip``, read without unpacking.

Formats: PKWARE APPNOTE.TXT 6.3.10; the list of what a zip holds is read by Python's ``zipfile``.
"""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO, NamedTuple, cast

from SlicerDeidLib.errors import FormatError

_MAGICS = frozenset({b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"})  # a file, nothing, a part: APPNOTE 4.3.6
_LOCAL = struct.Struct("<4s22xHH")  # local file header, 4.3.7: signature, lengths of name and extra field
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000  # general purpose bits, 4.4.4: encrypted, strongly, names hidden
_MOST_GROWTH = 100  # times: images deflate to a third or a tenth; only made ones of one value to a thousandth
_MOST_BYTES = 1 << 30  # in all, that any zip may grow to: 2000 slices of 512 x 512, whatever their ratio
_CHUNK_BYTES = 1 << 16
_OPENED = 8  # lists of zip files that are kept: images of one series come one after the other
_DAMAGED = "a zip file that is damaged, or a part of one; mend it or take it away"


class Opened(NamedTuple):
    """An open file, its size, and when it, or the zip that it lies in, was changed."""

    stream: BinaryIO
    size_bytes: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Member:
    """One file in a zip.

    Attributes
    ----------
    name : str
        Its path in the zip (POSIX).
    size_bytes : int
        Unpacked.
    kind, fault : str
        Why it cannot be read, as in ``Stray``; empty where it can.
    """

    name: str = field(repr=False)
    size_bytes: int
    kind: str = ""
    fault: str = ""


def is_zip(start: bytes) -> bool:
    """Tell a zip file by its first bytes."""
    return start[:4] in _MAGICS


def members(path: Path) -> tuple[Member, ...]:
    """Return the files in a zip, in the order of their names.

    Raises
    ------
    FormatError
        If it is damaged, or may not be trusted as a whole.
    OSError
        If it cannot be read.
    """
    found = _infos(path)
    return tuple(Member(name, info.file_size, *_fault(info)) for name, info in sorted(found.items()))


@contextmanager
def open_file(path: Path) -> Iterator[Opened]:
    """Open a file, or one in a zip, for reading from its beginning to its end.

    Raises
    ------
    FormatError
        If it is damaged in the zip, now or where it is read, or cannot be unpacked.
    OSError
        If it is not there or cannot be read.
    """
    try:
        stream = path.open("rb", buffering=0)
    except (NotADirectoryError, FileNotFoundError):  # the latter on Windows
        archive = _zip_above(path)
        if archive is None:
            raise
    else:
        with stream:
            status = os.fstat(stream.fileno())
            yield Opened(stream, status.st_size, status.st_mtime_ns)
            return
    info = _info(archive, path)
    with archive.open("rb", buffering=0) as packed:
        yield Opened(cast(BinaryIO, _Unpacked(packed, info)), info.file_size, os.fstat(packed.fileno()).st_mtime_ns)


def read_file(path: Path) -> bytes:
    """Return the bytes of a file, or of one in a zip; see ``open_file``."""
    with open_file(path) as opened:
        return opened.stream.read()


def size_of(path: Path) -> int | None:
    """Return the size of a file, or of one in a zip; None where none can be read there."""
    try:
        status = path.stat()
    except (NotADirectoryError, FileNotFoundError):
        archive = _zip_above(path)
        try:
            return None if archive is None else _info(archive, path).file_size
        except (FormatError, OSError):
            return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


class _Unpacked(io.RawIOBase):
    """The bytes of one file in a zip, unpacked while they are read, and compared with its size and CRC at the end."""

    def __init__(self, packed: BinaryIO, info: zipfile.ZipInfo) -> None:
        kind, fault = _fault(info)
        if kind:
            raise FormatError(fault)
        packed.seek(info.header_offset)
        header = packed.read(_LOCAL.size)
        if len(header) < _LOCAL.size or header[:4] != b"PK\x03\x04":
            raise _damaged()
        _, name_bytes, extra_bytes = _LOCAL.unpack(header)
        packed.seek(name_bytes + extra_bytes, os.SEEK_CUR)
        self._packed, self._info = packed, info
        self._left_packed, self._left, self._crc = info.compress_size, info.file_size, 0
        is_deflated = info.compress_type == zipfile.ZIP_DEFLATED
        self._inflater = zlib.decompressobj(wbits=-zlib.MAX_WBITS) if is_deflated else None

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill a buffer, but for the end."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def readall(self) -> bytes:
        """Return what is left."""
        return self.read(self._left)

    def read(self, size: int = -1) -> bytes:
        """Return so many bytes; fewer only at the end."""
        wanted = self._left if size < 0 else min(size, self._left)
        parts, missing = [], wanted
        while missing:
            part = self._part(missing)
            parts.append(part)
            missing -= len(part)
        data = b"".join(parts)
        self._left -= len(data)
        self._crc = zlib.crc32(data, self._crc)
        if wanted and not self._left and self._crc != self._info.CRC:
            raise _damaged()
        return data

    def _part(self, most: int) -> bytes:
        """Return the next bytes, at least one."""
        if self._inflater is None:
            part = self._next_packed(most)
        else:
            tail = self._inflater.unconsumed_tail or self._next_packed(max(_CHUNK_BYTES, min(most, self._left_packed)))
            try:
                part = self._inflater.decompress(tail, most)
            except zlib.error:
                raise _damaged() from None
            if not part and tail and not self._inflater.eof:  # what was read says nothing yet
                return part
        if not part:
            raise _damaged()
        return part

    def _next_packed(self, most: int) -> bytes:
        part = self._packed.read(min(most, self._left_packed))
        self._left_packed -= len(part)
        return part


def _damaged() -> FormatError:
    return FormatError("a file in a zip is damaged; mend the zip or take it away")


def _zip_above(path: Path) -> Path | None:
    """Return the regular file, not a link, that a path leads through as through a folder."""
    for parent in path.parents:
        try:
            mode = parent.lstat().st_mode
        except OSError:
            continue
        return parent if stat.S_ISREG(mode) else None
    return None


def _info(archive: Path, path: Path) -> zipfile.ZipInfo:
    """Return where a file lies in a zip."""
    found = _infos(archive).get(path.relative_to(archive).as_posix())
    if found is None:
        raise FileNotFoundError("no such file in the zip")
    return found


def _infos(path: Path) -> dict[str, zipfile.ZipInfo]:
    """Return what a zip holds, by name, without folders; the list is read anew where the zip was changed."""
    status = path.stat()
    key = status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
    return _listed(os.fspath(path), key)


@lru_cache(maxsize=_OPENED)
def _listed(path: str, key: tuple[int, ...]) -> dict[str, zipfile.ZipInfo]:
    """Read the list of a zip, and refuse one that cannot be trusted."""
    size_bytes = key[1]
    try:
        with zipfile.ZipFile(path) as opened:
            infos, start = opened.infolist(), opened.start_dir
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OverflowError, struct.error, IndexError):
        raise FormatError(_DAMAGED) from None
    if not all(map(_is_safe, infos)):
        raise FormatError(
            "a zip file with a name that leads out of it or that no file can have (absolute, .., \\); unpack it first"
        )
    files = [info for info in infos if not info.filename.endswith("/")]
    if len({info.filename for info in files}) < len(files):
        raise FormatError("a zip file in which two files have one name; unpack it first")
    ends = sorted((info.header_offset, info.header_offset + _LOCAL.size + info.compress_size) for info in infos)
    if any(a[1] > b[0] for a, b in pairwise([*ends, (start, start)])):
        raise FormatError("a zip file whose files lie in each other, or beyond its end: it is damaged, or made to harm")
    if sum(info.file_size for info in files) > max(_MOST_BYTES, _MOST_GROWTH * size_bytes):
        raise FormatError(
            f"a zip file that would grow to more than {_MOST_GROWTH} times its size, and more than 1 GiB; unpack it "
            "first if you know what it is"
        )
    return {info.filename: info for info in files}


def _is_safe(info: zipfile.ZipInfo) -> bool:
    """Tell whether a name, as it is written and as it is read, leads below the zip and is written in one way."""
    is_folder = info.filename.endswith("/")
    return all(map(_is_plain, {info.orig_filename, info.filename})) and not (is_folder and info.file_size)


def _is_plain(name: str) -> bool:
    below = name.removesuffix("/")
    is_one = PurePosixPath(below).as_posix() == below and below != "." and ".." not in below.split("/")
    return is_one and not PureWindowsPath(name).anchor and not {"\\", "\0"} & set(name)


def _fault(info: zipfile.ZipInfo) -> tuple[str, str]:
    """Return kind and reason for a file that cannot be read."""
    mode = info.external_attr >> 16
    if stat.S_ISLNK(mode):
        return "symbolic link", "a symbolic link in a zip is not followed"
    if stat.S_IFMT(mode) and not stat.S_ISREG(mode):
        return "unreadable", "something in a zip that is no regular file"
    if info.flag_bits & _ENCRYPTED:
        return "unreadable", "a file in a zip is encrypted; unpack it with its password"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "unreadable", "a file in a zip is compressed in another way than deflated; unpack it first"
    if info.compress_type == zipfile.ZIP_STORED and info.compress_size != info.file_size:
        return "damaged", _damaged().reason
    return "", ""
