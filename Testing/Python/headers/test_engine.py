# SPDX-License-Identifier: Apache-2.0
"""A whole header: file meta information, private and unknown elements, records."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pydicom
import pytest
from ctseries import CANARIES, make_ct_series
from pydicom.dataset import Dataset
from SlicerDeidLib.errors import FormatError
from SlicerDeidLib.formats.dicom.file import read, write
from SlicerDeidLib.headers.engine import HeaderContext, deidentify, engine_of, leaks
from SlicerDeidLib.headers.filemeta import IMPLEMENTATION_CLASS_UID
from SlicerDeidLib.model.element import Element


def test_file_meta_information_is_written_anew(ct: Dataset, through: Callable) -> None:
    result = through(ct)
    meta = result.dataset.file_meta
    expected = [0x00020000, 0x00020001, 0x00020002, 0x00020003, 0x00020010, 0x00020012, 0x00020013]
    assert [int(element.tag) for element in meta] == expected
    assert meta.ImplementationClassUID == IMPLEMENTATION_CLASS_UID
    assert meta.ImplementationVersionName == "SLICERDEID"
    assert meta.MediaStorageSOPInstanceUID == result.dataset.SOPInstanceUID
    assert meta.MediaStorageSOPClassUID == ct.SOPClassUID
    assert b"CANARY" not in result.data


@pytest.mark.parametrize("keyword", ["SOPClassUID", "SOPInstanceUID"])
def test_a_data_set_that_does_not_say_what_it_is_is_refused(
    keyword: str, bare: bytes, context_of: Callable[[str], HeaderContext]
) -> None:
    file = read(bare)
    del file.dataset[{"SOPClassUID": 0x00080016, "SOPInstanceUID": 0x00080018}[keyword]]
    with pytest.raises(FormatError, match="is missing"):
        deidentify(file.meta, file.dataset, context_of("research"))


def test_private_unknown_and_misplaced_elements_go(ct: Dataset, through: Callable) -> None:
    planted = [
        Element(0x00090010, "LO", b"CANARY CREATOR"),
        Element(0x00091001, "LO", b"CANARY"),
        Element(0x00091002, "SQ", items=[{0x00100010: Element(0x00100010, "PN", b"CANARY")}]),
        Element(0x00080000, "UL", b"\x10\0\0\0"),
        Element(0x00080099, "LO", b"CANARY"),
        Element(0x00010010, "LO", b"CANARY"),
        Element(0x00041220, "SQ", items=[{0x00100010: Element(0x00100010, "PN", b"CANARY")}]),
        Element(0x50000110, "LO", b"CANARY"),
        Element(0x50003000, "OW", b"CANARY"),
        Element(0x60003000, "OW", b"CANARY"),
        Element(0x60000022, "LO", b"CANARY"),
        Element(0x60000010, "US", b"\x10\0"),
        Element(0xFFFAFFFA, "SQ", items=[{0x04000120: Element(0x04000120, "OB", b"CANARY")}]),
        Element(0x04000561, "SQ", items=[{0x04000564: Element(0x04000564, "LO", b"CANARY")}]),
        Element(0xFFFCFFFC, "OB", b"CANARY"),
    ]
    result = through(ct, plant=lambda dataset: dataset.update({element.tag: element for element in planted}))
    assert b"CANARY" not in result.data
    assert not {element.tag for element in planted} & {int(element.tag) for element in result.dataset}
    assert result.actions("(0009,1001)") == {"removed"}


def test_no_record_and_no_repr_holds_a_value(ct: Dataset, through: Callable, context_of: Callable) -> None:
    ct.PatientName, ct.PatientID = "CANARY^A", "CANARYPID"
    ct.RequestAttributesSequence = [Dataset()]
    ct.RequestAttributesSequence[0].RequestedProcedureDescription = "CANARY"
    result = through(ct)
    context = context_of("basic")
    shown = "".join(map(repr, (result.changes, context, context.sweeper, context.family, context.shifter)))
    assert not any(canary in shown.upper() for canary in CANARIES)


def test_the_source_of_every_change_is_named(ct: Dataset, through: Callable) -> None:
    ct.PatientName, ct.StudyDate = "CANARY^A", "20240301"
    assert all(change.source and change.action and change.path for change in through(ct).changes)


def test_engines_are_compiled_once_per_policy_and_class(context_of: Callable[[str], HeaderContext]) -> None:
    policy = context_of("basic").policy
    assert engine_of(policy, "1.2.3") is engine_of(policy, "1.2.3")
    assert engine_of(policy, "1.2.3") is not engine_of(policy, "1.2.4")
    assert engine_of(replace(policy), "1.2.3") is not engine_of(policy, "1.2.3")


def test_values_that_are_not_touched_keep_their_bytes(ct: Dataset, through: Callable) -> None:
    ct.PixelSpacing, ct.Rows, ct.WindowCenter = [0.4882812, 0.4882812], 512, "40"
    result = through(ct)
    assert result.dataset.PixelSpacing == ct.PixelSpacing
    assert result.dataset.Rows == 512
    assert not result.actions("(0028,0030)")


@pytest.mark.parametrize(
    "syntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"]
)
def test_a_ct_series_shows_no_canary_in_any_native_transfer_syntax(
    syntax: str, tmp_path, context_of: Callable[[str], HeaderContext]
) -> None:
    paths = make_ct_series(tmp_path, slices=2, size=8, transfer_syntax_uid=syntax)
    context = context_of("research")
    for path in paths:
        before = pydicom.dcmread(path)
        file = read(path.read_bytes())
        deidentify(file.meta, file.dataset, context)
        data = b"".join(bytes(chunk) for chunk in write(file))
        after = pydicom.dcmread(io.BytesIO(data))
        written = io.BytesIO()
        after.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"  # not deflated, to be searched
        if syntax != "1.2.840.10008.1.2.2":
            after.save_as(written, enforce_file_format=True)
        assert leaks(file.meta, file.dataset, context) == []
        for canary in CANARIES:
            assert canary.encode() not in data.upper()
            assert canary.encode() not in written.getvalue().upper()
        assert after.PixelData == before.PixelData
        assert after.Rows == before.Rows
        assert after.PatientID == after.AccessionNumber == "STROKE-001"
        assert after.ImagePositionPatient == before.ImagePositionPatient


def test_what_one_file_shows_is_searched_for_in_that_file_only(
    bare: bytes, context_of: Callable[[str], HeaderContext]
) -> None:
    context = context_of("research")
    families = []
    for name in (b"Head^A", b"Neck^B", b"Head^A"):
        file = read(bare)
        file.dataset[0x00100010] = Element(0x00100010, "PN", name)
        deidentify(file.meta, file.dataset, context)
        families.append(context.family)
    assert families[0] is families[2]
    assert families[0] is not families[1]
