# SPDX-License-Identifier: Apache-2.0
"""Parametric maps: pixels that are floating point numbers, read like any image, with their references."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from iodcheck import faults
from objectcases import Case, as_file, parametric_map, read_back, validator_errors
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.formats.dicom.pixels import as_seen, decode, encode
from SlicerDeidLib.sample.lettering import text_mask

SIZE = 128


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def diffusion(frames: int = 2, dtype: str = "<f4") -> np.ndarray:
    """Diffusion as scanners give it, mm2/s, with what a division by nothing gave."""
    values = np.random.default_rng(1).normal(0.9e-3, 0.1e-3, (frames, SIZE, SIZE)).astype(dtype)
    values[:, :20], values[:, 40:44, 40:44] = np.nan, np.inf
    return values


@pytest.mark.parametrize("dtype", ["<f4", "<f8"])
def test_numbers_stay_bit_by_bit_and_references_lead_to_what_is_released(case: Case, dtype: str) -> None:
    values = diffusion(dtype=dtype)
    case.add(parametric_map(values, *case.kept[:2]))
    record = case.run()
    assert record.released == 2
    (left,) = case.released("MR")
    assert left.pixel_array.tobytes() == values.tobytes()
    images = {one.SOPInstanceUID for one in case.released("CT")}
    for group in left.PerFrameFunctionalGroupsSequence:
        assert group.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID in images
    assert left.ContentDescription == "diffusion, made by"
    assert left.RecognizableVisualFeatures == "YES"
    assert case.found() == []


def test_references_to_what_is_withheld_go_and_the_frames_stay(case: Case) -> None:
    case.add(parametric_map(diffusion(), case.kept[0], case.scout[0]))
    case.run()
    (left,) = case.released("MR")
    assert len(left.PerFrameFunctionalGroupsSequence) == left.NumberOfFrames == 2
    known = {str(one.SOPInstanceUID) for one in case.released("CT")}
    references = [one for one in left.iterall() if one.keyword == "ReferencedSOPInstanceUID"]
    assert references
    assert {one.value for one in references} <= known
    assert case.found() == []


def test_beside_defaced_images_a_map_is_left_out_with_its_reason(case: Case) -> None:
    case.add(parametric_map(diffusion(), case.kept[0]))
    record = next(record for record in case.run(deface="auto").series if record.modality == "MR")
    assert "show the face as they do" in record.reason
    assert "--deface none" in record.reason


@pytest.mark.parametrize("dtype", ["<f4", "<f8"])
def test_text_in_numbers_is_read_and_filled_and_all_else_stays(case: Case, dtype: str) -> None:
    values = diffusion(1, dtype)
    letters = np.zeros((SIZE, SIZE), np.bool_)
    drawn = text_mask("DOE JOHN", 2)
    letters[60 : 60 + drawn.shape[0], 8 : 8 + drawn.shape[1]] = drawn
    values[0, letters] = 3e-3
    case.add(parametric_map(values, case.kept[0]))
    case.patient.joinpath("ct").rename(case.folder / "elsewhere")
    case.run(text="mask")
    (left,) = case.released("MR")
    changed = left.pixel_array != values[0]
    changed &= ~(np.isnan(left.pixel_array) & np.isnan(values[0]))
    assert changed[letters].mean() > 0.9
    outside = np.ones_like(changed)
    outside[52:86] = False
    assert not changed[outside].any()
    assert (left.BurnedInAnnotation, left.ImageType[0]) == ("NO", "DERIVED")


def test_what_lies_behind_the_frames_goes(case: Case) -> None:
    ds = parametric_map(diffusion(), *case.kept[:2])
    ds.FloatPixelData += b"CANARYFAMILY"
    case.add(ds)
    case.run()
    (left,) = case.released("MR")
    assert left.FloatPixelData == diffusion().tobytes()


def test_floating_point_pixels_where_no_iod_has_them_are_refused(case: Case) -> None:
    ds = parametric_map(diffusion(), case.kept[0])
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.4"
    with pytest.raises(PixelError, match="does not have"):
        decode(as_file(ds))
    ds = parametric_map(diffusion(), case.kept[0])
    ds.BitsAllocated = 64
    with pytest.raises(PixelError, match="contradicts"):
        decode(as_file(ds))


def test_numbers_are_written_as_they_are_given(case: Case) -> None:
    file = as_file(parametric_map(diffusion(), *case.kept[:2]))
    frames = decode(file).copy()
    frames[1, 100] = -2.5
    encode(file, frames)
    np.testing.assert_array_equal(read_back(file).pixel_array, frames)


def test_numbers_are_seen_as_grey_whatever_the_ground_is() -> None:
    values = diffusion(1)
    values[0, :40] = -1e30
    seen = as_seen(as_file(parametric_map(values, "1.2.3")), values[0])
    assert seen.dtype == np.uint16
    assert float(seen[60:].std()) > 5000


def test_numbers_that_lie_too_far_apart_are_not_looked_at() -> None:
    values = diffusion(1, "<f8")
    values[0, 50:90], values[0, 90:] = -1e308, 1e308
    with pytest.raises(PixelError, match="too far apart"):
        as_seen(as_file(parametric_map(values, "1.2.3")), values[0])


def test_a_real_map_is_released_whole(real_data: Path, tmp_path: Path) -> None:
    source = real_data / "pydicom_pydicom-data" / "parametric_map_float.dcm"
    before = pydicom.dcmread(source)
    (tmp_path / "in" / "P1").mkdir(parents=True)
    (tmp_path / "in" / "P1" / "map.dcm").write_bytes(source.read_bytes())
    case = object.__new__(Case)
    case.folder, case.source, case.out, case.private = (
        tmp_path, tmp_path / "in", tmp_path / "out", tmp_path / "private")  # fmt: skip
    (tmp_path / "map.csv").write_text("Accession_number,De-identification_ID\nP1,S01\n")
    assert case.run(text="mask").released == 1
    made = next(case.out.rglob("*.dcm"))
    after = pydicom.dcmread(made)
    assert after.FloatPixelData == before.FloatPixelData
    (listed,) = after.ReferencedSeriesSequence[0].ReferencedInstanceSequence
    assert after.SourceImageSequence[0].ReferencedSOPInstanceUID == listed.ReferencedSOPInstanceUID
    assert faults(after) <= faults(before)
    assert case.found() == []
    assert validator_errors(made) <= validator_errors(source)
