# SPDX-License-Identifier: Apache-2.0
"""Zip files as folders: what is read is what was packed, or it is refused with a reason."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from SlicerDeidLib.errors import FormatError
from SlicerDeidLib.files.zips import members, open_file, read_file, size_of
from zipcases import FAULTY, GOOD, REFUSED, zip_of_files


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_file_in_a_zip_is_read_as_one_in_a_folder(tmp_path: Path, compression: int) -> None:
    path = zip_of_files(tmp_path / "a.zip", {"x/1.dcm": GOOD, "2": b"", "x/3": GOOD[:5]}, compression)
    assert [(m.name, m.size_bytes, m.fault) for m in members(path)] == [
        ("2", 0, ""),
        ("x/1.dcm", 840, ""),
        ("x/3", 5, ""),
    ]
    assert [read_file(path / name) for name in ("x/1.dcm", "2", "x/3")] == [GOOD, b"", GOOD[:5]]
    assert [size_of(path / "x/1.dcm"), size_of(path / "x"), size_of(path)] == [840, None, path.stat().st_size]


@given(st.lists(st.integers(0, 300), max_size=20), st.booleans())
def test_it_may_be_read_piece_by_piece(sizes: list[int], is_deflated: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        compression = zipfile.ZIP_DEFLATED if is_deflated else zipfile.ZIP_STORED
        path = zip_of_files(Path(folder, "a.zip"), {"1": GOOD}, compression)
        with open_file(path / "1") as opened:
            parts = [opened.stream.read(size) for size in sizes]
            parts.append(opened.stream.read())
        assert b"".join(parts) == GOOD


def test_names_in_other_letters_are_those_that_were_packed(tmp_path: Path) -> None:
    path = zip_of_files(tmp_path / "a.zip", {"Kopf Ü/頭.dcm": GOOD})
    assert read_file(path / "Kopf Ü/頭.dcm") == GOOD
    data = (
        zip_of_files(tmp_path / "b.zip", {"Kopf @/1": GOOD}).read_bytes().replace(b"@", b"\x9a")
    )  # Ü in code page 437
    (tmp_path / "b.zip").write_bytes(data)
    assert read_file(tmp_path / "b.zip" / "Kopf Ü/1") == GOOD


def test_a_zip_with_fields_for_long_files_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as packed, packed.open("1", "w", force_zip64=True) as file:
        file.write(GOOD)
    assert read_file(path / "1") == GOOD


@pytest.mark.parametrize(("make", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_zip_that_cannot_be_trusted_is_refused_as_a_whole(
    tmp_path: Path, make: Callable[[Path], object], reason: str
) -> None:
    make(tmp_path / "a.zip")
    with pytest.raises(FormatError, match=reason):
        members(tmp_path / "a.zip")


@pytest.mark.parametrize(("make", "reason"), FAULTY.values(), ids=FAULTY)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, make: Callable[[Path], object], reason: str) -> None:
    make(tmp_path / "a.zip")
    (member,) = members(tmp_path / "a.zip")
    assert reason in member.fault or reason == "damaged"
    with pytest.raises(FormatError, match=reason):
        read_file(tmp_path / "a.zip" / "a.dcm")


def test_a_zip_that_grows_a_thousand_times_is_read_where_it_stays_below_a_gibibyte(tmp_path: Path) -> None:
    path = zip_of_files(tmp_path / "a.zip", {"air": bytes(50 << 20)})
    assert path.stat().st_size < (50 << 20) / 900
    assert read_file(path / "air") == bytes(50 << 20)


def test_a_zip_that_was_replaced_is_read_anew(tmp_path: Path) -> None:
    path = zip_of_files(tmp_path / "a.zip", {"1": GOOD})
    assert read_file(path / "1") == GOOD
    zip_of_files(tmp_path / "b.zip", {"1": GOOD[::-1]}).replace(path)
    assert read_file(path / "1") == GOOD[::-1]


def test_no_link_leads_into_a_zip(tmp_path: Path) -> None:
    (tmp_path / "link.zip").symlink_to(zip_of_files(tmp_path / "a.zip", {"1": GOOD}))
    with pytest.raises(NotADirectoryError):
        read_file(tmp_path / "link.zip" / "1")


def test_what_is_in_no_zip_is_not_found(tmp_path: Path) -> None:
    zip_of_files(tmp_path / "a.zip", {"1": GOOD})
    for path in (tmp_path / "a.zip" / "2", tmp_path / "nothing" / "1"):
        with pytest.raises(FileNotFoundError):
            read_file(path)
        assert size_of(path) is None


@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=4, unique=True))
def test_whatever_the_names_each_is_read_by_its_own_or_all_are_refused(names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = zip_of_files(Path(folder, "a.zip"), {name: name.encode("utf-8", "replace") for name in names})
        try:
            found = members(path)
        except FormatError:
            assert any({"/", "\\", "\0", ".", ":"} & set(name) for name in names)
            return
        for member in found:
            assert path in (path / member.name).parents
            assert read_file(path / member.name) == member.name.encode("utf-8", "replace")
        assert {member.name for member in found} == {name for name in names if not name.endswith("/")}


def _made() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        packed.writestr("x/1", GOOD, zipfile.ZIP_DEFLATED)
        packed.writestr("2", GOOD[::-1], zipfile.ZIP_STORED)
    return stream.getvalue()


MADE = _made()


@given(st.lists(st.tuples(st.integers(0, len(MADE) - 1), st.integers(0, 255)), max_size=4), st.integers(0, len(MADE)))
def test_of_a_damaged_zip_nothing_is_read_but_what_was_packed(changes: list[tuple[int, int]], end: int) -> None:
    data = bytearray(MADE)
    for place, value in changes:
        data[place] = value
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.zip")
        path.write_bytes(data[: end if end > len(MADE) // 2 else len(MADE)])
        try:
            for member in members(path):
                read = b"" if member.fault else read_file(path / member.name)
                assert read in (b"", GOOD, GOOD[::-1])
        except (FormatError, OSError):
            pass
