# SPDX-License-Identifier: Apache-2.0
"""NIfTI in and out: values as stored, geometry from either form, nothing else of the header."""

from __future__ import annotations

import builtins
import contextlib
import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from niftifiles import PLANTED, read_raw, write_nifti
from SlicerDeidLib.errors import DeidError, EngineMissing, FormatError, OutputError
from SlicerDeidLib.formats import nifti

nibabel = pytest.importorskip("nibabel")
AFFINE = np.array([[-2.0, 0.0, 0.0, 90.0], [0.0, -3.0, 0.0, 80.0], [0.0, 0.0, 5.0, -60.0], [0.0, 0.0, 0.0, 1.0]])
VALUES = np.arange(4 * 5 * 6, dtype=np.int16).reshape(4, 5, 6) - 50


def test_a_file_becomes_a_volume_with_its_geometry_in_lps(tmp_path: Path) -> None:
    image = nifti.read(write_nifti(tmp_path / "in.nii.gz", VALUES, AFFINE))
    volume = image.volume(image.planes(0), "HU")
    assert volume.shape == (6, 5, 4)
    np.testing.assert_allclose(volume.i_step, [2, 0, 0])
    np.testing.assert_allclose(volume.j_step, [0, 3, 0])
    np.testing.assert_allclose(volume.positions[[0, -1]], [[-90, -80, -60], [-90, -80, -35]])
    assert volume.stored[3, 2, 1] == VALUES[1, 2, 3]
    assert volume.stored_range == (-32768, 32767)


@pytest.mark.parametrize("codes", ["RAS", "LPI", "SAL", "PSR", "ASL"])
def test_slices_are_the_axis_nearest_to_the_long_axis_of_the_head(codes: str, tmp_path: Path) -> None:
    values = np.arange(60, dtype=np.int16).reshape(3, 4, 5)
    ras = nibabel.Nifti1Image(values, np.diag([1.5, 2.0, 2.5, 1.0]))
    turn = nibabel.orientations.ornt_transform(
        nibabel.io_orientation(ras.affine), nibabel.orientations.axcodes2ornt(codes)
    )
    turned = ras.as_reoriented(turn)
    image = nifti.read(write_nifti(tmp_path / "in.nii", np.asarray(turned.dataobj), turned.affine))
    volume = image.volume(image.planes(0), "HU")
    assert [abs(int(np.argmax(np.abs(step)))) for step in (volume.i_step, volume.j_step)] == [0, 1]
    index = np.argwhere(volume.stored == values[1, 2, 3])[0]
    where = volume.positions[index[0]] + index[1] * volume.j_step + index[2] * volume.i_step
    np.testing.assert_allclose(where, [-1.5, -4.0, 7.5])


@pytest.mark.parametrize("dtype", ["<i2", ">i2", "<u2", "u1", "<f4", ">f8", "<i4"])
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
@pytest.mark.parametrize("is_second", [False, True])
def test_what_is_written_has_the_same_values_type_scale_and_forms_and_no_text(
    dtype: str, suffix: str, is_second: bool, tmp_path: Path
) -> None:
    values = (VALUES + 60).astype(dtype)
    endianness = ">" if dtype[0] == ">" else "<"
    scale = {"scl_slope": 0.5, "scl_inter": -3.0, "is_second": is_second, "endianness": endianness}
    path = write_nifti(tmp_path / f"in{suffix}", values, AFFINE, **scale)
    image = nifti.read(path)
    assert (image.slope, image.intercept) == (0.5, -3.0)
    out = tmp_path / f"out{suffix}"
    out.write_bytes(nifti.packed(image, image.stored, out.name))
    raw, header = read_raw(out)
    _, before = read_raw(path)
    assert raw.tobytes(order="F") == values.tobytes(order="F")
    assert raw.dtype == values.dtype
    for name in ("datatype", "dim", "pixdim", "scl_slope", "scl_inter", "sform_code", "srow_x", "srow_y", "srow_z"):
        np.testing.assert_array_equal(header[name], before[name])
    content = gzip.decompress(out.read_bytes()) if suffix == ".nii.gz" else out.read_bytes()
    assert PLANTED.encode() not in content
    assert not header.extensions
    assert len(content) == header["vox_offset"] + values.nbytes


def test_a_compressed_file_says_neither_its_name_nor_a_time(tmp_path: Path) -> None:
    image = nifti.read(write_nifti(tmp_path / "in.nii.gz", VALUES, AFFINE))
    first = nifti.packed(image, image.stored, "CANARYNAME.nii.gz")
    assert first == nifti.packed(image, image.stored, "other.nii.gz")
    assert first[3] == 0  # no name follows
    assert first[4:8] == bytes(4)


def test_a_mask_lies_as_the_image_does(tmp_path: Path) -> None:
    image = nifti.read(write_nifti(tmp_path / "in.nii", VALUES.astype(np.float32), AFFINE, scl_slope=2.0))
    keep = image.planes(0) > 0
    out = tmp_path / "mask.nii.gz"
    out.write_bytes(nifti.packed_mask(image, keep, out.name))
    raw, header = read_raw(out)
    assert raw.dtype == np.uint8
    np.testing.assert_array_equal(raw, VALUES > 0)
    assert (header["scl_slope"], header["scl_inter"]) == (1.0, 0.0)
    np.testing.assert_array_equal(header.get_sform(), AFFINE)


def test_the_form_in_the_heads_own_space_counts(tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "in.nii", VALUES, AFFINE)
    header = nibabel.load(path).header
    header.set_qform(AFFINE, 1)
    header.set_sform(AFFINE * np.array([[1.2], [1.2], [1.2], [1.0]]), 4)  # MNI
    nibabel.save(nibabel.Nifti1Image(VALUES, None, header), tmp_path / "both.nii")
    image = nifti.read(tmp_path / "both.nii")
    np.testing.assert_allclose(np.linalg.norm(image.affine[:3, :3], axis=0), [2, 3, 5], rtol=1e-5)


def test_metres_are_brought_to_millimetres(tmp_path: Path) -> None:
    small = AFFINE * np.array([[0.001], [0.001], [0.001], [1.0]])
    image = nifti.read(write_nifti(tmp_path / "in.nii", VALUES, small, xyzt_units=1))
    np.testing.assert_allclose(np.linalg.norm(image.affine[:3, :3], axis=0), [2, 3, 5], rtol=1e-5)


def test_a_tilted_stack_is_read_and_a_sheared_plane_is_refused(tmp_path: Path) -> None:
    tilted = AFFINE.copy()
    tilted[1, 2] = 1.5
    nifti.read(write_nifti(tmp_path / "tilted.nii", VALUES, tilted))
    sheared = AFFINE.copy()
    sheared[1, 0] = 0.4
    with pytest.raises(FormatError, match="sheared"):
        nifti.read(write_nifti(tmp_path / "sheared.nii", VALUES, sheared))


def test_a_header_that_does_not_say_how_the_head_lies_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="neither by qform nor by sform"):
        nifti.read(write_nifti(tmp_path / "in.nii", VALUES, AFFINE, sform_code=0))
    path = write_nifti(tmp_path / "two.nii", VALUES, AFFINE)
    header = nibabel.load(path).header
    header.set_qform(np.diag([2.0, 3.0, 5.0, 1.0]), 1)
    nibabel.save(nibabel.Nifti1Image(VALUES, None, header), tmp_path / "both.nii")
    with pytest.raises(FormatError, match="contradict each other"):
        nifti.read(tmp_path / "both.nii")


def test_colours_flat_images_and_what_is_no_nifti_are_refused(tmp_path: Path) -> None:
    colours = np.zeros((4, 5, 6), dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
    with pytest.raises(FormatError, match="colours"):
        nifti.read(write_nifti(tmp_path / "rgb.nii", colours, AFFINE))
    with pytest.raises(FormatError, match="neither a 3-D volume"):
        nifti.read(write_nifti(tmp_path / "flat.nii", VALUES[:, :, :1], AFFINE))
    (tmp_path / "text.nii.gz").write_text("CANARYNAME")
    with pytest.raises(FormatError):
        nifti.read(tmp_path / "text.nii.gz")
    with pytest.raises(OutputError, match="is no file"):
        nifti.read(tmp_path / "nothing.nii")


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_a_file_that_was_cut_off_is_refused(suffix: str, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 1000, (20, 20, 20)).astype(np.int16)
    path = write_nifti(tmp_path / f"in{suffix}", noise, AFFINE)
    whole = path.read_bytes()
    for size in (0, 10, 200, 500, len(whole) // 2, len(whole) - 5):
        path.write_bytes(whole[:size])
        with pytest.raises(FormatError):
            nifti.read(path)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.integers(0, 360), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_header_with_any_bytes_is_read_or_refused_in_words(changes: list[tuple[int, int]], tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "in.nii", VALUES, AFFINE)
    content = bytearray(path.read_bytes())
    for place, value in changes:
        content[place] = value
    path.write_bytes(content)
    with contextlib.suppress(DeidError):  # their reasons are watched by conftest.py
        image = nifti.read(path)
        nifti.packed(image, image.stored, "out.nii")


def test_nibabel_is_asked_for_by_name_when_it_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_nifti(tmp_path / "in.nii", VALUES, AFFINE)
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "nibabel":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(EngineMissing, match=r"pip install slicerdeid\[nifti\]"):
        nifti.read(path)
