# SPDX-License-Identifier: Apache-2.0
"""What the planting script says it planted stands in the files, and the files can still be read."""

from __future__ import annotations

from pathlib import Path

import pydicom
import pytest
from invention import CHARACTER_SETS
from plant_identity import plant_series
from pydicom.data import get_testdata_file
from pydicom.dataset import FileDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEG2000Lossless

SLICES = 3


def sample(syntax: str) -> FileDataset:
    name = "JPEG2000.dcm" if syntax == JPEG2000Lossless else "CT_small.dcm"
    dataset = pydicom.dcmread(str(get_testdata_file(name)))
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    return dataset


@pytest.fixture(params=[ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEG2000Lossless])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    for number in range(SLICES):
        dataset = sample(request.param)
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.{number + 1}"
        dataset.PatientID = "ONE" if number else "TWO"
        dataset.save_as(folder / f"{number}.dcm", implicit_vr=request.param == ImplicitVRLittleEndian)
    return folder


def bytes_of(root: Path) -> list[bytes]:
    files = [path for path in root.rglob("*") if path.is_file()]
    return [path.read_bytes() for path in files] + [path.relative_to(root).as_posix().encode() for path in files]


@pytest.mark.parametrize("character_set", range(len(CHARACTER_SETS)))
def test_every_planted_value_stands_in_the_input(source, tmp_path, character_set):
    plant = plant_series(source, tmp_path / "in", 7, character_set=character_set)
    texts = bytes_of(tmp_path / "in")
    missing = [where for data, where in plant.needles().items() if not any(data in text for text in texts)]
    assert missing == []
    assert plant.patients == 2
    assert len(plant.files) == SLICES


def test_at_least_forty_values_besides_uids_are_long_enough_to_be_searched(source, tmp_path):
    needles = plant_series(source, tmp_path / "in", 7).needles()
    assert min(map(len, needles)) >= 6
    assert sum(not data.startswith(b"1.2.826.") for data in needles) >= 2 * 40


def test_the_same_seed_plants_the_same_and_another_one_something_else(source, tmp_path):
    first = plant_series(source, tmp_path / "a", 7)
    again = plant_series(source, tmp_path / "b", 7)
    other = plant_series(source, tmp_path / "c", 8)
    assert first.needles() == again.needles()
    assert [path.read_bytes() for path in first.files] == [path.read_bytes() for path in again.files]
    assert not {data for data in first.needles() if len(data) > 6} & other.needles().keys()


def test_planted_files_are_read_by_pydicom_with_their_pixels_and_their_own_uids(source, tmp_path):
    plant = plant_series(source, tmp_path / "in", 7)
    originals = [pydicom.dcmread(path) for path in sorted(source.iterdir())]
    planted = [pydicom.dcmread(path) for path in plant.files]
    assert len({dataset.SOPInstanceUID for dataset in planted}) == SLICES
    for before, after in zip(originals, planted, strict=True):
        assert after.PixelData == before.PixelData
        assert after.file_meta.TransferSyntaxUID == before.file_meta.TransferSyntaxUID
        assert after.file_meta.MediaStorageSOPInstanceUID == after.SOPInstanceUID
        assert after.ReferencedImageSequence[0].ReferencedSOPInstanceUID == after.SOPInstanceUID
    assert len({(d.PatientID, d.StudyInstanceUID) for d in planted}) == 2


def test_planted_dates_stand_where_they_are_said_to_stand(source, tmp_path):
    plant = plant_series(source, tmp_path / "in", 7)
    datasets = [pydicom.dcmread(path) for path in plant.files]
    assert len(plant.dates) == 17 * SLICES
    for date in plant.dates:
        item = datasets[date.instance]
        for sequence, number in date.path:
            item = item[sequence].value[number]
        assert str(item[date.tag].value) == date.value
