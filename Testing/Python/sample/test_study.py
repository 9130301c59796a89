# SPDX-License-Identifier: Apache-2.0
"""The sample as DICOM: valid, full of invented identity, with text burned in, and its map."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import fields, replace

import numpy as np
import pydicom
import pytest
from SlicerDeidLib.errors import OutputError
from SlicerDeidLib.identity.subjects import check_map, read_map
from SlicerDeidLib.sample import study
from SlicerDeidLib.sample.lettering import ADVANCE_PX, HEIGHT_PX, draw_corners, text_mask
from SlicerDeidLib.sample.persons import PERSONS
from SlicerDeidLib.sample.phantom import Lattice
from SlicerDeidLib.sample.study import write_demo, write_map, write_study

SMALL = Lattice(slices=5, spacing_mm=20.0, lowest_mm=-40.0, rows=192, columns=192, pixel_spacing_mm=1.35)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return write_study(tmp_path_factory.mktemp("study") / "in" / "A", lattice=SMALL)


@pytest.fixture(scope="module")
def images(written):
    return [pydicom.dcmread(path) for path in written.paths]


def test_a_validator_finds_no_error(written):
    validator = shutil.which("dciodvfy")
    if validator is None:
        pytest.skip("dciodvfy (Debian package dicom3tools) is not installed")
    for path in (written.paths[0], written.paths[-1]):
        said = subprocess.run([validator, str(path)], capture_output=True, text=True, check=False)
        assert [line for line in said.stderr.splitlines() if line.startswith("Error")] == []
        assert "CTImage" in said.stderr


def test_the_files_hold_the_volume(written, images):
    volume = written.head.volume
    for k, image in enumerate(images):
        np.testing.assert_array_equal(image.pixel_array, volume.stored[k])
        np.testing.assert_allclose(image.ImagePositionPatient, volume.positions[k], atol=1e-5)
        step = np.array(image.ImageOrientationPatient[3:]) * image.PixelSpacing[0]
        np.testing.assert_allclose(step, volume.j_step, atol=1e-5)
        assert image.RescaleIntercept == volume.intercept[k]
        assert image.LargestImagePixelValue == volume.stored[k].max()
        assert image.SmallestImagePixelValue == volume.stored[k].min()


def test_padding_and_tilt_are_declared(tmp_path):
    lattice = replace(SMALL, slices=2, tilt_degrees=15.0, padding_value=-2000, is_descending=True)
    done = write_study(tmp_path, PERSONS[1], lattice)
    image = pydicom.dcmread(done.paths[0])
    assert image.PixelPaddingValue == -2000
    assert image.SmallestImagePixelValue >= 0
    assert image.GantryDetectorTilt == 15
    assert image.ImagePositionPatient[2] > pydicom.dcmread(done.paths[1]).ImagePositionPatient[2]
    np.testing.assert_allclose(
        image.ImageOrientationPatient[4:], [np.cos(np.deg2rad(15)), -np.sin(np.deg2rad(15))], atol=1e-6
    )


def test_instances_belong_together(images):
    assert len({image.SOPInstanceUID for image in images}) == len(images)
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID", "PatientID"):
        assert len({image[keyword].value for image in images}) == 1
    assert all(image.file_meta.MediaStorageSOPInstanceUID == image.SOPInstanceUID for image in images)
    assert all(len(str(uid.value)) <= 64 for image in images for uid in image if uid.VR == "UI")


def test_the_same_call_writes_the_same_bytes(written, tmp_path):
    again = write_study(tmp_path, lattice=SMALL)
    for first, second in zip(written.paths, again.paths, strict=True):
        assert first.read_bytes() == second.read_bytes()


def test_identity_lies_in_nested_and_private_elements(images):
    person, image = PERSONS[0], images[0]
    assert image.RequestAttributesSequence[0].AccessionNumber == person.accession_number
    assert image.ReferringPhysicianIdentificationSequence[0].PersonIdentificationCodeSequence[0].CodeMeaning
    block = image.private_block(0x0009, study.PRIVATE_CREATOR)
    assert person.name in block[0x01].value
    assert person.name.encode() in block[0x02].value
    assert block[0x03].value[0].PatientName == person.name


def test_every_name_says_that_it_is_a_sample():
    marks = ("SAMPLE", "SPECIMEN", "EXAMPLE", "INVENTED", "PID-7000", "ACC00")
    for person in PERSONS:
        for field in fields(person):
            value = getattr(person, field.name)
            if field.name not in {"birth_date", "study_date", "study_time", "age", "sex"}:
                assert any(mark in value.upper() for mark in marks), field.name


def test_text_is_saturated_and_outside_the_head(written):
    stored = written.head.volume.stored
    assert written.text.any(axis=(1, 2)).all()
    assert (stored[written.text] == study.TEXT_HU + 1024).all()
    assert not (written.text & written.head.body).any()
    for corner in (np.s_[:, :30, :60], np.s_[:, :30, -60:], np.s_[:, -30:, :60], np.s_[:, -30:, -60:]):
        assert written.text[corner].any()


@pytest.mark.parametrize("lattice", [*study.DEMO_LATTICES, Lattice()])
def test_text_of_the_demo_stays_clear_of_the_head(tmp_path, lattice):
    few = replace(lattice, slices=2, lowest_mm=-8.0, spacing_mm=18.0)
    done = write_study(tmp_path, PERSONS[1], few)
    assert not (done.text & done.head.body).any()


def test_text_can_be_left_out(tmp_path):
    assert not write_study(tmp_path, lattice=replace(SMALL, slices=1), has_text=False).text.any()


def test_a_map_reads_back_as_text(tmp_path):
    write_map(tmp_path / "map.xlsx", [("0012345", "H-1"), ("DOE 2", "H-2")])
    assert [(row.old, row.new) for row in read_map(tmp_path / "map.xlsx").rows] == [
        ("0012345", "H-1"),
        ("DOE 2", "H-2"),
    ]


def test_the_demo_has_two_patients_and_their_map(tmp_path, monkeypatch):
    monkeypatch.setattr(study, "DEMO_LATTICES", (replace(SMALL, slices=2),) * 2)
    demo = write_demo(tmp_path / "demo")
    table = read_map(demo.map)
    assert check_map(table.rows) == ()
    assert {row.old for row in table.rows} == {path.name for path in demo.input.iterdir()}
    assert len(list(demo.input.rglob("*.dcm"))) == 4
    with pytest.raises(OutputError, match="overwrite"):
        write_demo(tmp_path / "demo")


def test_a_demo_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="could not be written"):
        write_demo(tmp_path / "file")


def test_letters_differ_and_are_drawn_larger():
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-^./:"
    shapes = {text_mask(letter).tobytes() for letter in letters}
    assert len(shapes) == len(letters)
    assert text_mask("a", 3).shape == (3 * HEIGHT_PX, 3 * ADVANCE_PX)
    assert text_mask("A", 2).sum() == 4 * text_mask("A").sum()
    assert not text_mask(" é").any()


def test_text_is_cut_off_at_the_edge():
    image = np.zeros((20, 24), np.int16)
    corners = (("MUCH TOO LONG", "X", "Y", "Z"), ("ALSO TOO LONG",), ("A", "B", "C", "D"), ("LONG LINE",))
    mask = draw_corners(image, corners, 7, 1)
    assert ((image == 7) == mask).all()
    assert mask.any()
