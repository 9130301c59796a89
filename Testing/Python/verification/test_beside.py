# SPDX-License-Identifier: Apache-2.0
"""Plans, doses, maps and PET in an audit: what is planted into a clean release is found, in each of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SlicerDeidLib as deid
from objectcases import KEY, Case, make_pet_series, parametric_map, radiotherapy
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

Plant = Callable[[Dataset], None]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    made = Case(tmp_path_factory.mktemp("objects"))
    for ds in radiotherapy(made):
        made.add(ds)
    values = np.random.default_rng(3).normal(1.0, 0.2, (1, 32, 32)).astype("<f4")
    values[0, 0] = np.nan
    made.add(parametric_map(values, made.kept[0]))
    make_pet_series(made.patient / "pet")
    made.run()
    return made


def change(case: Case, out: Path, modality: str, plant: Plant) -> None:
    shutil.copytree(case.out, out)
    for path in sorted(out.rglob("*.dcm")):
        ds = pydicom.dcmread(path)
        if ds.Modality == modality:
            plant(ds)
            ds.save_as(path)
            return


def errors(case: Case, out: Path) -> list[str]:
    report = deid.audit(out, original=case.source, key=KEY)
    return [f"{one.tag} {one.message}" for one in report.findings if one.severity == "error"]


def test_a_clean_release_of_all_of_them_has_no_error(case: Case) -> None:
    assert errors(case, case.out) == []
    assert {ds.Modality for ds in map(pydicom.dcmread, case.out.rglob("*.dcm"))} == {
        "CT", "RTSTRUCT", "RTPLAN", "RTDOSE", "MR", "PT"}  # fmt: skip


def beam(text: str) -> Plant:
    return lambda ds: setattr(ds.BeamSequence[0], "BeamName", text)


def drug(keyword: str, value: str) -> Plant:
    return lambda ds: setattr(ds.RadiopharmaceuticalInformationSequence[0], keyword, value)


def top(keyword: str, value: object) -> Plant:
    return lambda ds: setattr(ds, keyword, value)


def voxel(ds: Dataset) -> None:
    values = ds.pixel_array.copy()
    values[16, 16] += 1
    ds.FloatPixelData = values.tobytes()


def original_plan(ds: Dataset) -> None:
    ds.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID = "1.2.826.0.1.3680043.8.498.4242.61.1"


def dose_voxel(ds: Dataset) -> None:
    ds.PixelData = b"\1\0\0\0" + ds.PixelData[4:]


@pytest.mark.parametrize(
    ("modality", "plant", "said"),
    [
        ("RTPLAN", beam("Canaryfamily"), "(300A,00C2)"),
        ("RTPLAN", beam("Quavexthul"), "not in the clinical vocabulary"),
        ("RTPLAN", top("ReviewerName", "Quavexthul^Q"), "(300E,0008)"),
        ("RTPLAN", top("RTPlanDate", "20030903"), "(300A,0006)"),
        ("RTDOSE", top("DoseComment", "as Quavexthul said"), "(3004,0006)"),
        ("RTDOSE", original_plan, "(0008,1155)"),
        ("RTDOSE", dose_voxel, "(7FE0,0010)"),
        ("MR", top("ContentDescription", "CANARYFAMILY"), "(0070,0081)"),
        ("MR", top("ContentCreatorName", "Quavexthul^Q"), "(0070,0084)"),
        ("MR", voxel, "(7FE0,0010)"),
        ("PT", drug("RadiopharmaceuticalStartTime", "091530.00"), "(0018,1072)"),
        ("PT", drug("RadiopharmaceuticalStartDateTime", "20190817091530.00"), "(0018,1078)"),
        ("PT", drug("Radiopharmaceutical", "FDG of CANARYFAMILY"), "(0018,0031)"),
        ("PT", top("DeviceSerialNumber", "4711"), "(0018,1000)"),
    ],
)
def test_what_is_planted_is_found(case: Case, tmp_path: Path, modality: str, plant: Plant, said: str) -> None:
    change(case, tmp_path / "out", modality, plant)
    found = errors(case, tmp_path / "out")
    assert any(said in one for one in found), found


# a head that shows beside one that was removed


def test_what_shows_a_head_beside_a_defaced_one_is_found(case: Case, tmp_path: Path) -> None:
    out = tmp_path / "out"
    change(case, out, "CT", top("DerivationDescription", "Face and head surface removed"))
    said = [one for one in deid.audit(out).findings if one.check == "objects"]
    shown = {(one.severity, one.tag) for one in said}
    assert shown == {("warning", "(0008,0016)"), ("error", "(300A,00B0)>(300A,0111)>(300A,0130)")}
    assert sum(one.severity == "warning" for one in said) == 2 + len(list((case.patient / "pet").iterdir()))


def test_the_outline_of_the_head_beside_a_defaced_one_is_found(case: Case, tmp_path: Path) -> None:
    def outline(ds: Dataset) -> None:
        observation = Dataset()
        observation.ObservationNumber, observation.ReferencedROINumber = 1, 1
        observation.RTROIInterpretedType, observation.ROIInterpreter = "EXTERNAL", ""
        ds.RTROIObservationsSequence = Sequence([observation])

    change(case, tmp_path / "one", "RTSTRUCT", outline)
    assert not any(one.check == "objects" for one in deid.audit(tmp_path / "one").findings)
    path = next(path for path in (tmp_path / "one").rglob("*.dcm") if pydicom.dcmread(path).Modality == "CT")
    ds = pydicom.dcmread(path)
    ds.DerivationDescription = "Face removed"
    ds.save_as(path)
    tags = {one.tag for one in deid.audit(tmp_path / "one").findings if one.check == "objects"}
    assert "(3006,0080)>(3006,00A4)" in tags


def test_nobody_says_whether_a_head_shows_in_a_dose(case: Case, tmp_path: Path) -> None:
    change(case, tmp_path / "out", "RTDOSE", lambda ds: delattr(ds, "RecognizableVisualFeatures"))
    said = [one.message for one in deid.audit(tmp_path / "out").findings if one.tag == "(0028,0302)"]
    assert "Nothing says whether a face is recognisable." in said
