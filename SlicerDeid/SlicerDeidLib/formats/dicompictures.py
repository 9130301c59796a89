# SPDX-License-Identifier: Apache-2.0
"""Stored values to 8-bit pictures of any photometric interpretation, to be looked at; never written."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.formats.dicomfile import DicomFile
from SlicerDeidLib.formats.dicomlayout import layout_of
from SlicerDeidLib.model.element import Elements

_PALETTES = ((0x00281101, 0x00281201), (0x00281102, 0x00281202), (0x00281103, 0x00281203))  # red, green, blue
_PALETTE_COLOR = "PALETTE COLOR"
_BYTE = 255.0
_TAILS_PERCENT = (0.5, 99.5)  # of the values of a frame: between them lies what a viewer would show
# PS3.3 C.7.6.3.1.2: YBR_FULL to red, green, blue
_FROM_YBR = np.array([[1.0, 0.0, 1.402], [1.0, -0.344136, -0.714136], [1.0, 1.772, 0.0]], dtype=np.float32)


def is_palette(file: DicomFile) -> bool:
    """Say whether stored values are places in a palette."""
    return layout_of(file).photometric == _PALETTE_COLOR


def pictures_of(file: DicomFile, frame: NDArray[Any]) -> list[NDArray[np.uint8]]:
    """Return one frame as a person would see it, in the views in which text can show.

    Parameters
    ----------
    frame : (row, column) or (row, column, sample) array
        Stored values, as ``decode`` returns them.

    Returns
    -------
    list of (row, column) or (row, column, 3) uint8
        One picture; two, usual contrast and whole range, where values have more than 8 bits.
    """
    layout = layout_of(file)
    if layout.photometric == _PALETTE_COLOR:
        return [_with_palette(file, frame)]
    if frame.ndim == 3:
        return [_as_rgb(frame[..., :3], layout.photometric, layout.stored_range[1])]
    low, high = float(frame.min()), float(frame.max())
    if layout.bits_stored <= 8:
        return [_scaled(frame, *layout.stored_range)]
    usual = tuple(float(value) for value in np.percentile(frame, _TAILS_PERCENT))
    views = [_scaled(frame, usual[0], usual[1])]
    if usual != (low, high):
        views.append(_scaled(frame, low, high))
    return views


def _scaled(values: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Return values between ``low`` and ``high`` as 0 to 255."""
    scaled = (values.astype(np.float32) - low) * np.float32(_BYTE / max(high - low, 1e-6))
    picture: NDArray[np.uint8] = np.rint(np.clip(scaled, 0.0, _BYTE)).astype(np.uint8)
    return picture


def _as_rgb(frame: NDArray[Any], photometric: str, largest: int) -> NDArray[np.uint8]:
    """Return a colour frame as red, green and blue; unknown models as they are."""
    values = frame.astype(np.float32) * np.float32(_BYTE / largest)
    if photometric.startswith("YBR_FULL"):
        values = (values - np.array([0.0, 128.0, 128.0], np.float32)) @ _FROM_YBR.T
    return _scaled(values, 0.0, _BYTE)


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
