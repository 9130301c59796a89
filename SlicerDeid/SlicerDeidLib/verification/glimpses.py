# SPDX-License-Identifier: Apache-2.0
"""Glimpses: a few stored values of each image, by which those that can be its original are found among many."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import FormatError
from SlicerDeidLib.verification.pixels import differs, stored_values
from SlicerDeidLib.verification.reading import read

SAMPLES = 512  # stored values of one image, a few KB: all of an archive are remembered
FEW = 8  # images that are compared whole without a glimpse
_DOUBT = 8  # stored values, of which none says much: an image that differs in so many more may be the one all the same

Key = TypeVar("Key")


class Glimpses:
    """Remembers stored values at fixed places of images; each is decoded once, however often it is asked about."""

    def __init__(self) -> None:
        self._places = np.random.default_rng(SAMPLES).random(SAMPLES)  # fractions of an image's size, always the same
        self._seen: dict[Path, tuple[tuple[int, ...], NDArray[Any]] | None] = {}

    def nearest(self, path: Path, others: Mapping[Key, Path | None]) -> list[Key]:
        """Return which of ``others`` can be an image's original: none of the rest differs less than twice as much.

        Where little was changed these are few; where much was, it may be all of them.
        """
        if len(others) <= FEW:
            return list(others)
        unlike = {key: self._difference(path, other) for key, other in others.items()}
        most = 2 * min(unlike.values()) + _DOUBT
        return [key for key, difference in unlike.items() if difference <= most]

    def _difference(self, path: Path, other: Path | None) -> int:
        """Return how many stored values differ; all where one of the two cannot be decoded."""
        one, two = self._glimpse(path), self._glimpse(other) if other is not None else None
        if one is None or two is None or one[0] != two[0]:
            return SAMPLES
        return int(np.count_nonzero(differs(one[1], two[1])))

    def _glimpse(self, path: Path) -> tuple[tuple[int, ...], NDArray[Any]] | None:
        """Return shape and stored values of an image."""
        if path not in self._seen:
            try:
                values = stored_values(read(path))
                where = (self._places * values.size).astype(np.intp)
                self._seen[path] = (values.shape, values.reshape(-1)[where]) if values.size else None
            except FormatError:
                self._seen[path] = None
        return self._seen[path]
