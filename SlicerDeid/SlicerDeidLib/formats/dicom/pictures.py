# SPDX-License-Identifier: Apache-2.0
"""Stored values of any photometric interpretation as they are seen; to be looked at, never written."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.formats.dicom.file import DicomFile
from SlicerDeidLib.formats.dicom.layout import layout_of
from SlicerDeidLib.model.element import Elements

_PALETTES = ((0x00281101, 0x00281201), (0x00281102, 0x00281202), (0x00281103, 0x00281203))  # red, green, blue
_PALETTE_COLOR = "PALETTE COLOR"
_BYTE, _WORD = 255.0, 65535.0
_WIDEST = 1e300  # between low and high: double precision ends at 1.8e308
_TAILS_PERCENT = (0.1, 99.9)  # of floating point numbers: beyond them lies what a division by nearly nothing gave
# PS3.3 C.7.6.3.1.2: YBR_FULL to red, green, blue
_FROM_YBR = np.array([[1.0, 0.0, 1.402], [1.0, -0.344136, -0.714136], [1.0, 1.772, 0.0]], dtype=np.float32)


def is_palette(file: DicomFile) -> bool:
    """Say whether stored values are places in a palette."""
    return layout_of(file).photometric == _PALETTE_COLOR


def as_seen(file: DicomFile, frame: NDArray[Any]) -> NDArray[Any]:
    """Return one frame as it is meant to be seen: colours as red, green and blue, grey values as they are stored.

    Floating point numbers become 16-bit grey, dark where they are no numbers.

    Parameters
    ----------
    frame : (row, column) or (row, column, sample) array
        Stored values, as ``decode`` returns them.

    Returns
    -------
    (row, column) array or (row, column, 3) uint8

    Raises
    ------
    PixelError
        If a palette is missing, segmented or too short, or floating point numbers lie too far apart.
    """
    layout = layout_of(file)
    if layout.photometric == _PALETTE_COLOR:
        return _with_palette(file, frame)
    if layout.is_float:
        return _as_grey(frame)
    if frame.ndim == 3:
        return _as_rgb(frame[..., :3], layout.photometric, layout.stored_range[1])
    return frame


def _as_grey(frame: NDArray[Any]) -> NDArray[np.uint16]:
    """Return floating point numbers as grey, from nearly the lowest to nearly the highest beside their ground."""
    is_number = np.isfinite(frame)
    values, counts = np.unique(frame[is_number], return_counts=True)
    if not len(values):
        return np.zeros(frame.shape, np.uint16)
    measured = frame[is_number & (frame != values[np.argmax(counts)])]
    low, high = np.percentile(measured if len(measured) else values, _TAILS_PERCENT).astype(np.float64)
    if not high - low < _WIDEST:
        raise PixelError("the values of the pixels lie too far apart to be looked at")
    filled = np.where(is_number, frame, low).astype(np.float64)
    scaled = (np.clip(filled, low, high) - low) / (high - low or 1.0)
    grey: NDArray[np.uint16] = np.rint(scaled * _WORD).astype(np.uint16)
    return grey


def _as_rgb(frame: NDArray[Any], photometric: str, largest: int) -> NDArray[np.uint8]:
    """Return a colour frame as red, green and blue; unknown models as they are."""
    values = frame.astype(np.float32) * np.float32(_BYTE / largest)
    if photometric.startswith("YBR_FULL"):
        values = (values - np.array([0.0, 128.0, 128.0], np.float32)) @ _FROM_YBR.T
    colours: NDArray[np.uint8] = np.rint(np.clip(values, 0.0, _BYTE)).astype(np.uint8)
    return colours


def _with_palette(file: DicomFile, frame: NDArray[Any]) -> NDArray[np.uint8]:
    """Look the colours of a frame up in its palette (PS3.3 C.7.6.3.1.5)."""
    channels = []
    for descriptor, data in _PALETTES:
        first, table = _palette(file.dataset, descriptor, data, file.byte_order)
        places = np.clip(frame.astype(np.int64) - first, 0, len(table) - 1)
        channels.append(table[places])
    return np.stack(channels, axis=-1)


def _palette(dataset: Elements, descriptor: int, data: int, byte_order: str) -> tuple[int, NDArray[np.uint8]]:
    """Return the first value that is mapped, and 8-bit intensities.

    Raises
    ------
    PixelError
        If the table is missing, segmented or too short.
    """
    order = ">" if byte_order == "big" else "<"
    if descriptor not in dataset or data not in dataset:
        raise PixelError("the palette is missing or in segments, so the picture cannot be looked at")
    entries, first, bits = np.frombuffer(bytes(dataset[descriptor].value)[:6], order + "u2").tolist()
    entries = entries or 1 << 16
    raw = bytes(dataset[data].value)
    if len(raw) >= 2 * entries:
        table = np.frombuffer(raw, order + "u2")[:entries]
        shift = 8 if bits > 8 and int(table.max(initial=0)) > _BYTE else 0
        return first, (table >> shift).astype(np.uint8)
    if len(raw) >= entries:
        return first, np.frombuffer(raw, np.uint8)[:entries]
    raise PixelError("the palette is shorter than it says, so the picture cannot be looked at")
