# SPDX-License-Identifier: Apache-2.0
"""Finished series looked at anew: each file has its slice, the mask is what was replaced, originals are found again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
import SlicerDeidLib as deid
from ctseries import make_ct_series, make_patient
from SlicerDeidLib.errors import PlanError
from SlicerDeidLib.sample.phantom import Lattice
from SlicerDeidLib.sample.study import write_map, write_study

KEY = bytes(range(32))


class Project:
    """A made head as it was released, and what it was made from."""

    def __init__(self, folder: Path) -> None:
        self.source, self.out, self.private = folder / "in", folder / "out", folder / "private"
        write_study(self.source / "A1", lattice=Lattice(slices=40, rows=128, columns=128, pixel_spacing_mm=2.0))
        write_map(folder / "map.xlsx", [("A1", "HEAD-001")])
        self.map = deid.read_map(folder / "map.xlsx")
        self.policy = deid.with_choices(deid.read_policy("research"), deface="surface", text="off")
        plan = deid.plan(deid.discover(self.source), self.policy, self.map, private=self.private, key=KEY)
        assert deid.run(plan, self.out, is_synced=False).released == 1
        (self.series,) = deid.released_series(self.out, self.private)

    def original(self, place: str = "HEAD-001/1") -> deid.Volume:
        session = deid.open_original(
            self.source, place, self.policy, self.map, private=self.private, release="", key=KEY
        )
        return session.original()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("finished"))


def test_every_file_has_its_slice(project: Project) -> None:
    finished = deid.open_finished(project.series)
    for name, k in finished.slices.items():
        image = pydicom.dcmread(project.series.folder / name)
        np.testing.assert_allclose(finished.preview.before.positions[k], image.ImagePositionPatient)
        np.testing.assert_array_equal(finished.preview.after[k], image.pixel_array)
    assert not finished.has_original
    assert finished.preview.mask is None


def test_beside_its_original_the_mask_is_what_was_replaced_by_air(project: Project) -> None:
    finished = deid.open_finished(project.series, project.original())
    assert finished.has_original
    preview = finished.preview
    assert preview.mask is not None
    changed = preview.before.stored != preview.after
    assert not (preview.mask.keep & changed).any()
    specks = ~preview.mask.keep & ~changed
    assert len(np.unique(preview.after[specks])) <= 1
    assert 0.2 < changed.mean() < 0.95


def test_another_original_is_not_compared(project: Project, tmp_path: Path) -> None:
    original = project.original()
    fewer = original.part(list(range(30)), slice(0, 128), slice(0, 128))
    assert not deid.open_finished(project.series, fewer).has_original


def test_the_header_is_that_of_the_file(project: Project) -> None:
    rows = {row.keyword: row.after for row in deid.open_finished(project.series).preview.headers}
    assert rows["PatientID"] == "HEAD-001"
    assert rows["PatientIdentityRemoved"] == "YES"


def test_original_and_result_are_drawn_side_by_side_at_one_scale(project: Project) -> None:
    alone, pair = deid.head_picture(project.series), deid.head_picture(project.series, project.original())
    assert alone.shape[0] == alone.shape[1]
    assert pair.shape[1] == 2 * pair.shape[0]
    lit = [(half > 0).mean() for half in np.hsplit(pair, 2)]
    assert lit[0] > lit[1] > 0.1


def test_an_original_that_is_not_there_is_an_error(project: Project) -> None:
    for place in ("HEAD-001/2", "HEAD-002/1"):
        with pytest.raises(PlanError, match="not in the input folder"):
            project.original(place)


def test_originals_of_serial_scans_are_told_apart(tmp_path: Path) -> None:
    source, private = tmp_path / "in", tmp_path / "private"
    for number in (1, 2):
        make_patient(source, f"CANARYFOLDER{number}", number=1)
        for path in (path for path in (source / f"CANARYFOLDER{number}").rglob("*") if path.is_file()):
            image = pydicom.dcmread(path)
            for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
                setattr(image, keyword, f"{getattr(image, keyword)[:55]}.{number}")
            image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
            image.PixelData = np.full_like(image.pixel_array, number).tobytes()
            image.save_as(path)
    (tmp_path / "map.csv").write_text(
        "Accession_number,De-identification_ID\nCANARYFOLDER1,S01\nCANARYFOLDER2,S01\n", encoding="utf-8"
    )
    rows = deid.read_map(tmp_path / "map.csv")
    policy = deid.with_choices(deid.read_policy("research"), deface="none", text="off")
    plan = deid.plan(deid.discover(source), policy, rows, key=KEY, private=private)
    assert deid.run(plan, tmp_path / "out", is_synced=False).released == 2
    for series in deid.released_series(tmp_path / "out", private):
        session = deid.open_original(source, series.place, policy, rows, private=private, key=KEY)
        np.testing.assert_array_equal(session.original().stored, deid.open_finished(series).preview.after)


def test_images_that_make_no_volume_are_laid_upon_each_other(tmp_path: Path) -> None:
    paths = make_ct_series(tmp_path, slices=3, step_mm=0.0, size=48)
    series = deid.HeldSeries("A/1", tmp_path, tuple(path.name for path in paths), {}, ())
    finished = deid.open_finished(series)
    assert finished.preview.after.shape == (3, 48, 48)
    assert list(finished.slices.values()) == [0, 1, 2]
