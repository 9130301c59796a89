# SPDX-License-Identifier: Apache-2.0
"""Dates, UIDs and voxels are compared with the original: silent on a clean release, each fault is found."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

import numpy as np
import pydicom
import pytest
from faults import Change, adder, claim, codes, found, setter
from pydicom.dataset import FileDataset
from SlicerDeidLib.verification.audit import audit
from SlicerDeidLib.verification.recorded import FORMAT

DATE_FAULTS: dict[str, Change] = {
    "(0008,0020)": setter("StudyDate", "20190312"),
    "(0008,0021)": setter("SeriesDate", "20100101"),
    "(0008,002A)": setter("AcquisitionDateTime", "20151026123000.000000"),
    "(0018,1200)": setter("DateOfLastCalibration", "20190301"),
    "(0008,0023)": setter("ContentTime", "000001"),
}


@pytest.mark.parametrize("tag", DATE_FAULTS)
def test_a_date_that_did_not_move_with_the_others_is_found(case, tag):
    case.change(DATE_FAULTS[tag], 4)
    assert ("error", "dates", tag) in found(case, original=case.original)


def test_dates_that_did_not_move_at_all_are_found(case):
    from datetime import datetime, timedelta

    def back(dataset: FileDataset) -> None:
        for name in ("Study", "Series", "Content"):
            when = datetime.strptime(dataset[f"{name}Date"].value + dataset[f"{name}Time"].value, "%Y%m%d%H%M%S")
            when -= timedelta(days=-1234, seconds=-5678)
            setattr(dataset, f"{name}Date", when.strftime("%Y%m%d"))
            setattr(dataset, f"{name}Time", when.strftime("%H%M%S"))

    case.change_all(back)
    assert ("error", "dates", "(0008,0020)") in found(case, original=case.original)


@pytest.mark.parametrize("mark", ["REMOVED", "UNMODIFIED", ""])
def test_a_date_that_did_not_move_is_found_whatever_the_mark_says(case, mark):
    def change(dataset: FileDataset) -> None:
        dataset.LongitudinalTemporalInformationModified = mark
        dataset.StudyDate, dataset.StudyTime = "20190312", "140509"

    case.change_all(change)
    assert ("error", "dates", "(0008,0020)") in found(case, original=case.original)


def test_dates_that_are_retained_in_full_must_be_those_of_the_original(case):
    originals = sorted(case.original.rglob("*.dcm"))

    def change(number: int) -> Change:
        def apply(dataset: FileDataset) -> None:
            original = pydicom.dcmread(originals[number - 1])
            for element in original:
                if element.VR in ("DA", "TM", "DT") and element.tag in dataset and element.tag != 0x00100030:
                    dataset[element.tag] = element
            codes(dataset, "113107")
            claim(dataset, "113106", "Retain Longitudinal Temporal Information Full Dates Option")
            dataset.LongitudinalTemporalInformationModified = "UNMODIFIED"

        return apply

    for number in range(1, 5):
        case.change(change(number), number)
    assert found(case, original=case.original) == set()
    case.change(setter("StudyDate", "20190313"), 2)
    assert found(case, original=case.original) == {("error", "dates", "(0008,0020)")}


@pytest.mark.parametrize(
    ("calibrated", "is_claimed", "is_found"),
    [("20190201", True, False), ("20190201", False, True), ("20190312", True, True)],
)
def test_a_date_of_the_device_may_stay_where_its_identity_is_claimed(case, calibrated, is_claimed, is_found):
    for path in case.original.rglob("*.dcm"):
        dataset = pydicom.dcmread(path)
        dataset.DateOfLastCalibration = calibrated
        dataset.save_as(path)

    def change(dataset: FileDataset) -> None:
        for element in [element for element in dataset if element.VR in ("DA", "TM", "DT")]:
            if element.tag != 0x00100030:
                element.value = ""
        dataset.DateOfLastCalibration = calibrated
        codes(dataset, "113107")
        if is_claimed:
            claim(dataset, "113109", "Retain Device Identity Option")
        dataset.LongitudinalTemporalInformationModified = "REMOVED"

    case.change_all(change)
    said = found(case, original=case.original)
    assert (("error", "dates", "(0018,1200)") in said) is is_found
    assert is_found or not said


@pytest.mark.parametrize(
    ("version", "is_found"), [("20170914", False), ("19000101", False), ("20140428", True), ("20140429", True)]
)
def test_the_version_of_a_context_group_must_not_move_with_the_patients_dates(case, version, is_found):
    for path in case.original.rglob("*.dcm"):
        dataset = pydicom.dcmread(path)
        dataset.ReferencedImageSequence[0].ContextGroupVersion = "20170914"
        dataset.save_as(path)
    case.change_all(lambda d: setattr(d.ReferencedImageSequence[0], "ContextGroupVersion", version))
    expected = {("error", "dates", "(0008,1140)>(0008,0106)")} if is_found else set()
    assert found(case, original=case.original) == expected


def test_geometry_in_functional_groups_is_compared(case):
    import pydicom
    from pydicom.dataset import Dataset

    def shared(spacing: float) -> Dataset:
        measures, group = Dataset(), Dataset()
        measures.PixelSpacing = [spacing, spacing]
        group.PixelMeasuresSequence = [measures]
        return group

    for path in case.original.rglob("*.dcm"):
        dataset = pydicom.dcmread(path)
        dataset.SharedFunctionalGroupsSequence = [shared(1)]
        dataset.save_as(path)
    case.change_all(lambda d: setattr(d, "SharedFunctionalGroupsSequence", [shared(1)]))
    assert found(case, original=case.original) == set()
    case.change(lambda d: setattr(d, "SharedFunctionalGroupsSequence", [shared(2)]))
    assert found(case, original=case.original) == {("error", "pixels", "")}


def test_a_second_image_in_the_original_does_not_keep_the_voxels_from_being_compared(case):
    for path in case.original.rglob("*.dcm"):
        dataset = pydicom.dcmread(path)
        dataset.add_new(0x7FE00008, "OF", bytes(1024))
        dataset.save_as(path)
    report = audit(case.out, original=case.original)
    assert report.findings == ()
    assert report.measures["voxels compared"] == 4 * 16 * 16


def test_one_uid_that_became_two_is_found(case):
    case.change(lambda d: setattr(d.ReferencedImageSequence[0], "ReferencedSOPInstanceUID", "2.25.99"), 3)
    assert ("error", "uids", "(0008,1140)>(0008,1155)") in found(case, original=case.original)


def test_two_uids_that_became_one_are_found(case):
    case.change_all(lambda d: setattr(d, "FrameOfReferenceUID", d.StudyInstanceUID))
    assert ("error", "uids", "(0020,0052)") in found(case, original=case.original)


def voxels(change: Callable[[np.ndarray], object]) -> Change:
    def apply(dataset: FileDataset) -> None:
        array = dataset.pixel_array.copy()
        change(array)
        dataset.PixelData = array.tobytes()

    return apply


def fill(array: np.ndarray, value: int = 24) -> None:
    array[:4] = value


def test_voxels_that_became_air_are_no_finding(case):
    def change(dataset: FileDataset) -> None:
        voxels(fill)(dataset)
        dataset.ImageType = ["DERIVED", "PRIMARY", "AXIAL"]

    case.change_all(change)
    report = audit(case.out, original=case.original)
    assert report.findings == ()
    assert 4 * 4 * 15 < report.measures["voxels changed"] <= 4 * 4 * 16


def test_one_voxel_that_changed_into_something_else_is_found(case):
    def change(array: np.ndarray) -> None:
        fill(array)
        array[9, 9] = 1999 if array[9, 9] != 1999 else 1998

    case.change(voxels(change), 2)
    assert ("error", "pixels", "(7FE0,0010)") in found(case, original=case.original)


def masked(dataset: FileDataset) -> None:
    """Fill a text with what surrounds it, as is said in the header."""
    voxels(lambda array: array.__setitem__(np.s_[8:11, 3:9], np.arange(18).reshape(3, 6)))(dataset)
    dataset.ImageType = ["DERIVED", "PRIMARY", "AXIAL"]
    dataset.DerivationDescription = "Burned-in text masked"


@pytest.mark.parametrize(
    ("place", "is_found"), [([0, 8, 3, 3, 6], False), ([0, 8, 3, 3, 5], True), ([1, 8, 3, 3, 6], True)]
)
def test_voxels_may_become_anything_only_where_the_run_says_that_it_masked_text(case, tmp_path, place, is_found):
    case.change(masked, 2)
    name = case.file(2).relative_to(case.out).as_posix()
    series = {"status": "released", "patient": "", "series": 1, "masked": [[name, *place]], "files": []}
    report = {"format": FORMAT, "series": [series]}
    (tmp_path / "report.json").write_text(json.dumps(report), encoding="utf-8")
    findings = audit(case.out, original=case.original, private=tmp_path).findings
    assert (("error", "pixels") in {(each.severity, each.check) for each in findings}) is is_found


def test_masked_text_whose_places_are_not_known_is_a_warning(case):
    case.change(masked, 2)
    assert ("warning", "pixels", "(7FE0,0010)") in found(case, original=case.original)
    assert ("error", "pixels", "(7FE0,0010)") not in found(case, original=case.original)


def defaced(dataset: FileDataset) -> None:
    voxels(fill)(dataset)
    dataset.ImageType = ["DERIVED", "PRIMARY", "AXIAL"]
    dataset.DerivationDescription = "Face and head surface removed"


def test_a_description_of_the_original_from_which_a_name_was_cleaned_says_nothing_new_of_the_voxels(case):
    for path in case.original.rglob("*.dcm"):
        dataset = pydicom.dcmread(path)
        dataset.DerivationDescription = "axial reformat by Quavexthul"
        dataset.save_as(path)
    case.change_all(setter("DerivationDescription", "axial reformat by"))
    assert found(case, original=case.original) == set()
    case.change_all(setter("DerivationDescription", "axial reformat, face removed"))
    assert found(case, original=case.original) == {("error", "pixels", "(7FE0,0010)")}


def test_of_a_series_with_one_changed_image_only_that_ones_image_type_is_asked_for(case):
    case.change(defaced, 2)
    assert found(case, original=case.original) == set()
    case.change(lambda dataset: setattr(dataset, "ImageType", ["ORIGINAL", "PRIMARY", "AXIAL"]), 2)
    assert found(case, original=case.original) == {("warning", "marks", "(0008,0008)")}


@pytest.mark.parametrize("count", [1, 3])
def test_slices_whose_voxels_were_put_back_under_their_headers_are_found(case, count):
    case.change_all(defaced)
    assert found(case, original=case.original) == set()
    for number, path in enumerate(sorted(case.original.rglob("*.dcm"))[:count], start=1):
        case.change(setter("PixelData", pydicom.dcmread(path).PixelData), number)
    assert found(case, original=case.original) == {("error", "pixels", "(7FE0,0010)")}


def test_a_mark_of_one_value_in_images_of_which_nothing_is_said_is_found(case):
    case.change(voxels(lambda array: array.__setitem__(np.s_[2:9, 2:14], 1900)))
    assert ("error", "pixels", "(7FE0,0010)") in found(case, original=case.original)


def private_report(case, tmp_path, places: list[list[int]]) -> None:
    """Write the report of a run that filled text in the second image."""
    names = [path.relative_to(case.out).as_posix() for path in sorted(case.out.rglob("*.dcm"))]
    written = {name: (case.out / name).read_bytes() for name in names}
    files = [[name, len(data), hashlib.sha256(data).hexdigest()] for name, data in written.items()]
    masked = [[names[1], *place] for place in places]
    series = {"status": "released", "patient": "", "series": 1, "masked": masked, "files": files, "marks": {}}
    (tmp_path / "report.json").write_text(json.dumps({"format": FORMAT, "series": [series]}), encoding="utf-8")


@pytest.mark.parametrize(
    ("places", "is_found"), [([[0, 8, 3, 3, 6]], False), ([[0, 8, 3, 3, 6], [0, 1, 1, 3, 6]], True), ([], True)]
)
def test_text_that_was_put_back_and_marks_beside_it_are_found(case, tmp_path, places, is_found):
    case.change(masked, 2)
    private_report(case, tmp_path, places)
    findings = audit(case.out, original=case.original, private=tmp_path).findings
    assert (("error", "pixels") in {(each.severity, each.check) for each in findings}) is is_found


def test_another_air_in_one_slice_is_found(case):
    case.change(voxels(fill), 1)
    case.change(voxels(lambda array: fill(array, 500)), 2)
    assert ("error", "pixels", "(7FE0,0010)") in found(case, original=case.original)


def test_an_image_type_that_stays_original_is_a_warning(case):
    case.change(voxels(fill), 1)
    assert ("warning", "marks", "(0008,0008)") in found(case, original=case.original)


PIXEL_FAULTS: dict[str, tuple[Change, tuple[str, str, str]]] = {
    "another pixel spacing": (setter("PixelSpacing", [1, 2]), ("error", "pixels", "")),
    "no pixel spacing": (lambda d: delattr(d, "PixelSpacing"), ("error", "pixels", "")),
    "another slice thickness": (setter("SliceThickness", "2"), ("error", "pixels", "")),
    "another tilt": (setter("GantryDetectorTilt", "7"), ("error", "pixels", "")),
    "another slope": (setter("RescaleSlope", "2"), ("error", "pixels", "")),
    "another kind of units": (setter("RescaleType", "US"), ("error", "pixels", "")),
    "another rescale": (setter("RescaleIntercept", "0"), ("error", "pixels", "")),
    "a wrong largest value": (adder(0x00280107, "SS", 77), ("error", "pixels", "(0028,0107)")),
    "pixels that cannot be decoded": (setter("PixelData", b"\0" * 8), ("error", "pixels", "(7FE0,0010)")),
    "113102 without a changed voxel": (
        lambda d: claim(d, "113102", "Clean Recognizable Visual Features Option"),
        ("error", "marks", "(0028,0302)"),
    ),
}


@pytest.mark.parametrize("fault", PIXEL_FAULTS)
def test_a_fault_in_the_pixels_is_found(case, fault):
    change, expected = PIXEL_FAULTS[fault]
    case.change(change, 1)
    assert expected in found(case, original=case.original)


def set_bits(dataset: FileDataset, *, is_signed: bool, value: int) -> None:
    dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 12, 11, int(is_signed)
    words = np.arange(16 * 16, dtype=np.uint16)
    words[7] = value
    dataset.PixelData = words.tobytes()


@pytest.mark.parametrize(
    ("is_signed", "value", "is_overlay"),
    [(False, 0x0FFF, False), (False, 0x1001, True), (True, 0xFFFE, False), (True, 0xF7FF, True), (True, 0x07FF, False)],
)
def test_an_overlay_in_the_unused_bits_is_found(case, is_signed, value, is_overlay):
    case.change(lambda dataset: set_bits(dataset, is_signed=is_signed, value=value))
    assert (("warning", "pixels", "(7FE0,0010)") in found(case)) == is_overlay


def test_a_slice_that_is_missing_is_found(case):
    case.file(4).unlink()
    assert ("warning", "pixels", "") in found(case, original=case.original)


def test_uids_are_computed_again_from_the_secret(case):
    import hmac

    key = b"k" * 32
    uid_key = hmac.digest(hmac.digest(key, b"release\0", "sha256"), b"uid", "sha256")

    def keyed(uid: str) -> str:
        return f"2.25.{int.from_bytes(hmac.digest(uid_key, uid.encode(), 'sha256')[:16])}"

    def change(dataset: FileDataset) -> None:
        base = "1.2.826.0.1.3680043.8.498"
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID = keyed(f"{base}.11112222.1"), keyed(f"{base}.11112222.2")
        dataset.FrameOfReferenceUID = keyed(f"{base}.11112222.3")
        dataset.SOPInstanceUID = keyed(f"{base}.77770000.{int(dataset.InstanceNumber) - 1}")
        dataset.ReferencedImageSequence[0].ReferencedSOPInstanceUID = keyed(f"{base}.77770000.0")

    case.change_all(change)
    assert found(case, original=case.original, key=key) == set()
    assert found(case, original=case.original, key=b"other") == {("warning", "uids", "")}
    case.change_all(setter("FrameOfReferenceUID", "2.25.555"))
    assert ("error", "uids", "") in found(case, original=case.original, key=key)
