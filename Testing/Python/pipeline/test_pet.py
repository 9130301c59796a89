# SPDX-License-Identifier: Apache-2.0
"""PET: released by name only, and its uptake values can be computed as before: all times move together."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pydicom
import pytest
from ctseries import make_ct_series
from iodcheck import faults
from objectcases import Case, make_pet_series, validator_errors
from pydicom.dataset import Dataset

DAY = timedelta(days=1)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def at(date: str, time: str) -> datetime:
    return datetime.strptime(f"{date}{time[:6]}", "%Y%m%d%H%M%S")


def waited(ds: Dataset) -> timedelta:
    """Return the time from injection to scan: of the times of day, less than a day (QIBA's FDG-PET profile)."""
    injected = at(ds.SeriesDate, ds.RadiopharmaceuticalInformationSequence[0].RadiopharmaceuticalStartTime)
    return (at(ds.SeriesDate, ds.SeriesTime) - injected) % DAY


def waited_by_date(ds: Dataset) -> timedelta:
    start = str(ds.RadiopharmaceuticalInformationSequence[0].RadiopharmaceuticalStartDateTime)
    return at(ds.SeriesDate, ds.SeriesTime) - at(start[:8], start[8:])


def uptake(ds: Dataset) -> np.ndarray:
    """Return standardized uptake values by body weight, g/ml."""
    drug = ds.RadiopharmaceuticalInformationSequence[0]
    left = float(drug.RadionuclideTotalDose) * 0.5 ** (waited(ds).total_seconds() / float(drug.RadionuclideHalfLife))
    return ds.pixel_array * float(ds.RescaleSlope) * 1000 * float(ds.PatientWeight) / left


@pytest.mark.parametrize(("injected", "scanned"), [("091530.00", "101500.000000"), ("234010", "003000.25")])
def test_uptake_can_be_computed_as_before_whatever_the_dates_move_by(case: Case, injected: str, scanned: str) -> None:
    paths = make_pet_series(case.patient / "pet", injected, scanned)
    before = pydicom.dcmread(paths[0])
    if scanned < injected:
        before.RadiopharmaceuticalInformationSequence[0].RadiopharmaceuticalStartDateTime = f"20190816{injected}"
        before.save_as(paths[0])
    for key in range(8):
        case.anew(str(key))
        case.run(options=("retain-patient-characteristics",), key=bytes([key]) * 32)
        after = next(ds for ds in case.released("PT") if ds.InstanceNumber == before.InstanceNumber)
        assert waited(after) == waited(before)
        assert waited_by_date(after) == waited_by_date(before) == waited(before)
        np.testing.assert_array_equal(uptake(after), uptake(before))
        drug, old = (ds.RadiopharmaceuticalInformationSequence[0] for ds in (after, before))
        assert str(after.DecayCorrectionDateTime)[:14] == after.SeriesDate + after.SeriesTime[:6]
        assert drug.RadiopharmaceuticalStartTime != old.RadiopharmaceuticalStartTime
        assert (after.DecayCorrection, after.Units, after.DecayFactor) == (
            before.DecayCorrection, before.Units, before.DecayFactor)  # fmt: skip
        assert (after.FrameReferenceTime, after.ActualFrameDuration) == (
            before.FrameReferenceTime, before.ActualFrameDuration)  # fmt: skip


def test_weight_goes_unless_it_is_asked_for(case: Case) -> None:
    make_pet_series(case.patient / "pet")
    case.run()
    assert not any(ds.get("PatientWeight") for ds in case.released("PT"))
    case.anew("kept")
    case.run(options=("retain-patient-characteristics",))
    assert all(ds.PatientWeight == 71.5 for ds in case.released("PT"))


def test_pet_is_refused_unless_no_defacing_is_asked_for_by_name(case: Case) -> None:
    make_pet_series(case.patient / "pet")
    for method in ("auto", "face"):
        case.anew(method)
        record = next(record for record in case.run(deface=method).series if record.modality == "PT")
        assert "--deface none is" in record.reason
        assert case.released("PT") == []


def test_pet_is_released_with_its_pixels_and_says_that_a_head_is_recognisable(case: Case) -> None:
    paths = make_pet_series(case.patient / "pet")
    record = next(record for record in case.run(text="mask").series if record.modality == "PT")
    assert record.is_recognisable
    left = case.released("PT")
    assert [ds.PixelData for ds in left] == [pydicom.dcmread(path).PixelData for path in paths]
    for before, after in zip(map(pydicom.dcmread, paths), left, strict=True):
        assert (after.RecognizableVisualFeatures, after.BurnedInAnnotation) == ("YES", "NO")
        assert faults(after) <= faults(before)
        assert "CANARY" not in str(after).upper()
    assert case.found() == []


def test_a_validator_finds_no_error_that_was_not_there(case: Case) -> None:
    (source, *_) = make_pet_series(case.patient / "pet")
    case.run(text="mask", options=("retain-patient-characteristics",))
    made = next(path for path in sorted(case.out.rglob("*.dcm")) if pydicom.dcmread(path).Modality == "PT")
    assert validator_errors(made) <= validator_errors(source)


def test_what_a_nuclear_medicine_display_says_is_always_read(case: Case) -> None:
    make_ct_series(case.patient / "nm", slices=1, series=8, sop_class_uid="1.2.840.10008.5.1.4.1.1.20")
    reasons = {record.modality: record.reason for record in case.run(text="off").series}
    assert "text mode 'off' is not available" in reasons["NM"]
    case.anew("read")
    assert next(record for record in case.run(text="mask").series if record.modality == "NM").files
