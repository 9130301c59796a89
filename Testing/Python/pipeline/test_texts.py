# SPDX-License-Identifier: Apache-2.0
"""The text step, with an engine that reads what the test says, and with a real one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from enhancedseries import write_enhanced
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, UltrasoundMultiFrameImageStorage
from scipy import ndimage
from SlicerDeidLib.errors import EngineMissing, PixelError
from SlicerDeidLib.formats.dicom.file import DicomFile, read, write
from SlicerDeidLib.formats.dicom.pixels import decode, encode
from SlicerDeidLib.model.policy import TextPolicy
from SlicerDeidLib.model.staying import HARMLESS, NOTHING
from SlicerDeidLib.model.volume import TextBox, Volume
from SlicerDeidLib.pipeline.texts import PASSES, redact_frames, redact_volume
from SlicerDeidLib.pixels.text import frametext, ocr, slicetext
from SlicerDeidLib.pixels.text.ocr import Word
from SlicerDeidLib.sample.lettering import text_mask

SHAPE = (6, 160, 160)
UPPER_ROWS = 300  # of an image of 480 or 600: reading more takes longer and shows no other names


def head(letters_on: tuple[int, ...] = (), value: int = 3000) -> tuple[Volume, np.ndarray]:
    """A cylinder of water in air; which voxels are letters."""
    rng = np.random.default_rng(1)
    j, i = np.mgrid[:160, :160] - 79.5
    sharp = np.where(np.hypot(i, j) < 60, 30.0, -1000.0)
    stored = ndimage.gaussian_filter(sharp, 1.2) + rng.normal(0, 6, SHAPE)  # as blurred as a scanner's image
    letters = np.zeros(SHAPE, dtype=bool)
    line = text_mask("DOE JOHN", 2)
    for k in letters_on:
        letters[k, 70 : 70 + line.shape[0], 32 : 32 + line.shape[1]] = line
    stored[letters] = value
    ones = np.ones(SHAPE[0])
    positions = np.outer(3.0 * np.arange(SHAPE[0]), [0.0, 0.0, 1.0])
    i_step, j_step = np.array([1.0, 0, 0]), np.array([0, 1.0, 0])
    return Volume(np.rint(stored).astype(np.int16), ones, 0 * ones, positions, i_step, j_step), letters


def fake(monkeypatch: pytest.MonkeyPatch, *answers: tuple[Word, ...]) -> list[tuple[int, ...]]:
    """Put an engine in place that gives one answer after the other, then none; returns the shapes it was shown.

    It does not look where a picture was taken from: looks from near would make other places of its answers.
    """
    left, shown = list(answers), []

    def detect(picture: np.ndarray) -> tuple[Word, ...]:
        shown.append(picture.shape)
        return left.pop(0) if left else ()

    monkeypatch.setattr(frametext, "engine", lambda: detect)
    monkeypatch.setattr(slicetext, "engine", lambda: detect)
    monkeypatch.setattr(frametext.Look, "closer", lambda _look, *_part: iter(()))
    for near in ("read_in_windows", "agreed"):
        monkeypatch.setattr(frametext, near, lambda *_part, **_options: [])
    monkeypatch.setattr(frametext.Look, "beside", lambda _look, *_word: iter(()))
    return shown


def line(left: float, top: float, width: float, height: float, text: str = "DOE JOHN") -> Word:
    corners = [[left, top], [left + width, top], [left + width, top + height], [left, top + height]]
    return Word(np.array(corners, dtype=np.float64), text, 0.95)


@pytest.mark.parametrize("letters_on", [(2,), (0, 1, 2, 3, 4, 5)])
def test_letters_over_tissue_go_and_all_else_stays(letters_on: tuple[int, ...]) -> None:
    volume, letters = head(letters_on)
    redacted = redact_volume(volume, None, TextPolicy("mask"))
    assert redacted.is_examined
    assert {box.frame for box in redacted.boxes} == set(letters_on)
    assert (redacted.after[letters] < 100).all()
    changed = redacted.after != volume.stored
    rows, columns = np.nonzero(letters.any(axis=0))
    allowed = np.zeros(SHAPE[1:], dtype=bool)
    allowed[rows.min() - 14 : rows.max() + 15, columns.min() - 14 : columns.max() + 15] = True
    assert not (changed & ~allowed).any()
    assert not changed[[k for k in range(SHAPE[0]) if k not in letters_on]].any()


def test_clean_slices_come_back_as_they_are_and_count_as_examined() -> None:
    volume, _ = head()
    redacted = redact_volume(volume, None, TextPolicy("mask"))
    assert redacted.after is volume.stored
    assert redacted.is_examined


def test_a_rectangle_of_a_site_is_filled_on_every_slice_whatever_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    volume, _ = head()
    fake(monkeypatch)
    boxes = [TextBox(k, 4, 6, 20, 50, "region") for k in range(SHAPE[0])]
    for mode in ("mask", "morph"):
        redacted = redact_volume(volume, None, TextPolicy(mode), filled=boxes)
        assert redacted.boxes[: SHAPE[0]] == tuple(boxes)
        changed = redacted.after != volume.stored
        changed[:, 4:24, 6:56] = False
        assert not changed.any()
        assert (redacted.after[:, 4:24, 6:56] == -1000).all()
    assert redact_volume(volume, None, TextPolicy("report"), filled=boxes).after is volume.stored


def test_to_report_changes_nothing_and_claims_nothing_when_there_is_text() -> None:
    volume, _ = head((2,))
    redacted = redact_volume(volume, None, TextPolicy("report"))
    assert redacted.after is volume.stored
    assert redacted.boxes
    assert not redacted.is_examined


def test_off_looks_at_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = fake(monkeypatch)
    redacted = redact_volume(head((2,))[0], None, TextPolicy("off"))
    assert not redacted.is_examined
    assert shown == []


def test_without_an_engine_clean_slices_pass_and_claim_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "_is_installed", lambda *modules: False)
    redacted = redact_volume(head()[0], None, TextPolicy("mask"))
    assert not redacted.is_examined
    assert redacted.boxes == ()


def test_without_an_engine_a_slice_that_can_hold_text_refuses_its_series(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "_is_installed", lambda *modules: False)
    with pytest.raises(EngineMissing, match=r"pip install slicerdeid\[text\]"):
        redact_volume(head((2,))[0], None, TextPolicy("mask"))
    for mode in ("thorough", "report", "drop"):
        with pytest.raises(EngineMissing):
            redact_volume(head()[0], None, TextPolicy(mode))


def faint_letters() -> tuple[Volume, np.ndarray]:
    """A head with letters of one value over tissue on one slice, and a seed of metal; which voxels are letters."""
    volume, letters = head((2,), value=330)
    volume.stored[:, 110, 80] = 3000
    return volume, letters


def test_letters_of_one_value_that_no_engine_reads_go_from_their_slice_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    volume, letters = faint_letters()
    fake(monkeypatch)
    redacted = redact_volume(volume, None, TextPolicy("mask"))
    assert redacted.is_examined
    assert (redacted.after[letters] < 100).all()
    assert not (redacted.after != volume.stored)[[0, 1, 3, 4, 5]].any()


@pytest.mark.parametrize(("text", "stays"), [("L 30 mm", True), ("DOE JOHN", False), ("", False)])
def test_what_is_drawn_stays_only_where_it_is_read_and_harmless(
    text: str, stays: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    volume, letters = faint_letters()
    word = line(4, 4, 40, 10, text)
    monkeypatch.setattr(slicetext, "engine", lambda: lambda picture: (word,) if max(picture.shape) < 300 else ())
    redacted = redact_volume(volume, None, TextPolicy("mask", keep="harmless"))
    assert np.array_equal(redacted.after[letters], volume.stored[letters]) == stays


def test_without_an_engine_letters_of_one_value_refuse_their_series(monkeypatch: pytest.MonkeyPatch) -> None:
    volume, _ = faint_letters()
    monkeypatch.setattr(ocr, "_is_installed", lambda *modules: False)
    with pytest.raises(EngineMissing, match="a slice shows what no scanner makes"):
        redact_volume(volume, np.ones(SHAPE, dtype=bool), TextPolicy("mask"))


def test_text_that_stays_readable_refuses_its_series(
    monkeypatch: pytest.MonkeyPatch, cine: Callable[..., bytes]
) -> None:
    fake(monkeypatch, *[(line(20, 16 * n, 60, 10),) for n in range(PASSES)])
    with pytest.raises(PixelError, match="can still be read"):
        redact_frames(read(cine(frames=1)), "mask", staying=NOTHING)


def test_what_is_read_in_a_filled_box_is_no_text(monkeypatch: pytest.MonkeyPatch, cine: Callable[..., bytes]) -> None:
    fake(monkeypatch, *[(line(20, 20, 60, 20),)] * 9)
    assert len(redact_frames(read(cine(frames=1)), "mask", staying=NOTHING).boxes) == 1


def test_what_defacing_removed_is_not_filled() -> None:
    volume, letters = head((2,))
    keep = np.ones(SHAPE, dtype=bool)
    keep[:, :, :50] = False
    volume.stored[~keep] = -1000
    redacted = redact_volume(volume, keep, TextPolicy("mask"))
    assert (redacted.after[~keep] == -1000).all()
    assert (redacted.after[letters & keep] < 100).all()


def test_text_in_the_air_becomes_the_air_that_was_asked_for() -> None:
    volume, _ = head()
    written = text_mask("DOE JOHN 47", 2)
    volume.stored[:, 4 : 4 + written.shape[0], 10 : 10 + written.shape[1]][:, written] = 3000
    redacted = redact_volume(volume, None, TextPolicy("mask"), air_value=-987)
    changed = redacted.after != volume.stored
    assert changed.any()
    assert (redacted.after[changed] == -987).all()


def test_text_in_the_padding_goes_on_all_slices() -> None:
    volume, _ = head()
    volume.stored[:, :30] = -2000
    written = text_mask("DOE JOHN 47", 2)
    volume.stored[:, 6 : 6 + written.shape[0], 10 : 10 + written.shape[1]][:, written] = -1500
    redacted = redact_volume(volume, None, TextPolicy("mask"))
    assert {box.frame for box in redacted.boxes} == set(range(SHAPE[0]))
    assert (redacted.after[:, :25] == -2000).all()


def test_a_quadrilateral_in_the_padding_that_is_far_too_high_takes_only_the_letters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    volume, letters = head((2,))
    volume.stored[:, 60:94, 24:136] = -2000
    volume.stored[letters] = 900
    rows, columns = np.nonzero(letters.any(axis=0))
    too_high = line(2 * 28, 2 * 54, 2 * 104, 2 * 44)  # in a picture twice as large
    fake(monkeypatch, *[()] * 7, (too_high,))  # after the projections of what is no padding
    changed = redact_volume(volume, None, TextPolicy("mask")).after != volume.stored
    assert changed[letters].all()
    changed[2, rows.min() - 6 : rows.max() + 7, columns.min() - 6 : columns.max() + 7] = False
    assert not changed.any()


def test_slices_whose_values_are_no_ct_numbers_are_read_as_a_clip_is(monkeypatch: pytest.MonkeyPatch) -> None:
    volume, _ = head()
    shown = fake(monkeypatch, (line(64, 140, 180, 28),))
    redacted = redact_volume(replace(volume, unit=""), None, TextPolicy("mask"))
    assert len(shown) == 4  # the first and the last one, the brightest values of all, and around what was filled
    assert len(redacted.boxes) == 1


def enhanced(folder: Path, volume: Volume, **made: Any) -> tuple[DicomFile, np.ndarray]:
    """The slices as frames of one image, in any order; with the number of the slice that each frame shows."""
    (part,) = write_enhanced(folder, [volume], **made)
    (path,) = folder.iterdir()
    return read(path.read_bytes()), np.array([k for _, _, k in part])


def test_frames_of_an_enhanced_ct_are_looked_at_as_a_series(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    volume, _ = head()
    shown = fake(monkeypatch)
    assert redact_volume(volume, None, TextPolicy("mask")).is_examined
    as_series = list(shown)
    shown.clear()
    file, _ = enhanced(tmp_path, volume)
    assert redact_frames(file, "mask", staying=NOTHING).is_examined
    assert shown == as_series


@pytest.mark.parametrize("made", [{}, {"repetitions": 2}], ids=["once", "at two times"])
def test_letters_go_from_the_frames_of_an_enhanced_ct_that_show_them(tmp_path: Path, made: dict[str, Any]) -> None:
    volume, letters = head((2,))
    volume.stored[:, :, :20] = -2000
    file, slices = enhanced(tmp_path, volume, **made)
    before = decode(file)
    redacted = redact_frames(file, "mask", staying=NOTHING)
    changed = redacted.after != before
    assert redacted.is_examined
    assert not changed[slices != 2].any()
    assert changed[slices == 2][:, letters[2]].all()
    assert (redacted.after[slices == 2][:, letters[2]] < 100).all()
    assert {box.frame for box in redacted.boxes} == set(np.flatnonzero(slices == 2))


def test_letters_in_the_padding_of_an_enhanced_ct_become_padding(tmp_path: Path) -> None:
    volume, _ = head()
    volume.stored[:, :30] = -2000
    written = text_mask("DOE JOHN 47", 2)
    volume.stored[:, 6 : 6 + written.shape[0], 10 : 10 + written.shape[1]][:, written] = -1500
    file, _ = enhanced(tmp_path, volume)
    redacted = redact_frames(file, "mask", staying=NOTHING)
    assert {box.frame for box in redacted.boxes} == set(range(SHAPE[0]))
    assert (redacted.after[:, :25] == -2000).all()


@pytest.fixture
def cine() -> Callable[..., bytes]:
    """Makes an ultrasound clip of 100 x 120 pixels, 8 bits, grey."""

    def make(frames: int) -> bytes:
        clip = FileDataset(None, {}, file_meta=FileMetaDataset(), preamble=b"\0" * 128)
        clip.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        clip.SOPClassUID = clip.file_meta.MediaStorageSOPClassUID = UltrasoundMultiFrameImageStorage
        clip.SOPInstanceUID = clip.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
        clip.Rows, clip.Columns, clip.NumberOfFrames, clip.SamplesPerPixel = 100, 120, frames, 1
        clip.BitsAllocated, clip.BitsStored, clip.HighBit, clip.PixelRepresentation = 8, 8, 7, 0
        clip.PhotometricInterpretation = "MONOCHROME2"
        speckle = np.random.default_rng(frames).integers(0, 120, (frames, 100, 120), dtype=np.uint8)
        clip.PixelData = speckle.tobytes()
        buffer = BytesIO()
        clip.save_as(buffer, enforce_file_format=True)
        return buffer.getvalue()

    return make


@pytest.mark.parametrize("turns", [0, 1], ids=["level", "upright"])
def test_a_line_on_all_slices_of_a_small_series_goes_and_the_rest_of_the_picture_stays(turns: int) -> None:
    rng = np.random.default_rng(3)
    count, side = 20, 128
    j, i = np.mgrid[:side, :side]
    letters = np.rot90(np.pad(text_mask("DOE JOHN", 2), ((90, 22), (16, 0)))[:side], turns)
    letters = np.pad(letters, [(0, side - size) for size in letters.shape])
    stored = np.empty((count, side, side))
    for k in range(count):
        head = np.hypot(i - 64, j - 60) < 30 + 20 * np.sin(np.pi * (k + 1) / (count + 1))
        folds = 200 * ndimage.gaussian_filter(rng.normal(size=(side, side)), 2) * 8
        stored[k] = ndimage.gaussian_filter(np.where(head, 500 + folds, 20.0), 1) + rng.normal(0, 6, (side, side))
        stored[k][letters] = 900
    ones = np.ones(count)
    positions = np.outer(np.arange(count), [0.0, 0.0, 1.0])
    before = stored.clip(0).astype(np.int16)
    volume = Volume(before, ones, 0 * ones, positions, np.array([2.0, 0, 0]), np.array([0, 2.0, 0]), unit="")
    changed = redact_volume(volume, None, TextPolicy("mask")).after != before
    assert all(plane[letters].mean() > 0.98 for plane in changed)
    near = ndimage.binary_dilation(letters, np.ones((3, 3)), iterations=8)
    assert changed[:, ~near].mean() <= 0.002


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["US1_UNCI.dcm", "OBXXXX1A_expb.dcm"], ids=["RGB", "palette"])
def test_an_ultrasound_image_loses_its_names_and_keeps_its_picture(real_data: Path, name: str) -> None:
    image = pydicom.dcmread(real_data / "pydicom_pydicom-data" / name)
    image.PixelData = image.PixelData[: len(image.PixelData) // image.Rows * UPPER_ROWS]
    image.Rows = UPPER_ROWS
    image.save_as(upper := BytesIO())
    file = read(upper.getvalue())
    redacted = redact_frames(file, "mask", staying=HARMLESS)
    before = decode(file)
    assert redacted.is_examined
    assert redacted.boxes
    changed = redacted.after != before
    assert 0 < changed.mean() < 0.1
    middle = np.s_[:, 200:280, 250:400]
    assert not changed[middle].any()


def test_every_frame_is_read_and_only_those_with_text_change(
    monkeypatch: pytest.MonkeyPatch, cine: Callable[..., bytes]
) -> None:
    file = read(cine(frames=3))
    shown = fake(monkeypatch, (), (line(20, 20, 60, 20),))
    redacted = redact_frames(file, "mask", staying=NOTHING)
    assert len(shown) == 4  # three frames, and what surrounds the filled box once more
    assert {box.frame for box in redacted.boxes} == {1}
    changed = redacted.after != decode(file)
    assert changed[1].any()
    assert not changed[[0, 2]].any()


def test_harmless_words_stay_where_they_may(monkeypatch: pytest.MonkeyPatch, cine: Callable[..., bytes]) -> None:
    file = read(cine(frames=1))
    for keeps, count in ((True, 1), (False, 2)):
        fake(monkeypatch, (line(20, 20, 60, 20, "12 mm"), line(20, 60, 60, 20, "DOE")))
        assert len(redact_frames(file, "mask", staying=HARMLESS if keeps else NOTHING).boxes) == count


def test_a_thorough_look_reads_each_frame_in_more_views(
    monkeypatch: pytest.MonkeyPatch, cine: Callable[..., bytes]
) -> None:
    shown = fake(monkeypatch)
    redact_frames(read(cine(frames=1)), "thorough", staying=NOTHING)
    assert len(shown) == 7
    assert len(set(shown)) == 2


@pytest.mark.real_data
def test_a_compressed_colour_image_is_written_in_red_green_and_blue(real_data: Path) -> None:
    data = (real_data / "dcm4che_dcm4che-test-data" / "YBR_FULL-RLE.dcm").read_bytes()
    file = read(data)
    redacted = redact_frames(file, "mask", staying=HARMLESS)
    encode(file, redacted.after)
    out = pydicom.dcmread(BytesIO(b"".join(write(file))))
    assert out.PhotometricInterpretation == "RGB"
    before = pydicom.dcmread(BytesIO(data)).pixel_array
    hidden = np.zeros(before.shape[:2], dtype=bool)
    for box in redacted.boxes:
        hidden[box.row : box.row + box.height, box.column : box.column + box.width] = True
    assert 0 < hidden.mean() < 0.12  # its text takes a tenth of the picture
    assert np.array_equal(out.pixel_array[~hidden], before[~hidden])
