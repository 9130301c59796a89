# SPDX-License-Identifier: Apache-2.0
"""Regions of real ultrasound images: what is filled whole, without an engine being asked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from SlicerDeidLib.formats.dicom.file import DicomFile, read
from SlicerDeidLib.formats.dicom.pixels import decode
from SlicerDeidLib.model.element import Element
from SlicerDeidLib.model.regions import Question, RegionRule
from SlicerDeidLib.model.staying import HARMLESS
from SlicerDeidLib.pipeline import texts
from SlicerDeidLib.pipeline.regions import Regions, regions_of
from SlicerDeidLib.pipeline.texts import redact_frames
from SlicerDeidLib.pixels.text import frametext
from SlicerDeidLib.pixels.text.regions import boxes_to_fill
from SlicerDeidLib.policies.regionrules import region_library

PHILIPS, ACUSON = "pydicom_pydicom-data/OBXXXX1A_expb.dcm", "dcm4che_dcm4che-test-data/YBR_FULL-RLE.dcm"
GE, UNKNOWN = "pydicom_pydicom-data/US1_UNCI.dcm", "dcm4che_dcm4che-test-data/US-PAL-8-10x-echo"


def hidden(regions: Regions, shape: tuple[int, ...]) -> np.ndarray:
    """Which pixels of the first frame are filled."""
    filled = np.zeros(shape[1:3], dtype=int)
    for box in regions.boxes:
        if box.frame == 0:
            filled[box.row : box.row + box.height, box.column : box.column + box.width] += 1
    assert filled.max(initial=0) <= 1
    return filled > 0


def known(file: DicomFile, *rules: RegionRule) -> Regions:
    return regions_of(file, rules, region_library, is_declared=True)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        (PHILIPS, [(300, 500), (550, 400)], [(20, 400), (300, 20), (590, 400)]),
        (ACUSON, [(200, 300)], [(20, 200), (100, 550), (440, 300)]),
        (GE, [(200, 300)], [(20, 100), (460, 500)]),
    ],
)
def test_what_lies_outside_the_declared_or_known_regions_is_filled(
    real_data: Path, name: str, inside: list[tuple[int, int]], outside: list[tuple[int, int]]
) -> None:
    file = read((real_data / name).read_bytes())
    regions = known(file)
    filled = hidden(regions, decode(file).shape)
    assert regions.is_known
    assert not any(filled[place] for place in inside)
    assert all(filled[place] for place in outside)


@pytest.mark.real_data
def test_an_image_that_nobody_knows_is_not_guessed(real_data: Path) -> None:
    assert known(read((real_data / UNKNOWN).read_bytes())) == Regions((), is_known=False)


@pytest.mark.real_data
def test_one_region_outside_of_the_picture_makes_all_unbelieved(real_data: Path) -> None:
    file = read((real_data / PHILIPS).read_bytes())
    item = file.dataset[0x00186011].items[0]  # type: ignore[index]
    item[0x0018601C] = Element(0x0018601C, "UL", (5000).to_bytes(4, "big"))
    assert not known(file).is_known


@pytest.mark.real_data
def test_a_sites_rule_adds_to_what_is_declared_or_decides_alone(real_data: Path) -> None:
    file = read((real_data / PHILIPS).read_bytes())
    shape = decode(file).shape
    device = Question("ManufacturerModelName", "equals", "CX50")
    before = hidden(known(file), shape)
    added = hidden(known(file, RegionRule(device, "site", fill=((200, 300, 50, 60),))), shape)
    assert added[220, 320]
    assert (added | ~before).all() or added[20, 400]
    alone = hidden(known(file, RegionRule(device, "site", keep=((0, 0, 100, 100),))), shape)
    assert not alone[:100, :100].any()
    assert alone[100:].all()
    whole = hidden(known(file, RegionRule(device, "site", is_whole=True)), shape)
    assert whole.all()
    assert not known(read((real_data / UNKNOWN).read_bytes()), RegionRule(device, "site", is_whole=True)).boxes


@pytest.mark.real_data
@pytest.mark.parametrize("name", [PHILIPS, ACUSON, "pydicom_pydicom-data/OBXXXX1A_rle_2frame.dcm"])
def test_filled_parts_become_the_ground_on_every_frame_and_the_rest_stays(
    real_data: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frametext, "engine", lambda: lambda _picture: ())
    monkeypatch.setattr(frametext.inklines, "lines", lambda _seen, _jump: [])  # the pictures hold text of their own
    file = read((real_data / name).read_bytes())
    before, regions = decode(file), known(file)
    redacted = redact_frames(file, "mask", staying=HARMLESS, filled=regions.boxes)
    filled = hidden(regions, before.shape)
    assert np.array_equal(redacted.after[:, ~filled], before[:, ~filled])
    assert all(len(np.unique(frame[filled].reshape(filled.sum(), -1), axis=0)) == 1 for frame in redacted.after)
    assert redacted.boxes
    assert not redacted.is_page
    again = texts._grounded(redacted.after, regions.boxes)
    assert again is redacted.after
    for mode in ("report", "drop"):
        assert redact_frames(file, mode, staying=HARMLESS, filled=regions.boxes).after is not redacted.after


def test_boxes_cover_just_what_is_asked_for() -> None:
    boxes = boxes_to_fill((40, 60), 2, ((5, 5, 3, 4),), ((0, 0, 20, 30), (10, 20, 20, 40)))
    filled = np.zeros((2, 40, 60), dtype=int)
    for box in boxes:
        filled[box.frame, box.row : box.row + box.height, box.column : box.column + box.width] += 1
    wanted = np.ones((40, 60), dtype=bool)
    wanted[:20, :30] = wanted[10:30, 20:] = False
    wanted[5:8, 5:9] = True
    assert np.array_equal(filled[0] == 1, wanted)
    assert np.array_equal(filled[0], filled[1])
    assert boxes_to_fill((40, 60), 1, (), None) == ()
    (all_of_it,) = boxes_to_fill((40, 60), 1, (), ())
    assert (all_of_it.height, all_of_it.width) == (40, 60)
