# SPDX-License-Identifier: Apache-2.0
"""What replaces removed voxels, and which voxels are true padding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.volume import Volume

AIR_HU = -1000.0  # HU, by definition of the scale
PADDING_HU = -1100.0  # HU: real air never lies below; scanners clip it at -1024 or -1000 and pad with -1500 to -3024
CLIPPED_HU = -900.0  # HU: a declared padding value above it could be tissue or clipped air; it is not believed
STROKE_PX = 15  # pixels: strokes of letters are thinner, the field of view is wider
WORD_GAP_PX = 8  # pixels between letters and lines that are taken out together
EVEN = 1.02  # padding of one slice / padding common to all: the circle of the field of view is the same on all slices
RIM = 0.005  # of half the picture: the border of a circle is drawn in pixels


def stored_air(volume: Volume, air_value: float | None) -> NDArray[Any]:
    """Return the stored value of air for each slice, (k,) in the type of ``volume.stored``.

    Parameters
    ----------
    volume : Volume
        Rescaled slice by slice: one value in HU may be stored differently on each.
    air_value : float or None
        HU for CT, stored value otherwise; None is -1000 HU, or the nearest to it that can be stored up
        to -900 HU, and the smallest stored value for other images.

    Raises
    ------
    PixelError
        When the stored type cannot hold it.
    """
    low, high = volume.stored_range
    if volume.unit == "HU":
        exact = ((AIR_HU if air_value is None else air_value) - volume.intercept) / volume.slope
        if air_value is None:
            exact = _nearest_air(volume, exact)
    else:
        exact = np.full(len(volume.slope), float(max(low, 0)) if air_value is None else float(air_value))
    stored = exact if volume.stored.dtype.kind == "f" else np.rint(exact)
    if not np.isfinite(stored).all() or stored.min() < low or stored.max() > high:
        raise PixelError(
            f"the air value {AIR_HU if air_value is None else air_value:g} cannot be stored: this series holds stored "
            f"values from {low} to {high}; choose another air value"
        )
    return stored.astype(volume.stored.dtype)


def _nearest_air(volume: Volume, exact: NDArray[np.float64]) -> NDArray[np.float64]:
    """Move the default into what the type can hold, where that is still air; where it is not, leave it as it is."""
    nearest = exact.clip(*volume.stored_range)
    return np.where(nearest * volume.slope + volume.intercept <= CLIPPED_HU, nearest, exact)


def outside_as_air(volume: Volume, air_value: float | None) -> Callable[[int, Any], Any]:
    """Return what replaces text: air where it stood in the air around a head, otherwise what surrounded it.

    Returns
    -------
    callable
        Slice and stored value of the surroundings -> stored value.
    """
    air = stored_air(volume, air_value)

    def fill(k: int, value: Any) -> Any:
        around = float(value) * float(volume.slope[k]) + float(volume.intercept[k])
        return air[k] if volume.unit == "HU" and PADDING_HU <= around < CLIPPED_HU else value

    return fill


def fill_air(stored: NDArray[Any], keep: NDArray[np.bool_], air: NDArray[Any]) -> frozenset[int]:
    """Put each slice's ``air`` where ``keep`` is False, in place; return the slices that this changes."""
    changed = set()
    for k, (plane, kept, value) in enumerate(zip(stored, keep, air, strict=True)):
        lost = ~kept
        if (lost & (plane != value)).any():
            np.copyto(plane, value, where=lost)
            changed.add(k)
    return frozenset(changed)


def padding_mask(volume: Volume) -> NDArray[np.bool_]:
    """Return where a slice is padded outside the field of view, (j, i) bool, the same for all slices.

    A value is padding when it lies far below air, or is declared as padding and not above it; the declaration alone
    is not believed (seen: -2000 declared, -3024 real). Padding that follows the head must not stay, for it would
    draw the face's outline, as where a program took away the table: so only what is padding on every slice stays, and
    of that what lies outside a circle around the middle of the picture: the one that holds all else, or, where slices
    differ or the value is one that air is clipped to, the one inscribed in the image. Text in the padding goes. Values
    other than CT numbers do not tell air from tissue, so there no declaration is believed.
    """
    if volume.unit != "HU":
        return np.zeros(volume.shape[1:], dtype=np.bool_)
    common = np.ones(volume.shape[1:], dtype=np.bool_)
    far = np.ones_like(common)
    most = 0
    for k, stored in enumerate(volume.stored):
        below = ~volume.at_least(k, PADDING_HU)
        if below.any():  # padding is one value: what differs from it was drawn
            below &= stored == np.percentile(stored[below], 50, method="lower")
        far &= below
        most = max(most, int(np.count_nonzero(below)))
        common &= below | _declared(volume, k)
        if not common.any():
            return common
    is_even = most <= EVEN * far.sum()
    stays = (far & is_even & ~_circle_around(_thick(~far), RIM)) | (common & ~_inscribed(volume.shape[1:]))
    return _without_text(stays)


def field_of_view(volume: Volume, strokes: NDArray[np.bool_] | None = None) -> NDArray[np.bool_]:
    """Return the circle around the middle of the picture outside which all slices hold one value, (j, i) bool.

    Burned-in letters outside do not count: ``strokes`` where they are known, otherwise all that is thin.
    """
    varies = np.zeros(volume.shape[1:], dtype=np.bool_)
    for plane in volume.stored:
        varies |= plane != plane[0, 0]
    if strokes is None:
        varies = ndimage.uniform_filter(varies.astype(np.float32), size=STROKE_PX) > 0.5
    else:
        varies &= ~strokes
    return _circle_around(varies)


def _circle_around(mask: NDArray[np.bool_], rim: float = 0.0) -> NDArray[np.bool_]:
    """Return the circle around the middle of the picture that holds all of ``mask``, without a rim."""
    radius = _radius(mask.shape)
    within: NDArray[np.bool_] = radius <= (float(radius[mask].max()) - rim if mask.any() else 0.0)
    return within


def _radius(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the distance from the middle of the picture, 1 at the middle of its sides."""
    rows, columns = (np.linspace(-1.0, 1.0, size) for size in shape)
    radius: NDArray[np.float64] = np.hypot(rows[:, None], columns[None, :])
    return radius


def _thick(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return ``mask`` without what is as thin as strokes of letters."""
    opened: NDArray[np.bool_] = ndimage.maximum_filter(ndimage.minimum_filter(mask, STROKE_PX), STROKE_PX)
    return opened


def _without_text(padding: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Take whole words out of the padding: letters of air in padding could be read as well as before."""
    if not padding.any():
        return padding
    inside = ~padding
    words, _ = ndimage.label(ndimage.maximum_filter(inside & ~_thick(inside), 2 * WORD_GAP_PX + 1))
    for box in ndimage.find_objects(words):
        padding[box] = False
    return padding


def _declared(volume: Volume, k: int) -> NDArray[np.bool_]:
    """Where slice ``k`` holds a declared padding value that can be believed."""
    if volume.padding is None:
        return np.zeros(volume.shape[1:], dtype=np.bool_)
    low, high = volume.padding
    declared: NDArray[np.bool_] = (volume.stored[k] >= low) & (volume.stored[k] <= high)
    return declared & ~volume.at_least(k, CLIPPED_HU)


def _inscribed(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return the ellipse inscribed in the image: the largest field of view a scanner reconstructs."""
    inside: NDArray[np.bool_] = _radius(shape) <= 1.0
    return inside
