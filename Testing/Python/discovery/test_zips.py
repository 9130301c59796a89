# SPDX-License-Identifier: Apache-2.0
"""Zip files in an input: folders with their images, and what is said where they are not opened."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from ctseries import make_ct_series, make_patient
from SlicerDeidLib.discovery.walk import discover
from SlicerDeidLib.model.instance import Index
from zipcases import FAULTY, REFUSED, as_zip, zip_of_files


def strays(index: Index) -> list[tuple[str, str, int]]:
    return sorted((stray.path.as_posix(), stray.kind, stray.patient_number) for stray in index.strays)


def test_a_zip_in_a_patients_folder_is_a_sub_folder(tmp_path: Path) -> None:
    make_patient(tmp_path, "A", series=2)
    before = discover(tmp_path)
    as_zip(tmp_path / "A" / "CANARYSUB1", "CANARYSUB1")
    after = discover(tmp_path)
    assert [s.instances[0].path for s in after.patients[0].series] == [
        s.instances[0].path for s in before.patients[0].series
    ]
    assert after.patients[0].zips == {Path("A/CANARYSUB1")}


def test_what_is_known_of_an_image_in_a_zip_is_what_is_known_of_a_loose_one(tmp_path: Path) -> None:
    from dataclasses import replace

    make_patient(tmp_path, "A")
    (before,) = discover(tmp_path).patients[0].series
    as_zip(tmp_path / "A" / "CANARYSUB1", "CANARYSUB1")
    (after,) = discover(tmp_path).patients[0].series
    assert [replace(i, mtime_ns=0) for i in after.instances] == [replace(i, mtime_ns=0) for i in before.instances]


def test_a_zip_at_the_top_is_a_patient_behind_the_folders(tmp_path: Path) -> None:
    make_patient(tmp_path, "A", number=1)
    make_patient(tmp_path, "B", number=2)
    as_zip(tmp_path / "A")
    index = discover(tmp_path)
    assert [(p.number, p.folder, p.label) for p in index.patients] == [(1, "B", "B"), (2, "A.zip", "A")]
    for name in ("A", "A.zip"):
        assert [p.folder for p in discover(tmp_path, folders=[name]).patients] == ["A.zip"]


def test_a_text_document_is_a_zip_without_images_and_no_patient(tmp_path: Path) -> None:
    make_patient(tmp_path, "A")
    for path in (tmp_path / "map.xlsx", tmp_path / "A" / "report.docx"):
        zip_of_files(path, {"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>", "empty": b""})
    index = discover(tmp_path)
    assert [patient.folder for patient in index.patients] == ["A"]
    assert strays(index) == [("A/report.docx", "not an image", 1), ("map.xlsx", "not an image", 0)]


def test_every_file_of_a_zip_with_images_that_is_none_is_listed(tmp_path: Path) -> None:
    (path,) = make_ct_series(tmp_path / "made", slices=1)
    image = path.read_bytes()
    (tmp_path / "in" / "A").mkdir(parents=True)
    inner = zip_of_files(tmp_path / "inner.zip", {"1": image}).read_bytes()
    files = {"1": image, "copy": image, "short": image[:700], "notes.txt": b"x", "x/inner": inner, "none": b""}
    zip_of_files(tmp_path / "in" / "A" / "z.zip", files)
    index = discover(tmp_path / "in")
    assert strays(index) == [
        ("A/z.zip/copy", "duplicate", 1),
        ("A/z.zip/none", "empty", 1),
        ("A/z.zip/notes.txt", "not an image", 1),
        ("A/z.zip/short", "damaged", 1),
        ("A/z.zip/x/inner", "zip", 1),
    ]
    assert index.patients[0].series[0].instances[0].path == Path("A/z.zip/1")


def test_a_zip_that_holds_only_another_zip_is_no_text_document(tmp_path: Path) -> None:
    inner = zip_of_files(tmp_path / "inner.zip", {"1": b"x"}).read_bytes()
    (tmp_path / "in" / "A").mkdir(parents=True)
    zip_of_files(tmp_path / "in" / "A" / "z.zip", {"inner": inner, "notes.txt": b"x"})
    assert strays(discover(tmp_path / "in")) == [("A/z.zip/inner", "zip", 1)]


@pytest.mark.parametrize("top", [False, True])
@pytest.mark.parametrize("make", [make for make, _ in REFUSED.values()], ids=REFUSED)
def test_a_zip_that_cannot_be_trusted_is_one_stray(tmp_path: Path, make: Callable[[Path], object], top: bool) -> None:
    make_patient(tmp_path, "A")
    make(tmp_path / "a.zip" if top else tmp_path / "A" / "a.zip")
    index = discover(tmp_path)
    assert strays(index) == [("a.zip" if top else "A/a.zip", "zip", 0 if top else 1)]
    assert len(index.patients) == 1


@pytest.mark.parametrize(("make", "reason"), [FAULTY[key] for key in ("encrypted", "symbolic link", "lzma")])
def test_a_file_in_a_zip_that_cannot_be_read_is_a_stray(
    tmp_path: Path, make: Callable[[Path], object], reason: str
) -> None:
    (tmp_path / "A").mkdir()
    make(tmp_path / "A" / "a.zip")
    (stray,) = discover(tmp_path).strays
    assert stray.path == Path("A/a.zip/a.dcm")
    assert reason in stray.reason


def test_a_thousand_images_in_one_zip_cost_one_look_at_its_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = make_ct_series(tmp_path / "made", slices=1)
    (tmp_path / "in" / "A").mkdir(parents=True)
    zip_of_files(tmp_path / "in" / "A" / "z.zip", {f"{n}": path.read_bytes() + bytes(2 * n) for n in range(1000)})
    looks = []
    made = zipfile.ZipFile.__init__

    def watch(self: zipfile.ZipFile, *arguments: object, **options: object) -> None:
        looks.append(arguments)
        made(self, *arguments, **options)

    monkeypatch.setattr(zipfile.ZipFile, "__init__", watch)
    assert len(discover(tmp_path / "in").patients[0].series[0].instances) == 1000
    assert len(looks) == 1
