# SPDX-License-Identifier: Apache-2.0
"""Images in which text lies beside the pixels: overlay planes, spare bits, curves and an icon; what a run leaves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import SlicerDeidLib as deid
from ctseries import make_patient
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from SlicerDeidLib.model.policy import DefacePolicy, TextPolicy

SIZE = 64
KEY = b"planes" * 6  # of these runs alone
OVERLAY_BIT = 15  # of 16, above the stored ones
GROUPS = ("overlay", "curve", "icon", "spare bits")


def plant(image: Dataset, _k: int) -> None:
    """Put text beside the pixels of a CT slice of 12 bits, each way that the standard has or had."""
    stored = np.frombuffer(image.PixelData, np.int16).clip(-1024, 2047).astype(np.int32) & 0x0FFF
    written = np.zeros((SIZE, SIZE), dtype=np.int32)
    written[20:40, 10:50:3] = 1
    image.BitsStored, image.HighBit, image.PixelRepresentation = 12, 11, 1
    image.PixelData = (stored.reshape(SIZE, SIZE) | written << OVERLAY_BIT).astype(np.uint16).tobytes()
    _overlay(image, 0x6000, 1, 0)
    image.add_new(0x60003000, "OW", np.packbits(written.astype(np.uint8), bitorder="little").tobytes())
    _overlay(image, 0x6002, 16, OVERLAY_BIT)
    image.add_new(0x50000005, "US", 1)
    image.add_new(0x50003000, "OW", b"\x01\x02" * 8)
    icon = Dataset()
    icon.Rows = icon.Columns = 16
    icon.SamplesPerPixel, icon.PhotometricInterpretation = 1, "MONOCHROME2"
    icon.BitsAllocated, icon.BitsStored, icon.HighBit, icon.PixelRepresentation = 8, 8, 7, 0
    icon.PixelData = b"\x80" * 256
    image.IconImageSequence = Sequence([icon])


def _overlay(image: Dataset, group: int, bits: int, place: int) -> None:
    elements: dict[int, tuple[str, Any]] = {
        0x0010: ("US", SIZE),
        0x0011: ("US", SIZE),
        0x0040: ("CS", "G"),
        0x0050: ("SS", [1, 1]),
        0x0100: ("US", bits),
        0x0102: ("US", place),
    }
    for element, (vr, value) in elements.items():
        image.add_new(group << 16 | element, vr, value)


def planes_left(folder: Path) -> tuple[int, int]:
    """Run the main job on images with such planes; return how many are left, and how many were planted."""
    paths = make_patient(folder / "in", "CASE-1", slices=4, size=SIZE, change=plant)
    policy = replace(deid.read_policy("research"), deface=DefacePolicy("none"), text=TextPolicy("off"))
    plan = deid.plan(deid.discover(folder / "in"), policy, None, key=KEY, private=folder / "private")
    deid.run(plan, folder / "out", executor=deid.serial)
    released = [pydicom.dcmread(path) for path in sorted((folder / "out").rglob("*.dcm"))]
    if len(released) != len(paths):
        raise RuntimeError("the images with hidden planes were not released")
    return sum(_left(image) for image in released), len(paths) * len(GROUPS)


def _left(image: Dataset) -> int:
    """Count the ways in which text can still lie beside the pixels."""
    groups = {element.tag.group >> 8 for element in image}
    spare = np.frombuffer(image.PixelData, np.uint16) >> image.BitsStored
    extended = (np.frombuffer(image.PixelData, np.int16) < 0) & (spare == (1 << 16 - image.BitsStored) - 1)
    return (0x60 in groups) + (0x50 in groups) + ("IconImageSequence" in image) + bool((spare[~extended] != 0).any())
