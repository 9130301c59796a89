# SPDX-License-Identifier: Apache-2.0
"""Every check is silent on a clean release and fires on the fault that is planted for it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from faults import Change, adder, claim, codes, found, setter
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)
from SlicerDeidLib.errors import OutputError
from SlicerDeidLib.verification.audit import audit

FILE_TIME = 946684800  # as the fixture's files have


def coded(meaning: str) -> Dataset:
    item = Dataset()
    item.CodeMeaning = meaning
    return item


def test_a_clean_release_gives_no_finding(case):
    report = audit(case.out, original=case.original)
    assert report.findings == ()
    assert report.measures["files read"] == 4
    assert report.measures["dates compared"] == 4 * 5
    assert report.measures["voxels compared"] == 4 * 16 * 16
    assert report.measures["voxels changed"] == 0
    assert report.measures["values searched"] > 20


def test_a_folder_that_does_not_exist_is_one_sentence(tmp_path):
    with pytest.raises(OutputError, match="does not exist"):
        audit(tmp_path / "nothing")


def test_an_empty_output_is_an_error(tmp_path):
    (tmp_path / "out").mkdir()
    assert {f.severity for f in audit(tmp_path / "out").findings} == {"error"}


@pytest.mark.skipif(os.name == "nt", reason="Windows names files in Unicode only")
def test_original_folders_with_names_in_no_known_character_set_are_compared(case):
    folder = next(place for place in case.original.iterdir() if place.is_dir())
    folder.rename(os.fsdecode(os.fsencode(folder) + b"-M\xfcller"))
    assert audit(case.out, original=case.original).measures["files read"] == 4


HEADER_FAULTS: dict[str, tuple[Change, tuple[str, str, str]]] = {
    "an element that the profile removes": (setter("PatientAddress", "X"), ("error", "tags", "(0010,1040)")),
    "a private element": (adder(0x00090010, "LO", "ABC"), ("error", "private", "(0009,0010)")),
    "an element that the standard does not know": (adder(0x00080FF2, "LO", "A"), ("error", "tags", "(0008,0FF2)")),
    "a curve": (adder(0x50020010, "US", 1), ("error", "tags", "(5002,0010)")),
    "an overlay": (adder(0x60100010, "US", 1), ("error", "tags", "(6010,0010)")),
    "an AE title": (
        lambda d: setattr(d.file_meta, "SourceApplicationEntityTitle", "A"),
        ("error", "meta", "(0002,0016)"),
    ),
    "a preamble": (lambda d: setattr(d, "preamble", b"II*\0".ljust(128, b"\0")), ("error", "meta", "")),
    "a UID that is not keyed": (setter("FrameOfReferenceUID", "1.2.3.4.5"), ("error", "uids", "(0020,0052)")),
    "no study UID": (setter("StudyInstanceUID", ""), ("error", "uids", "(0020,000D)")),
    "a series UID of its own": (setter("SeriesInstanceUID", "2.25.78"), ("error", "uids", "(0020,000E)")),
    "a study UID of its own": (setter("StudyInstanceUID", "2.25.79"), ("error", "uids", "(0020,000D)")),
    "a frame of its own": (setter("FrameOfReferenceUID", "2.25.80"), ("warning", "uids", "(0020,0052)")),
    "no method": (
        lambda d: (codes(d, "113100", "113105", "113107"), setattr(d, "DeidentificationMethod", "")),
        ("error", "marks", "(0012,0063)"),
    ),
    "YES without 113100": (lambda d: codes(d, "113100"), ("error", "marks", "(0012,0062)")),
    "113100 without YES": (setter("PatientIdentityRemoved", "NO"), ("error", "marks", "(0012,0062)")),
    "burned-in NO without 113101": (setter("BurnedInAnnotation", "NO"), ("error", "marks", "(0028,0301)")),
    "113102 without NO": (
        lambda d: claim(d, "113102", "Clean Recognizable Visual Features Option"),
        ("error", "marks", "(0028,0302)"),
    ),
    "dates removed although 113107": (
        setter("LongitudinalTemporalInformationModified", "REMOVED"),
        ("error", "marks", "(0028,0303)"),
    ),
    "no mark of dates": (
        lambda d: delattr(d, "LongitudinalTemporalInformationModified"),
        ("error", "marks", "(0028,0303)"),
    ),
    "a code with another meaning": (
        lambda d: claim(d, "113103", "Clean Everything"),
        ("error", "marks", "(0012,0064)"),
    ),
    "another PatientID": (setter("PatientID", "DEID-0008"), ("error", "marks", "(0010,0020)")),
    "another accession number": (setter("AccessionNumber", "DEID-0008"), ("error", "marks", "(0008,0050)")),
    "another PatientName": (setter("PatientName", "Roe^Richard"), ("error", "marks", "(0010,0010)")),
    "another patient's ID in a sequence": (
        lambda d: setattr(d.ReferencedImageSequence[0], "PatientID", "DEID-0008"),
        ("error", "marks", "(0008,1140)>(0010,0020)"),
    ),
    "an operator": (setter("OperatorsName", "Roe^Richard"), ("error", "tags", "(0008,1070)")),
    "a referring physician": (setter("ReferringPhysicianName", "Roe^Richard"), ("error", "tags", "(0008,0090)")),
    "a study ID": (setter("StudyID", "4455667"), ("error", "tags", "(0020,0010)")),
    "a station": (setter("StationName", "CTAWP1"), ("error", "tags", "(0008,1010)")),
    "a device's serial number": (setter("DeviceSerialNumber", "SN12345"), ("error", "tags", "(0018,1000)")),
    "an institution": (setter("InstitutionName", "Hospital X"), ("error", "tags", "(0008,0080)")),
    "a date of birth": (setter("PatientBirthDate", "19330303"), ("error", "tags", "(0010,0030)")),
    "a sex that no option keeps": (setter("PatientSex", "F"), ("error", "tags", "(0010,0040)")),
    "a text in a sequence that becomes empty": (
        lambda d: setattr(d, "AcquisitionContextSequence", [coded("Roe")]),
        ("error", "tags", "(0040,0555)>(0008,0104)"),
    ),
    "a UID that only looks registered": (
        setter("StudyInstanceUID", "1.2.840.10008.2019.3.4.10.11"),
        ("error", "uids", "(0020,000D)"),
    ),
    "an age of 91": (setter("PatientAge", "091Y"), ("error", "values", "(0010,1010)")),
    "an age of 91 in months": (setter("PatientAge", "999W\\091Y"), ("error", "values", "(0010,1010)")),
    "an age without a unit": (adder(0x00101010, "AS", "91"), ("error", "values", "(0010,1010)")),
    "the time zone": (setter("TimezoneOffsetFromUTC", "+0100"), ("error", "tags", "(0008,0201)")),
    "not recognisable without 113102": (
        setter("RecognizableVisualFeatures", "NO"),
        ("warning", "marks", "(0028,0302)"),
    ),
    "nothing said of the face": (
        lambda d: delattr(d, "RecognizableVisualFeatures"),
        ("warning", "marks", "(0028,0302)"),
    ),
    "variable pixel data": (adder(0x7F020010, "OW", b"FACE"), ("error", "tags", "(7F02,0010)")),
    "a further pixel group": (adder(0x7F000020, "OW", b"FACE"), ("error", "tags", "(7F00,0020)")),
    "pixel data of an odd element": (adder(0x7FE00020, "OW", b"FACE"), ("error", "tags", "(7FE0,0020)")),
    "float beside pixel data": (adder(0x7FE00008, "OF", b"FACE"), ("error", "tags", "(7FE0,0008)")),
    "double float beside pixel data": (adder(0x7FE00009, "OD", b"FACEFACE"), ("error", "tags", "(7FE0,0009)")),
    "an offset table of an uncompressed image": (
        adder(0x7FE00001, "OV", b"FACEFACE"),
        ("error", "tags", "(7FE0,0001)"),
    ),
    "lengths of an uncompressed image": (adder(0x7FE00002, "OV", b"FACEFACE"), ("error", "tags", "(7FE0,0002)")),
    "bulk that the IOD does not have": (adder(0x00420011, "OB", b"%PDF"), ("error", "tags", "(0042,0011)")),
    "an invalid UID": (adder(0x00081155, "UI", "2.25.01"), ("error", "uids", "(0008,1155)")),
}


@pytest.mark.filterwarnings("ignore:Invalid value for VR")
@pytest.mark.parametrize("fault", HEADER_FAULTS)
def test_a_fault_in_the_header_is_found_without_the_original(case, fault):
    change, expected = HEADER_FAULTS[fault]
    case.change(change, 2)
    assert expected in found(case)


def test_an_empty_element_that_its_type_asks_for_is_no_finding(case):
    case.change(setter("ResponsiblePerson", ""))
    case.change(setter("PatientAddress", ""))
    assert found(case) == {("error", "tags", "(0010,1040)")}


def test_dummies_and_the_new_id_in_any_place_are_no_finding(case):
    def change(dataset: FileDataset) -> None:
        dataset.PatientName, dataset.OperatorsName = "DEID-0007", "DEIDENTIFIED"
        dataset.StudyID = dataset.StationName = "DEIDENTIFIED"
        dataset.VerifyingObserverSequence = [coded("DEIDENTIFIED")]
        dataset.ReferencedImageSequence[0].PatientID = "DEID-0007"

    case.change_all(change)
    assert found(case, original=case.original) == set()


def test_what_an_option_keeps_may_have_a_value(case):
    def change(dataset: FileDataset) -> None:
        dataset.StationName, dataset.DeviceSerialNumber = "CTAWP1", "SN12345"
        claim(dataset, "113109", "Retain Device Identity Option")

    case.change_all(change)
    assert found(case) == set()


def test_a_registered_uid_and_a_context_group_are_no_finding(case):
    def change(dataset: FileDataset) -> None:
        dataset.FrameOfReferenceUID = "1.2.840.10008.1.4.1.1"
        dataset.ReferencedImageSequence[0].add_new(0x00080117, "UI", "1.2.840.10008.6.1.308")

    case.change_all(change)
    assert found(case) == set()


def test_a_group_length_is_found(case):
    data = case.file(1).read_bytes()
    start = data.index(b"\x08\0\x05\0CS")
    case.file(1).write_bytes(data[:start] + b"\x08\0\0\0UL\x04\0\x08\0\0\0" + data[start:])
    assert ("warning", "tags", "(0008,0000)") in found(case)


def test_file_meta_information_that_differs_from_the_data_set_is_found(case):
    data = case.file(1).read_bytes()
    place = data.index(b"2.25.") + 8
    case.file(1).write_bytes(data[:place] + b"7777" + data[place + 4 :])
    assert ("error", "uids", "(0002,0003)") in found(case)


def test_a_nested_element_that_the_profile_removes_is_found_with_its_path(case):
    case.change(lambda d: setattr(d.ReferencedImageSequence[0], "PatientAddress", "A"))
    assert ("error", "tags", "(0008,1140)>(0010,1040)") in found(case)


def test_an_option_that_is_claimed_allows_what_it_keeps(case):
    def change(dataset: FileDataset) -> None:
        dataset.PatientAge = "090Y"
        claim(dataset, "113108", "Retain Patient Characteristics Option")

    case.change_all(change)
    assert found(case) == set()


def test_bytes_behind_the_data_set_are_found(case):
    case.append(b"abcdefg")
    assert ("error", "meta", "") in found(case)


def test_two_files_of_one_instance_are_found(case):
    case.file(2).write_bytes(case.file(1).read_bytes())
    assert ("error", "uids", "(0008,0018)") in found(case)


def test_a_study_in_two_patients_is_found(case):
    other = case.out / "DEID-0009"
    other.mkdir()
    dataset = case.file(1).read_bytes()
    (other / "DEID-0009_001_00001.dcm").write_bytes(dataset)
    assert ("error", "uids", "(0020,000D)") in found(case)


def write_text(case) -> None:
    (case.out / "run.log").write_text("x")


@pytest.mark.parametrize(
    "name", ["17.08.51", "17-8-51", "04_03_51", "123.456.789-00", "06 12 34 56 78", "CT 555-123-456", "1951-08-17"]
)
def test_a_folder_named_by_a_date_or_an_id_is_an_error(case, name):
    case.file().parent.rename(case.file().parent.with_name(name))
    assert ("error", "structure", "") in found(case)


@pytest.mark.parametrize("names", ["19/08/17", "2019/08/17", "CT 13/04/47", "001/23/456", "HEAD 1/23/456", "555/019"])
def test_nested_folders_that_make_a_date_or_an_id_together_are_an_error(case, names):
    folder = case.file().parent
    target = folder.parent / names
    target.parent.mkdir(parents=True)
    folder.rename(target)
    assert ("error", "structure", "") in found(case)


@pytest.mark.parametrize("names", ["CT BRAIN/2 mm/512", "1/2", "CT 1/01", "HEAD 30/H30/2 mm 1", "CT 512/series-01/120"])
def test_nested_folders_with_short_numbers_are_no_error(case, names):
    folder = case.file().parent
    target = folder.parent / names
    target.parent.mkdir(parents=True)
    folder.rename(target)
    assert "error" not in {severity for severity, _, _ in found(case)}


@pytest.mark.parametrize("name", ["CT HEAD", "series-01", "2 mm", "5.0 mm H30", "CT HEAD 512"])
def test_a_folder_named_by_a_thickness_or_a_kernel_is_no_error(case, name):
    case.file().parent.rename(case.file().parent.with_name(name))
    assert "error" not in {severity for severity, _, _ in found(case)}


def test_serial_scans_of_one_patient_give_no_finding(case):
    case.add_scan()
    report = audit(case.out, original=case.original)
    assert report.findings == ()
    assert report.measures["voxels compared"] == 8 * 16 * 16
    assert report.measures["dates compared"] == 8 * 5


def test_a_serial_scan_that_moved_by_another_offset_is_found(case):
    case.add_scan()
    for path in (case.out / "DEID-0007" / "DEID-0007-2").rglob("*.dcm"):
        dataset = pydicom.dcmread(path)
        dataset.StudyDate = "20150101"
        dataset.save_as(path)
    assert ("error", "dates", "(0008,0020)") in found(case, original=case.original)


STRUCTURE_FAULTS: dict[str, tuple[Callable[[Any], object], str]] = {
    "a file that is no DICOM": (write_text, "error"),
    "an empty folder": (lambda case: (case.out / "DEID-0007" / "empty").mkdir(), "error"),
    "a symbolic link": (lambda case: (case.out / "link").symlink_to(case.file()), "error"),
    "another name": (lambda case: case.file(4).rename(case.file(4).with_name("IM4.dcm")), "error"),
    "a file at the top": (lambda case: case.file(4).rename(case.out / "DEID-0007_001_00004.dcm"), "error"),
    "a gap": (lambda case: case.file(2).unlink(), "warning"),
    "another file time": (lambda case: os.utime(case.file(2)), "warning"),
    "a telling sub-folder": (
        lambda case: case.file().parent.rename(case.file().parent.with_name("Bryngwo")),
        "warning",
    ),
}


@pytest.mark.parametrize("fault", STRUCTURE_FAULTS)
def test_a_fault_in_the_structure_is_found(case, fault):
    change, severity = STRUCTURE_FAULTS[fault]
    change(case)
    assert severity in {f.severity for f in audit(case.out).findings if f.check == "structure"}


@pytest.mark.parametrize("size", [0, 100, 131, 140, 200, 700, 1500])
def test_a_damaged_file_is_a_finding_and_no_crash(case, size):
    case.file(2).write_bytes(case.file(2).read_bytes()[:size])
    assert "error" in {f.severity for f in audit(case.out, original=case.original).findings}


def test_noise_in_a_file_never_stops_the_audit(case):
    rng = np.random.default_rng(5)
    clean = case.file(2).read_bytes()
    for _ in range(30):
        data = bytearray(clean)
        for place in rng.integers(132, 1800, 12):
            data[place] = rng.integers(0, 256)
        case.file(2).write_bytes(bytes(data))
        audit(case.out, original=case.original)


VALUE_FAULTS: dict[str, tuple[Change, tuple[str, str, str]]] = {
    "a family name in a kept text": (
        setter("PositionReferenceIndicator", "OM quavexthul"),
        ("error", "values", "(0020,1040)"),
    ),
    "a short given name as a word": (setter("StudyDescription", "CT Lee"), ("warning", "values", "(0008,1030)")),
    "a patient ID in a nested text": (
        lambda d: (
            setattr(d.ReferencedImageSequence[0], "ReferencedFrameNumber", None)
            or d.ReferencedImageSequence[0].add_new(0x00080104, "LO", "x PQ-993311")
        ),
        ("error", "values", "(0008,1140)>(0008,0104)"),
    ),
    "an institution": (setter("ConvolutionKernel", "Gwohax"), ("error", "values", "(0018,1210)")),
    "a private text": (setter("ConvolutionKernel", "Bryngwo"), ("error", "values", "(0018,1210)")),
    "a private creator": (setter("ConvolutionKernel", "ZORWERKE"), ("error", "values", "(0018,1210)")),
    "the preamble": (setter("ConvolutionKernel", "Drelwizkog"), ("error", "values", "(0018,1210)")),
    "the AE title": (setter("ConvolutionKernel", "JUDFIJSCAN"), ("error", "values", "(0018,1210)")),
    "a file name": (setter("ConvolutionKernel", "Thulhax"), ("error", "values", "(0018,1210)")),
    "a folder number": (setter("ConvolutionKernel", "48151623"), ("error", "values", "(0018,1210)")),
    "a word of a nested description": (setter("ConvolutionKernel", "Drelmox"), ("warning", "values", "(0018,1210)")),
    "an original UID": (
        lambda d: d.add_new(0x00081167, "UI", "1.2.826.0.1.3680043.8.498.11112222.2"),
        ("error", "values", "(0008,1167)"),
    ),
    "a date in a text": (setter("StudyDescription", "CT 12 Mar 2019"), ("error", "values", "(0008,1030)")),
    "the digits of an ID": (setter("ConvolutionKernel", "unit 993311"), ("error", "values", "(0018,1210)")),
    "an ID in other groups": (setter("ConvolutionKernel", "99-33 11"), ("error", "values", "(0018,1210)")),
    "the digits of an accession number": (
        setter("ConvolutionKernel", "481 51 62"),
        ("error", "values", "(0018,1210)"),
    ),
    "a folder's number as a number": (setter("AcquisitionNumber", "48151623"), ("error", "values", "(0020,0012)")),
    "an ID as a decimal": (setter("GantryDetectorTilt", "993311"), ("error", "values", "(0018,1120)")),
    "a telephone number in other groups": (
        setter("ConvolutionKernel", "+49 201 555 7788"),
        ("error", "values", "(0018,1210)"),
    ),
    "a birth date with a short year": (setter("ConvolutionKernel", "05.05.61"), ("error", "values", "(0018,1210)")),
    "a birth date without separators": (setter("ConvolutionKernel", "x 050561"), ("error", "values", "(0018,1210)")),
    "a birth date in eight digits": (setter("ConvolutionKernel", "05051961"), ("error", "values", "(0018,1210)")),
    "a birth date as a binary number": (
        setter("SingleCollimationWidth", 19610505.0),
        ("error", "values", "(0018,9306)"),
    ),
    "a folder's number as a binary number": (
        setter("PulseRepetitionFrequency", 48151623),
        ("error", "values", "(0018,6032)"),
    ),
    "a birth date as a number": (setter("AcquisitionNumber", "19610505"), ("error", "values", "(0020,0012)")),
    "an ID as a decimal with a point": (setter("GantryDetectorTilt", "993311.0"), ("error", "values", "(0018,1120)")),
    "an ID with zeros before it": (setter("ConvolutionKernel", "00993311"), ("error", "values", "(0018,1210)")),
    "an ID with zeros as a number": (setter("AcquisitionNumber", "00993311"), ("error", "values", "(0020,0012)")),
    "a birth date with an ordinal": (
        setter("ConvolutionKernel", "May 5th 1961"),
        ("error", "values", "(0018,1210)"),
    ),
    "a study date with a short year": (setter("ConvolutionKernel", "12.03.19"), ("error", "values", "(0018,1210)")),
    "a study date in a code": (
        lambda d: d.ImageType.append("HEAD20190312"),
        ("error", "values", "(0008,0008)"),
    ),
    "a study date as a number": (setter("AcquisitionNumber", "20190312"), ("error", "values", "(0020,0012)")),
    "a study date as a decimal": (setter("GantryDetectorTilt", "20190312.0"), ("error", "values", "(0018,1120)")),
    "a study date as a binary number": (
        setter("SingleCollimationWidth", 20190312.0),
        ("error", "values", "(0018,9306)"),
    ),
    "a birth date as a DT": (adder(0x00189074, "DT", "19610505"), ("error", "dates", "(0018,9074)")),
    "a date of the original in a new DT": (
        adder(0x00189074, "DT", "20190312140509"),
        ("error", "dates", "(0018,9074)"),
    ),
    "a name with folded letters": (setter("ConvolutionKernel", "Grünløwski"), ("error", "values", "(0018,1210)")),
    "a name with spelt letters": (setter("ConvolutionKernel", "GRUENLOEWSKI"), ("error", "values", "(0018,1210)")),
    "a name across a space": (setter("ConvolutionKernel", "Quave xthul"), ("error", "values", "(0018,1210)")),
    "a name in a code": (
        lambda d: d.ImageType.append("QUAVEXTHUL"),
        ("error", "values", "(0008,0008)"),
    ),
    "a short value where it stood": (setter("StudyID", "7"), ("error", "values", "(0020,0010)")),
    "the program's name": (
        lambda d: setattr(d.file_meta, "ImplementationVersionName", "SCANNER_12"),
        ("warning", "meta", "(0002,0013)"),
    ),
    "the name in UTF-16": (
        adder(0x00080FF2, "UN", "Quavexthul".encode("utf-16-le")),
        ("error", "values", "(0008,0FF2)"),
    ),
}


@pytest.mark.parametrize("fault", VALUE_FAULTS)
def test_a_value_of_the_original_is_found_wherever_it_stands(case, fault):
    change, expected = VALUE_FAULTS[fault]
    case.change(change, 3)
    assert expected in found(case, original=case.original)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_the_values_of_an_original_without_preamble_are_looked_for_and_its_voxels_compared(case, syntax):
    for path in case.original.rglob("*.dcm"):
        dataset = pydicom.dcmread(path)
        if syntax is ExplicitVRBigEndian:
            dataset.PixelData = dataset.pixel_array.astype(">i2").tobytes()
        for vr in [element.tag for element in dataset if element.VR == "UN"]:
            del dataset[vr]
        del dataset.file_meta, dataset.preamble
        buffer = BytesIO()
        pydicom.dcmwrite(buffer, dataset, implicit_vr=syntax.is_implicit_VR, little_endian=syntax.is_little_endian)
        path.write_bytes(buffer.getvalue())
    report = audit(case.out, original=case.original)
    assert report.findings == ()
    assert report.measures["original files read"] == 4
    assert report.measures["voxels compared"] == 4 * 16 * 16
    case.change(setter("ConvolutionKernel", "Quavexthul"))
    assert found(case, original=case.original) == {("error", "values", "(0018,1210)")}


def test_originals_that_cannot_be_read_are_counted_without_their_names(case):
    path = next(case.original.rglob("*.dcm"))
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    dataset.save_as(path.with_name("Drelwizkog"))
    path.with_name("Drelwizkog").write_bytes(path.with_name("Drelwizkog").read_bytes()[:600])
    path.with_name("readme.txt").write_text("no image")
    with_damage = audit(case.out, original=case.original)
    assert [(f.severity, f.check, f.path) for f in with_damage.findings] == [("warning", "values", "")]
    assert "1 files or folders" in with_damage.findings[0].message


def test_an_original_folder_that_cannot_be_listed_is_counted(case, monkeypatch):
    closed, scandir = case.original / "closed", os.scandir
    closed.mkdir()

    def refuse(path):
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert [(f.severity, f.check) for f in audit(case.out, original=case.original).findings] == [("warning", "values")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes among files")
def test_a_pipe_is_never_opened(case):
    os.mkfifo(next(case.original.rglob("*.dcm")).with_name("pipe"))
    assert found(case, original=case.original) == set()
    os.mkfifo(case.file().with_name("pipe"))
    assert found(case, original=case.original) == {("error", "structure", "")}


def test_a_name_in_a_wrongly_named_character_set_is_found(case):
    for path in case.original.rglob("*.dcm"):
        dataset = pydicom.dcmread(path)
        dataset.SpecificCharacterSet = "ISO_IR 192"
        dataset.PatientName = "ИВАНОВСКАЯ^АННА"
        dataset.save_as(path)
        path.write_bytes(path.read_bytes().replace(b"ISO_IR 192", b"ISO_IR 100"))
    case.change(lambda d: d.add_new(0x00181030, "LO", "Ивановская".encode()))
    assert ("error", "values", "(0018,1030)") in found(case, original=case.original)


def give_id(case, patient_id: str, accession: str) -> None:
    for path in case.original.rglob("*.dcm"):
        dataset = pydicom.dcmread(path)
        dataset.PatientID, dataset.AccessionNumber = patient_id, accession
        dataset.save_as(path)


ID_FAULTS = {
    "a text": setter("ConvolutionKernel", "4711993"),
    "a text in groups": setter("ConvolutionKernel", "4711 993"),
    "a number": setter("AcquisitionNumber", "4711993"),
    "a decimal with an exponent": setter("DataCollectionDiameter", "4.711993e6"),
    "a binary number": setter("PulseRepetitionFrequency", 4711993),
    "a binary floating point number": setter("SingleCollimationWidth", 4711993.0),
    "the digits of an accession number by themselves": setter("ConvolutionKernel", "77341"),
}


@pytest.mark.parametrize("fault", ID_FAULTS)
def test_an_id_without_its_zeros_or_its_prefix_is_found(case, fault):
    give_id(case, "004711993", "ACC77341")
    assert found(case, original=case.original) == set()
    case.change(ID_FAULTS[fault], 3)
    assert {(severity, check) for severity, check, _ in found(case, original=case.original)} == {("error", "values")}


def test_short_numbers_that_are_part_of_others_are_no_finding(case):
    give_id(case, "00471", "ACC77341")
    values = {"ConvolutionKernel": "H 77341 s", "AcquisitionNumber": "77341", "FilterType": "471"}

    def change(dataset: FileDataset) -> None:
        for keyword, value in values.items():
            setattr(dataset, keyword, value)
        dataset.SoftwareVersions = ["4.71.12.03.19", "0471", "12.3.19"]

    case.change_all(change)
    assert {entry for entry in found(case, original=case.original) if entry[1] == "values"} == set()


def test_ids_and_dates_among_the_binary_numbers_of_a_big_endian_file_are_found(case):
    give_id(case, "47112233", "ACC77341")

    def change(dataset: FileDataset) -> None:
        dataset.SingleCollimationWidth, dataset.TableSpeed = 47112233.0, 19610505.0
        dataset.PixelData = dataset.pixel_array.astype(">i2").tobytes()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRBigEndian

    path = case.file(3)
    dataset = pydicom.dcmread(path)
    change(dataset)
    pydicom.dcmwrite(path, dataset, implicit_vr=False, little_endian=False)
    os.utime(path, (FILE_TIME, FILE_TIME))
    expected = {("error", "values", "(0018,9306)"), ("error", "values", "(0018,9309)")}
    assert found(case, original=case.original) == expected


def test_a_short_date_of_another_patient_is_no_finding(case):
    other = case.original / "Zzyx_Wrumbel"
    shutil.copytree(next(case.original.iterdir()), other)
    for number, path in enumerate(sorted(other.rglob("*.dcm"))):
        dataset = pydicom.dcmread(path)
        dataset.PatientID, dataset.SeriesInstanceUID, dataset.SOPInstanceUID = "ZZ-1", "1.2.3", f"1.2.3.{number}"
        dataset.ImagePositionPatient, dataset.StudyDate = [5, 5, 5 * number], "20180411"
        dataset.save_as(path)
    case.change_all(setter("SoftwareVersions", "11.04.18"))
    assert found(case, original=case.original) == set()


def test_a_short_word_of_another_patient_is_no_finding(case):
    other = case.original / "Zzyx_Wrumbel"
    shutil.copytree(next(case.original.iterdir()), other)
    for number, path in enumerate(sorted(other.rglob("*.dcm"))):
        dataset = pydicom.dcmread(path)
        dataset.PatientName, dataset.PatientID = "Xol^Wrumbel", "ZZ-1"
        dataset.SeriesInstanceUID, dataset.SOPInstanceUID = "1.2.3", f"1.2.3.{number}"
        dataset.ImagePositionPatient = [5, 5, 5 * number]
        dataset.save_as(path)
    case.change_all(setter("ConvolutionKernel", "Xol"))
    assert found(case, original=case.original) == set()
    case.change_all(setter("ConvolutionKernel", "Lee"))
    report = audit(case.out, original=case.original)
    assert [(f.severity, f.tag) for f in report.findings] == [("warning", "(0018,1210)")]


def test_numbers_and_words_that_are_nobodys_are_no_finding(case):
    def change(dataset: FileDataset) -> None:
        dataset.ConvolutionKernel, dataset.FilterType = "H31s 07.08.09", "BODY FILTER 3"
        dataset.SoftwareVersions = ["syngo CT VA20A_SP5 12.345.678", "4.1.2.3"]
        dataset.ProtocolName, dataset.AcquisitionNumber = "5.1 HEAD ROUTINE 120 kV", "1234567"

    case.change_all(change)
    assert {entry for entry in found(case, original=case.original) if entry[1] == "values"} == set()


def test_a_value_behind_the_data_set_and_in_the_preamble_is_found(case):
    case.append(b"Nuzjud", 1)
    case.change(lambda d: setattr(d, "preamble", b"Nuzjud".ljust(128, b"\0")), 2)
    messages = {f.message for f in audit(case.out, original=case.original).findings if f.check == "values"}
    assert any("behind the data set" in m for m in messages)
    assert any("preamble" in m for m in messages)


def test_bytes_behind_the_pixels_in_their_element_are_searched_and_found(case):
    case.change(lambda d: setattr(d, "PixelData", d.PixelData + b"Quavexthul"))
    assert found(case) == {("error", "meta", "(7FE0,0010)")}
    assert {("error", "meta", "(7FE0,0010)"), ("error", "values", "(7FE0,0010)")} <= found(case, original=case.original)


def test_padding_of_an_odd_number_of_pixels_is_no_finding(case):
    def change(dataset: FileDataset) -> None:
        dataset.Rows = dataset.Columns = 15
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 8, 8, 7, 0
        dataset.PixelData = b"\x07" * 225 + b"\0"

    case.change(change)
    assert found(case) == set()


def test_a_value_in_the_comment_of_a_compressed_image_is_found(case):
    from pydicom.encaps import encapsulate
    from pydicom.uid import JPEGLosslessSV1

    def change(dataset: FileDataset) -> None:
        dataset.file_meta.TransferSyntaxUID = JPEGLosslessSV1
        dataset.PixelData = encapsulate([b"\xff\xd8\xff\xfe\x00\x0cQuavexthul\xff\xd9"])
        dataset["PixelData"].VR = "OB"

    case.change(change)
    assert "values" in {f.check for f in audit(case.out, original=case.original).findings}


def test_a_private_copy_of_a_value_that_the_standard_keeps_is_no_finding(case):
    for path in case.original.rglob("*.dcm"):
        dataset = pydicom.dcmread(path)
        dataset.add_new(0x00091002, "LO", "SCANNERWERKE")
        dataset.add_new(0x00091003, "UI", "1.2.840.10008.1.2.1")
        dataset.add_new(0x00091004, "OB", b"\xff" * 12 + b"ORIGINAL PRIMARY AXIAL".ljust(24, b"\0"))
        dataset.add_new(0x00091005, "LO", "Confidentiality Zappo")
        dataset.save_as(path)
    assert found(case, original=case.original) == set()


def test_an_institution_that_is_also_the_model_is_said_but_no_error(case):
    for path in case.original.rglob("*.dcm"):
        dataset = pydicom.dcmread(path)
        dataset.ManufacturerModelName = "Gwohax"
        dataset.save_as(path)
    case.change_all(setter("ManufacturerModelName", "Gwohax"))
    assert found(case, original=case.original) == {("note", "values", "(0008,1090)")}


def test_a_source_value_in_a_folder_name_is_found(case):
    case.file().parent.rename(case.file().parent.with_name("CT Quavexthul"))
    assert ("error", "values", "") in found(case, original=case.original)


def test_no_finding_and_no_report_repeats_a_value(case, tmp_path, caplog, capfd):
    for number, fault in enumerate(VALUE_FAULTS):
        case.change(VALUE_FAULTS[fault][0], number % 4 + 1)
    report = audit(case.out, original=case.original)
    report.write(tmp_path / "report")
    text = "".join(p.read_text() for p in (tmp_path / "report").iterdir()) + repr(report) + caplog.text
    text += "".join(capfd.readouterr())
    for value in ("quavexthul", "993311", "gwohax", "bryngwo", "48151623", "11112222", "thulhax", "nuzjud", "drel"):
        assert value not in text.lower()


def test_the_input_taken_for_the_output_is_told_in_one_sentence(case):
    findings = audit(case.original).findings
    assert sum("name the output of a run" in f.message for f in findings) == 1
    assert not any("do not claim" in f.message for f in findings)
    assert not any("name the output of a run" in f.message for f in audit(case.out).findings)


def test_an_output_that_names_its_method_but_claims_nothing_is_no_input_and_a_warning(case):
    def change(dataset: FileDataset) -> None:
        codes(dataset, "113100", "113105", "113107")
        dataset.PatientIdentityRemoved = "NO"

    case.change_all(change)
    said = [(f.severity, f.message) for f in audit(case.out).findings if f.check == "marks"]
    message = "4 of 4 files do not claim the Basic Profile (113100); what they hold beyond it is warned of."
    assert said == [("warning", message)]
