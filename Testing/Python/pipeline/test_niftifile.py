# SPDX-License-Identifier: Apache-2.0
"""One NIfTI file into another: truth by construction, on the program's own heads, however they are stored."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import SlicerDeidLib as deid
from mrseries import painted
from niftifiles import PLANTED, affine_of, read_raw, write_nifti
from SlicerDeidLib.errors import OutputError, PixelError, PolicyError, SeriesRefused
from SlicerDeidLib.sample import phantom
from SlicerDeidLib.sample.mr import HeadMR, MRLattice, make_mr_head

nibabel = pytest.importorskip("nibabel")
LIBRARY = Path(__file__).resolve().parents[3] / "SlicerDeid"
LATTICE = phantom.Lattice(slices=44, spacing_mm=5.0, rows=160, columns=160, pixel_spacing_mm=1.6)


@cache
def head(tilt_degrees: float = 0.0) -> phantom.HeadCT:
    return phantom.make_head(phantom.Lattice(**{**_fields(LATTICE), "tilt_degrees": tilt_degrees}))


def _fields(lattice: phantom.Lattice) -> dict[str, object]:
    return {name: getattr(lattice, name) for name in ("slices", "spacing_mm", "rows", "columns", "pixel_spacing_mm")}


@cache
def head_mr() -> HeadMR:
    return make_mr_head(painted("T1"), MRLattice())


def as_hu(made: phantom.HeadCT) -> np.ndarray:
    """HU, (i, j, k)."""
    return (made.volume.stored + int(made.volume.intercept[0])).astype(np.int16).transpose(2, 1, 0)


def stored_as(values: np.ndarray, affine: np.ndarray, codes: str) -> tuple[np.ndarray, np.ndarray]:
    """The same voxels along other axes: ``codes`` name where each axis points to."""
    orientations = nibabel.orientations
    turn = orientations.ornt_transform(nibabel.io_orientation(affine), orientations.axcodes2ornt(codes))
    turned = affine @ orientations.inv_ornt_aff(turn, values.shape[:3])
    return orientations.apply_orientation(values, turn), turned


def changed(before: Path, after: Path) -> np.ndarray:
    return read_raw(before)[0] != read_raw(after)[0]


def test_an_engine_that_the_method_does_not_ask_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="choose the method skullstrip, or do without --skullstrip-engine"):
        deid.deface_nifti(tmp_path / "head.nii", tmp_path / "out.nii", method="face", engine="synthstrip")


@pytest.mark.parametrize("codes", ["LPS", "RAS", "LAS", "ASR", "PIR"])
def test_a_ct_is_defaced_however_it_is_stored(codes: str, tmp_path: Path) -> None:
    made = head()
    values, affine = stored_as(as_hu(made), affine_of(made.volume), codes)
    source = write_nifti(tmp_path / "in.nii.gz", values, affine)
    mask = deid.deface_nifti(source, tmp_path / "out.nii.gz", method="auto", mask=tmp_path / "mask.nii.gz")
    assert mask is not None
    assert mask.method == "surface+face"
    truth = {
        name: stored_as(getattr(made, name).transpose(2, 1, 0), affine_of(made.volume), codes)[0]
        for name in ("intracranial", "skin", "holder")
    }
    gone = changed(source, tmp_path / "out.nii.gz")
    kept, header = read_raw(tmp_path / "mask.nii.gz")
    out = read_raw(tmp_path / "out.nii.gz")[0]
    assert not (gone & truth["intracranial"]).any()
    assert (kept[truth["intracranial"]] == 1).all()
    assert (kept[truth["skin"]] == 1).mean() < 0.008
    assert not kept[truth["holder"]].any()
    assert (out[kept == 0] == -1000).all()
    np.testing.assert_array_equal(out[kept == 1], values[kept == 1])
    np.testing.assert_allclose(header.get_sform(), affine, rtol=1e-6)


@pytest.mark.parametrize("method", ["skullstrip", "surface"])
def test_a_tilted_stack_keeps_its_brain(method: str, tmp_path: Path) -> None:
    made = head(15.0)
    source = write_nifti(tmp_path / "in.nii", as_hu(made), affine_of(made.volume))
    deid.deface_nifti(source, tmp_path / "out.nii", method=method)
    assert not (changed(source, tmp_path / "out.nii") & made.intracranial.transpose(2, 1, 0)).any()


def test_floats_stay_bit_identical_and_what_is_no_number_outside_becomes_air(tmp_path: Path) -> None:
    made = head()
    values = as_hu(made).astype(np.float32) + np.float32(0.3)
    values[:3] = np.nan
    inside = tuple(np.argwhere(made.intracranial.transpose(2, 1, 0))[50_000])
    values[inside] = np.nan
    source = write_nifti(tmp_path / "in.nii", values, affine_of(made.volume))
    deid.deface_nifti(source, tmp_path / "out.nii", method="face", air_value=-999.5, mask=tmp_path / "mask.nii")
    out, kept = read_raw(tmp_path / "out.nii")[0], read_raw(tmp_path / "mask.nii")[0]
    assert np.isnan(out[inside])
    assert (out[:3] == np.float32(-999.5)).all()
    assert out[kept == 1].tobytes() == values[kept == 1].tobytes()


def test_scaled_values_are_read_with_their_scale_and_written_without_rounding(tmp_path: Path) -> None:
    made = head()
    stored = ((as_hu(made).astype(int) + 1024) * 4).clip(0, 65535).astype(np.uint16)
    scale = {"scl_slope": 0.25, "scl_inter": -1024.0}
    source = write_nifti(tmp_path / "in.nii.gz", stored, affine_of(made.volume), **scale)
    deid.deface_nifti(source, tmp_path / "out.nii.gz", method="face", mask=tmp_path / "mask.nii.gz")
    out, header = read_raw(tmp_path / "out.nii.gz")
    kept = read_raw(tmp_path / "mask.nii.gz")[0]
    assert (out[kept == 0] == 96).all()  # -1000 HU
    np.testing.assert_array_equal(out[kept == 1], stored[kept == 1])
    assert (header["scl_slope"], header["scl_inter"]) == (0.25, -1024.0)


@pytest.mark.parametrize("codes", ["PIL", "RAS"])
def test_an_mr_loses_its_face_and_no_more(codes: str, tmp_path: Path) -> None:
    made = head_mr()
    values, affine = stored_as(made.volume.stored.transpose(2, 1, 0), affine_of(made.volume), codes)
    source = write_nifti(tmp_path / "in.nii.gz", values, affine)
    for method in ("surface", "skullstrip"):
        with pytest.raises(PixelError, match="in CT only"):
            deid.deface_nifti(source, tmp_path / "out.nii.gz", method=method)
    mask = deid.deface_nifti(source, tmp_path / "out.nii.gz", method="auto")
    assert mask is not None
    assert mask.method == "face"
    assert mask.measures["facial_skin_kept"] <= 0.02
    truth = stored_as(made.intracranial.transpose(2, 1, 0), affine_of(made.volume), codes)[0]
    assert not (changed(source, tmp_path / "out.nii.gz") & truth).any()


def test_an_mr_whose_zero_is_not_stored_as_zero_gets_dark_air(tmp_path: Path) -> None:
    made = head_mr()
    stored = (made.volume.stored.astype(int) - 32768).clip(-32768, 32767).astype(np.int16).transpose(2, 1, 0)
    source = write_nifti(tmp_path / "in.nii", stored, affine_of(made.volume), scl_inter=32768.0)
    deid.deface_nifti(source, tmp_path / "out.nii", method="face", mask=tmp_path / "mask.nii")
    out, kept = read_raw(tmp_path / "out.nii")[0], read_raw(tmp_path / "mask.nii")[0]
    assert (out[kept == 0] == -32768).all()


def test_all_time_points_get_one_mask_and_a_head_that_moves_is_refused(tmp_path: Path) -> None:
    made = head()
    first = as_hu(made)
    later = first + np.random.default_rng(4).integers(-5, 6, first.shape).astype(np.int16)
    source = write_nifti(tmp_path / "in.nii", np.stack([first, later], axis=-1), affine_of(made.volume))
    deid.deface_nifti(source, tmp_path / "out.nii", method="skullstrip", mask=tmp_path / "mask.nii")
    out, kept = read_raw(tmp_path / "out.nii")[0], read_raw(tmp_path / "mask.nii")[0]
    assert kept.shape == first.shape
    for time_point, values in enumerate((first, later)):
        assert (out[..., time_point][kept == 0] == -1000).all()
        np.testing.assert_array_equal(out[..., time_point][kept == 1], values[kept == 1])
    moved = np.stack([first, np.roll(first, 4, axis=1)], axis=-1)
    source = write_nifti(tmp_path / "moved.nii", moved, affine_of(made.volume))
    with pytest.raises(PixelError, match="the head moves"):
        deid.deface_nifti(source, tmp_path / "other.nii", method="skullstrip")
    assert not (tmp_path / "other.nii").exists()


def test_padding_stays_and_the_mask_does_not_tell_it_from_air(tmp_path: Path) -> None:
    values = as_hu(head()).copy()
    i, j = np.ogrid[:160, :160]
    outside = (i - 79.5) ** 2 + (j - 79.5) ** 2 > 80**2
    values[outside] = -3024
    later = values.copy()
    later[2:6, 2:6] = 500  # a letter in the padding, at a later time
    source = write_nifti(tmp_path / "in.nii", np.stack([values, later], axis=-1), affine_of(head().volume))
    deid.deface_nifti(source, tmp_path / "out.nii", method="face", mask=tmp_path / "mask.nii")
    out, kept = read_raw(tmp_path / "out.nii")[0], read_raw(tmp_path / "mask.nii")[0]
    assert not kept[outside].any()
    assert set(np.unique(out[kept == 0])) == {-3024, -1000}
    assert (out[2:6, 2:6, :, 1] == -1000).all()


def test_where_no_face_can_be_in_view_the_voxels_stay_and_the_header_is_cleaned(tmp_path: Path) -> None:
    y, x = (np.mgrid[:125, :125] - 62.0) * 4.0
    plane = np.where((2 * x / 360.0) ** 2 + (2 * y / 260.0) ** 2 < 1, 20, -1000).astype(np.int16)
    values = np.stack([plane] * 4, axis=-1)
    affine = np.diag([-4.0, -4.0, 5.0, 1.0])
    source = write_nifti(tmp_path / "in.nii", values, affine)
    assert deid.deface_nifti(source, tmp_path / "out.nii", method="auto", mask=tmp_path / "mask.nii") is None
    assert not changed(source, tmp_path / "out.nii").any()
    assert (read_raw(tmp_path / "mask.nii")[0] == 1).all()
    assert PLANTED.encode() not in (tmp_path / "out.nii").read_bytes()
    narrow = write_nifti(tmp_path / "narrow.nii", np.where(values == 20, 20, -1000)[30:95].astype(np.int16), affine)
    with pytest.raises((SeriesRefused, PixelError)):
        deid.deface_nifti(narrow, tmp_path / "other.nii", method="auto")


def test_a_head_that_stands_on_its_head_is_refused(tmp_path: Path) -> None:
    affine = affine_of(head().volume) * np.array([[1.0], [1.0], [-1.0], [1.0]])
    source = write_nifti(tmp_path / "in.nii", as_hu(head()), affine)
    with pytest.raises(PixelError):
        deid.deface_nifti(source, tmp_path / "out.nii", method="surface+face")


def test_nothing_that_exists_is_touched_and_names_must_be_those_of_nifti(tmp_path: Path) -> None:
    source = write_nifti(tmp_path / "in.nii", as_hu(head()), affine_of(head().volume))
    before = source.read_bytes()
    with pytest.raises(OutputError, match="OUT exists"):
        deid.deface_nifti(source, source, method="face")
    with pytest.raises(OutputError, match="the mask exists"):
        deid.deface_nifti(source, tmp_path / "out.nii", method="face", mask=source)
    with pytest.raises(OutputError, match="OUT must be called"):
        deid.deface_nifti(source, tmp_path / "out.dcm", method="face")
    assert source.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["in.nii"]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("seconds", [0.5, 2.0, 3.0])
def test_a_killed_process_leaves_no_half_written_image(seconds: float, tmp_path: Path) -> None:
    source = write_nifti(tmp_path / "in.nii", as_hu(head()), affine_of(head().volume))
    words = ["deface", str(source), str(tmp_path / "out.nii.gz"), "--method", "face"]
    process = subprocess.Popen(
        [sys.executable, "-m", "SlicerDeidLib", *words],
        env={"PYTHONPATH": str(LIBRARY), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    out = tmp_path / "out.nii.gz"
    assert not out.exists() or read_raw(out)[0].shape == as_hu(head()).shape


@pytest.mark.real_data
def test_a_real_mr_in_nifti_loses_its_face(real_data: Path, tmp_path: Path) -> None:
    source = real_data / "neurolabusc_niivue-images" / "chris_t1.nii.gz"
    mask = deid.deface_nifti(source, tmp_path / "out.nii.gz", method="face", mask=tmp_path / "mask.nii.gz")
    assert mask is not None
    assert mask.measures["facial_skin_kept"] <= 0.02
    out, header = read_raw(tmp_path / "out.nii.gz")
    kept = read_raw(tmp_path / "mask.nii.gz")[0] == 1
    np.testing.assert_array_equal(out[kept], read_raw(source)[0][kept])
    assert not out[~kept].any()
    assert header["descrip"].item() == b""
