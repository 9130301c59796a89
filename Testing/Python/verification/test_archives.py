# SPDX-License-Identifier: Apache-2.0
"""Zips of an output and of an original: the same is found in them as in folders, and whatever a zip itself tells."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from faults import Change, adder, found, setter
from SlicerDeidLib.verification.audit import audit
from zipcases import FAULTY, REFUSED, as_zip

DATE, FILE_TIME = (2000, 1, 1, 0, 0, 0), 946684800


def info_of(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, DATE)
    info.create_system, info.external_attr = 3, 0o100644 << 16
    return info


def pack(folder: Path, name: str = "") -> Path:
    """Replace a folder of an output by a zip of it, made as the contract says."""
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.*"))}
    path = as_zip(folder, name)
    with zipfile.ZipFile(path, "w") as packed:
        for member, data in files.items():
            packed.writestr(info_of(member), data)
    os.utime(path, (FILE_TIME, FILE_TIME))
    return path


def packed_release(case) -> Path:
    return pack(case.file().parent)


def test_a_clean_zip_gives_no_finding(case):
    packed_release(case)
    report = audit(case.out)
    assert report.findings == ()
    assert report.measures["files read"] == 4


@pytest.mark.parametrize("name", ["", "DEID-0007.zip"])
def test_a_clean_zip_of_a_patient_gives_no_finding(case, name):
    before = audit(case.out, original=case.original).measures["values searched"]
    pack(case.file().parent, name)
    as_zip(next(case.original.iterdir()))
    report = audit(case.out, original=case.original)
    assert report.findings == ()
    assert report.measures["values searched"] == before
    assert report.measures["original files read"] == 4
    assert report.measures["voxels compared"] == 4 * 16 * 16


FAULTS: dict[str, Change] = {
    "an element that the profile removes": setter("PatientAddress", "X"),
    "a private element": adder(0x00090010, "LO", "ABC"),
    "a study UID of its own": setter("StudyInstanceUID", "2.25.79"),
    "another PatientID": setter("PatientID", "DEID-0008"),
    "a date that did not move": setter("StudyDate", "20190312"),
    "a name of the original": setter("StudyDescription", "CT HEAD Quavexthul"),
    "the name of a folder of the original": setter("ConvolutionKernel", "Zormox"),
    "other voxels": lambda dataset: setattr(dataset, "PixelData", dataset.PixelData[::-1]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_found_in_a_folder_is_found_in_a_zip(case, fault):
    case.change(FAULTS[fault], 2)
    loose = found(case, original=case.original)
    assert loose
    packed_release(case)
    assert found(case, original=case.original) == loose
    as_zip(next(case.original.iterdir()))
    assert found(case, original=case.original) == loose


@pytest.mark.parametrize("size", [0, 100, 131, 140, 200, 700, 1500])
def test_a_damaged_file_is_found_as_in_a_folder(case, size):
    case.file(2).write_bytes(case.file(2).read_bytes()[:size])
    os.utime(case.file(2), (FILE_TIME, FILE_TIME))
    loose = found(case)
    packed_release(case)
    assert found(case) == loose


def test_the_findings_name_the_file_in_the_zip(case):
    case.change(FAULTS["a private element"], 2)
    packed_release(case)
    (finding,) = audit(case.out).findings
    assert finding.path == "DEID-0007/CT HEAD.zip/DEID-0007_001_00002.dcm"


def anew(
    path: Path, change: Callable[[zipfile.ZipInfo], object], comment: bytes = b"", *, is_last_first: bool = False
) -> None:
    """Write a zip anew that differs in one thing."""
    with zipfile.ZipFile(path) as packed:
        contents = [(info, packed.read(info)) for info in packed.infolist()]
    with zipfile.ZipFile(path, "w") as packed:
        packed.comment = comment
        for info, data in contents[::-1] if is_last_first else contents:
            fresh = info_of(info.filename)
            change(fresh)
            packed.writestr(fresh, data)


def between(path: Path, hidden: bytes = b"between") -> None:
    """Put bytes between the last file and the list of a zip."""
    with zipfile.ZipFile(path) as packed:
        start = packed.start_dir
    data = bytearray(path.read_bytes())
    data[start:start] = hidden
    data[-6:-2] = (start + len(hidden)).to_bytes(4, "little")
    path.write_bytes(data)


def other_name(path: Path) -> None:
    """Let a file be called otherwise where its bytes lie than in the list."""
    data = path.read_bytes()
    path.write_bytes(data.replace(b"DEID-0007_001_00002", b"QUAV-EXTH_UL1_00002", 1))


TELLING: dict[str, Callable[[Path], object]] = {
    "a comment": lambda path: anew(path, lambda _: None, b"Quavexthul"),
    "a comment of a file": lambda path: anew(path, lambda info: setattr(info, "comment", b"x")),
    "a time": lambda path: anew(path, lambda info: setattr(info, "date_time", (2019, 3, 12, 14, 5, 8))),
    "an extra field": lambda path: anew(path, lambda info: setattr(info, "extra", b"\x55\x54\x05\0\x01abcd")),
    "an attribute": lambda path: anew(path, lambda info: setattr(info, "external_attr", 0o100600 << 16)),
    "another system": lambda path: anew(path, lambda info: setattr(info, "create_system", 0)),
    "compression": lambda path: anew(path, lambda info: setattr(info, "compress_type", zipfile.ZIP_DEFLATED)),
    "another order": lambda path: anew(path, lambda _: None, is_last_first=True),
    "bytes between": between,
    "as many as a long zip has behind": lambda path: between(path, bytes(76)),
    "bytes before": lambda path: path.write_bytes(b"PK\x03\x04before" + path.read_bytes()),
    "bytes behind": lambda path: path.write_bytes(path.read_bytes() + b"behind"),
    "another name inside": other_name,
}


@pytest.mark.parametrize("what", TELLING)
def test_a_zip_that_tells_more_than_names_and_bytes_is_found(case, what):
    path = packed_release(case)
    TELLING[what](path)
    assert any(f.severity == "error" and f.check == "structure" for f in audit(case.out).findings)


@pytest.mark.parametrize(("make", "reason"), [*REFUSED.values(), *FAULTY.values()], ids=[*REFUSED, *FAULTY])
def test_a_strangers_zip_is_found_and_no_crash(case, make, reason):
    make(case.out / "DEID-0007" / "CT.zip")
    assert ("error", "structure", "") in found(case, original=case.original)


def test_a_zip_at_the_top_is_found(case):
    pack(case.out / "DEID-0007")
    assert any("outside any patient folder" in finding.message for finding in audit(case.out).findings)


def test_a_zip_in_a_zip_is_found(case):
    (case.file().parent / "inner.zip").write_bytes(b"PK\x05\x06" + bytes(18))
    packed_release(case)
    assert any("no DICOM file" in finding.message for finding in audit(case.out).findings)


def test_the_name_of_a_zip_is_judged_as_that_of_a_folder(case):
    pack(case.file().parent, "Quavexthul.zip")
    messages = {(f.severity, f.check) for f in audit(case.out, original=case.original).findings}
    assert {("warning", "structure"), ("error", "values")} <= messages


@pytest.mark.parametrize("make", [make for make, _ in [*REFUSED.values(), *FAULTY.values()]], ids=[*REFUSED, *FAULTY])
def test_zips_of_the_original_that_cannot_be_read_are_no_crash(case, make):
    make(case.original / "a.zip")
    findings = audit(case.out, original=case.original).findings
    assert {(f.severity, f.check) for f in findings} <= {("warning", "values")}


def test_a_text_document_beside_the_originals_gives_no_words_to_search(case):
    before = audit(case.out, original=case.original).measures["values searched"]
    with zipfile.ZipFile(case.original / "list.xlsx", "w") as packed:
        packed.writestr("head/description.xml", "x")
    report = audit(case.out, original=case.original)
    assert report.findings == ()
    assert report.measures["values searched"] <= before + 2
