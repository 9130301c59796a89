# SPDX-License-Identifier: Apache-2.0
"""Zip files for tests: a folder as a zip, and zips that something is wrong with, made byte by byte."""

from __future__ import annotations

import shutil
import stat
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

GOOD = b"the bytes of a file, " * 40


def as_zip(folder: Path, name: str = "", compression: int = zipfile.ZIP_DEFLATED) -> Path:
    """Replace a folder by a zip of what is in it, beside it."""
    files = folder.rename(folder.with_name("being packed"))
    path = folder.with_name(name or f"{folder.name}.zip")
    with zipfile.ZipFile(path, "w", compression) as packed:
        for file in sorted(files.rglob("*")):
            packed.write(file, file.relative_to(files).as_posix())
    shutil.rmtree(files)
    return path


def zip_of_files(path: Path, files: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    """Make a zip of files whose names may be any."""
    with zipfile.ZipFile(path, "w", compression) as packed:
        for name, data in files.items():
            packed.writestr(_info(name, compression), data)
    return path


def _info(name: str, compression: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("x")
    info.filename, info.compress_type = name, compression
    return info


def _named(*names: str) -> Callable[[Path], object]:
    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as packed:
            for number, name in enumerate(names):
                stand_in = str(number) * len(name.encode())
                packed.writestr(_info(stand_in), GOOD + bytes([number]))
        data = path.read_bytes()
        for number, name in enumerate(names):
            data = data.replace((str(number) * len(name.encode())).encode(), name.encode())
        path.write_bytes(data)

    return make


def _truncated(path: Path) -> None:
    zip_of_files(path, {"a.dcm": GOOD, "b.dcm": GOOD})
    path.write_bytes(path.read_bytes()[:-60])


def _overlapping(path: Path) -> None:
    """Let two entries of the list be of one piece of data, as bombs do."""
    zip_of_files(path, {"a": GOOD, "b": GOOD}, zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    second = data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = bytes(4)
    path.write_bytes(data)


def _of_size(size: int) -> Callable[[Path], object]:
    """Return what makes a zip whose list says that its file is so long."""

    def make(path: Path) -> None:
        zip_of_files(path, {"a.dcm": GOOD})
        data = bytearray(path.read_bytes())
        place = data.index(b"PK\x01\x02") + 24
        data[place : place + 4] = size.to_bytes(4, "little")
        path.write_bytes(data)

    return make


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "truncated": (_truncated, "damaged"),
    "garbage": (lambda path: path.write_bytes(b"PK\x03\x04rest"), "damaged"),
    "a part of several": (lambda path: path.write_bytes(b"PK\x07\x08" + bytes(60)), "damaged"),
    "duplicates": (_named("a.dcm", "a.dcm"), "one name"),
    "leads out": (_named("../a.dcm"), "leads out"),
    "leads out within": (_named("x/../../a.dcm"), "leads out"),
    "absolute": (_named("/a.dcm"), "leads out"),
    "drive": (_named("C:/a.dcm"), "leads out"),
    "backslash": (_named("x\\a.dcm"), "leads out"),
    "doubled slash": (_named("x//a.dcm"), "leads out"),
    "this folder": (_named("./a.dcm"), "leads out"),
    "a zero in a name": (_named("a.dcm\0.txt"), "leads out"),
    "no name": (_named("\0"), "leads out"),
    "overlapping": (_overlapping, "lie in each other"),
    "bomb": (_of_size((1 << 30) + 1), "more than 100 times"),
}
"""What makes a zip that is refused as a whole -> how, and words of the reason."""


def _encrypted(path: Path) -> None:
    zip_of_files(path, {"a.dcm": GOOD})
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    path.write_bytes(data)


def _linked(path: Path) -> None:
    info = _info("a.dcm", zipfile.ZIP_STORED)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(info, "/etc/passwd")


def _corrupt(path: Path) -> None:
    zip_of_files(path, {"a.dcm": GOOD}, zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    data[data.index(GOOD) + 100] ^= 1
    path.write_bytes(data)


FAULTY: dict[str, tuple[Callable[[Path], object], str]] = {
    "encrypted": (_encrypted, "encrypted"),
    "symbolic link": (_linked, "symbolic link"),
    "bzip2": (lambda path: zip_of_files(path, {"a.dcm": GOOD}, zipfile.ZIP_BZIP2), "compressed in another way"),
    "lzma": (lambda path: zip_of_files(path, {"a.dcm": GOOD}, zipfile.ZIP_LZMA), "compressed in another way"),
    "wrong CRC": (_corrupt, "damaged"),
    "longer than it says": (_of_size(len(GOOD) - 1), "damaged"),
    "shorter than it says": (_of_size(len(GOOD) + 1), "damaged"),
}
"""What makes a zip whose file ``a.dcm`` cannot be read -> how, and words of the reason."""


def pack_two(patient: Path) -> None:
    """Pack the first two series of a patient into one zip."""
    (patient / "CANARYPACK").mkdir()
    for number in (1, 2):
        (patient / f"CANARYSUB{number}").rename(patient / "CANARYPACK" / f"CANARYSUB{number}")
    as_zip(patient / "CANARYPACK")


def files_below(out: Path) -> dict[str, bytes]:
    """Return what lies in an output by name; what is in zips as if these were folders."""
    found = {}
    for path in sorted(path for path in out.rglob("*") if path.is_file()):
        name = path.relative_to(out).as_posix()
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as packed:
                found.update({f"{name}/{member}": packed.read(member) for member in packed.namelist()})
        else:
            found[name] = path.read_bytes()
    return found
