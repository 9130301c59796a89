# SPDX-License-Identifier: Apache-2.0
"""Reformats of a head CT in any plane lose what its axial slices lose; without such slices they are refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SlicerDeidLib as deid
from headseries import Reformat, make_reformat, make_series
from SlicerDeidLib.model.record import SeriesRecord, Status

OBLIQUE = {
    "coronal": ("coronal", 0.0),
    "sagittal": ("sagittal", 0.0),
    "axial": ("axial", 0.0),
    "oblique": ("coronal", 25.0),
}


def planned(folder: Path) -> deid.Plan:
    rows = folder / "map.csv"
    rows.write_text("Accession_number,De-identification_ID\nA,S01\n")
    policy = deid.read_policy("research")
    policy = replace(policy, text=replace(policy.text, mode="off"))
    index = deid.discover(folder / "in")
    return deid.plan(index, policy, deid.read_map(rows), key=b"k" * 32, private=folder / "private")


@pytest.fixture(scope="module", params=OBLIQUE)
def released(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Reformat, SeriesRecord, Path]:
    folder = tmp_path_factory.mktemp("head")
    make_series(folder / "in" / "A", "thick")
    reformat = make_reformat(folder / "in" / "A" / "reformat", *OBLIQUE[request.param])
    plan = planned(folder)
    number = next(one.series.number for one in plan.series if one.borrows)
    records = deid.run(plan, folder / "out", is_synced=False).series
    return reformat, next(one for one in records if one.series_number == number), folder / "out"


def test_a_reformat_loses_its_face_and_no_brain(released: tuple[Reformat, SeriesRecord, Path]) -> None:
    reformat, record, out = released
    assert record.status is Status.RELEASED, record.reason
    by_number = {
        int(ds.InstanceNumber): ds.pixel_array for ds in (pydicom.dcmread(out / f) for f, _, _ in record.files)
    }
    kept = np.stack([by_number[k + 1] for k in range(len(reformat.stored))]) == reformat.stored
    assert kept[reformat.intracranial].all()
    assert kept[reformat.facial_skin].mean() <= 0.02
    assert any("its mask comes from other series of the same head" in finding for finding in record.findings)


@pytest.mark.parametrize("image_type", [("DERIVED", "SECONDARY", "MPR"), ("DERIVED", "SECONDARY")])
def test_a_reformat_without_axial_slices_in_its_frame_of_reference_is_refused(
    tmp_path: Path, image_type: tuple[str, ...]
) -> None:
    make_series(tmp_path / "in" / "A", "thick", frame="2.25.9")
    make_reformat(tmp_path / "in" / "A" / "reformat", "coronal", image_type=image_type)
    axial, reformat = sorted(planned(tmp_path).series, key=lambda one: len(one.instances), reverse=True)
    assert axial.verdict is deid.Verdict.RELEASE
    assert reformat.verdict is deid.Verdict.REFUSE
    assert "axial slices of the same study in its frame of reference" in reformat.reason


def test_the_plan_says_which_series_a_reformat_takes_its_mask_from(tmp_path: Path) -> None:
    make_series(tmp_path / "in" / "A", "thick")
    make_reformat(tmp_path / "in" / "A" / "reformat", "sagittal", image_type=("DERIVED", "SECONDARY"))
    (note,) = [one.notes[-1] for one in planned(tmp_path).series if one.borrows]
    assert note.startswith("a reformat: its mask comes from series ")
