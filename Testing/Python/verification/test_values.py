# SPDX-License-Identifier: Apache-2.0
"""The audit looks for what the planting script planted, which knows nothing of how the audit collects."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pydicom
import pytest
from plant_identity import plant_series
from pydicom.data import get_testdata_file
from SlicerDeidLib.verification.audit import audit
from SlicerDeidLib.verification.reading import read, silent_pydicom
from SlicerDeidLib.verification.values import SourceValues

NOT_SEARCHED = {"PatientBirthName in its character set", "ImplementationVersionName", "EncryptedContent"}
"""A part of a word that is looked for as a whole, the name of a program, and bytes that nobody can read."""


@pytest.fixture
def planted(tmp_path: Path):
    source = tmp_path / "source"
    source.mkdir()
    dataset = pydicom.dcmread(str(get_testdata_file("CT_small.dcm")))
    for number in range(2):
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.{number + 1}"
        dataset.save_as(source / f"{number}.dcm")
    return plant_series(source, tmp_path / "in", 3)


def values_of(root: Path) -> SourceValues:
    values = SourceValues()
    with silent_pydicom():
        for path in sorted(root.rglob("*.dcm")):
            values.add_path(PurePosixPath(path.relative_to(root).as_posix()))
            values.add_file(read(path))
    return values


def test_nearly_every_planted_value_is_looked_for(planted, tmp_path):
    values = values_of(tmp_path / "in")
    missed = {where for data, where in planted.needles().items() if not list(values.needles.find(data))}
    assert missed == NOT_SEARCHED


def test_the_slices_of_a_series_add_little_to_what_is_looked_for(planted, tmp_path):
    both = len(values_of(tmp_path / "in").needles)
    planted.files[1].unlink()
    assert both - len(values_of(tmp_path / "in").needles) <= 4  # its SOP Instance UID in three spellings at most


def test_an_output_that_is_the_input_is_full_of_errors(planted, tmp_path):
    report = audit(tmp_path / "in", original=tmp_path / "in")
    assert {f.check for f in report.findings if f.severity == "error"} >= {"values", "tags", "meta", "uids", "marks"}
    named = {f.tag for f in report.findings if f.check == "values"}
    assert {"(0010,0010)", "(0010,0020)", "(0008,0080)", "(0040,0275)>(0040,1001)", "(0009,1103)"} <= named
    assert report.count("error") > 150


def test_an_element_that_says_it_is_longer_than_the_file_takes_nothing_of_what_follows(tmp_path: Path) -> None:
    dataset = pydicom.dcmread(get_testdata_file("CT_small.dcm"))
    dataset.PatientID, dataset.ProtocolName = "CANARYTORN12", "ANYBODYS9PROTOCOL"
    dataset.save_as(tmp_path / "torn.dcm")
    data = (tmp_path / "torn.dcm").read_bytes()
    torn = data[: data.index(b"ANYBODYS9PROTOCOL") + 100].replace(b"LO\x0c\0CANARYTORN12", b"LO\xfe\xffCANARYTORN12")
    (tmp_path / "torn.dcm").write_bytes(torn)
    values = values_of(tmp_path)
    assert list(values.needles.find(b"CANARYTORN12"))
    assert not list(values.needles.find(b"ANYBODYS9PROTOCOL"))
