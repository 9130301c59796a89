# SPDX-License-Identifier: Apache-2.0
"""An MR whose picture is wrapped around: what its front border cuts off a face shows behind the head again.

The encoding of phase knows positions only up to the width of the picture. So what lies beyond one border is seen at
the opposite one, and both show the same section there: a nose behind the occiput is still this nose.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.distance import Mask
from SlicerDeidLib.pixels.head.face import Frame
from SlicerDeidLib.pixels.head.lookagain import CHIN_MM

ALONG = 0.7  # cosine: the axis of the picture that goes from front to back
NOSE_CM2 = 1.0  # cm2 of one border: the tip of a nose has more, 2 mm behind its front
ALIKE = 0.5  # Dice of the sections at two borders: a wrapped picture goes on, a nose and an occiput are not alike
SPECK = np.ones((2, 2), dtype=np.bool_)  # voxels: what is smaller is noise


def check_wrapped(volume: Volume, keep: Mask, threshold: float, frame: Frame) -> None:
    """Refuse an MR of which a part of the face is kept behind the head, since it touches it there.

    Parameters
    ----------
    keep : (k, j, i) bool
        The mask without padding.
    threshold : float
        Signal between air and tissue.

    Raises
    ------
    PixelError
        When the borders before and behind the head show the same tissue above the chin, and the mask keeps it.
    """
    steps = (
        (volume.positions[-1] - volume.positions[0]) / max(1, len(volume.positions) - 1),
        volume.j_step,
        volume.i_step,
    )
    for axis, step in enumerate(steps):
        length = float(np.linalg.norm(step))
        if not length or abs(float(frame.axes[1] @ step)) < ALONG * length:
            continue
        first, last = (_tissue(volume, axis, at, threshold) & _at_face(volume, axis, at, frame) for at in (0, -1))
        others = [float(np.linalg.norm(other)) for number, other in enumerate(steps) if number != axis]
        alike = 2.0 * (first & last).sum() >= ALIKE * (first.sum() + last.sum())
        shown = first & last & (np.take(keep, 0, axis) | np.take(keep, -1, axis))
        shown_cm2 = float(shown.sum()) * others[0] * others[1] / 100.0
        if alike and shown_cm2 >= NOSE_CM2:
            raise PixelError(
                f"the picture is wrapped around: {shown_cm2:.0f} cm2 of the face that its front border cuts show again "
                "at its back border, where they touch the head and would stay"
            )


def _tissue(volume: Volume, axis: int, at: int, threshold: float) -> Mask:
    """Return what is tissue on the first or the last plane along an axis."""
    plane = np.take(volume.stored, at, axis=axis).astype(np.float32)
    scale = (
        (volume.slope[at], volume.intercept[at]) if axis == 0 else (volume.slope[:, None], volume.intercept[:, None])
    )
    tissue: Mask = ndimage.binary_opening(plane * scale[0] + scale[1] > threshold, SPECK)
    return tissue


def _at_face(volume: Volume, axis: int, at: int, frame: Frame) -> Mask:
    """Return which places of such a plane lie between the top of the head and the chin: shoulders fill the picture."""
    steps: list[NDArray[np.float64]] = [volume.positions, volume.j_step, volume.i_step]
    _, rows, columns = volume.shape
    places = [steps[0], np.arange(rows)[:, None] * steps[1], np.arange(columns)[:, None] * steps[2]]
    chosen = places.pop(axis)[at]
    points = places[0][:, None] + places[1][None] + chosen
    is_face: Mask = frame.below(points.astype(np.float32)) < CHIN_MM * frame.scale
    return is_face
