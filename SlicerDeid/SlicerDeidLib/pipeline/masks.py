# SPDX-License-Identifier: Apache-2.0
"""The masks of one head that its series share: files of the private folder, which show it as it is released."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

from SlicerDeidLib.errors import SeriesRefused
from SlicerDeidLib.output.staging import disk_error, write_all

if TYPE_CHECKING:
    from SlicerDeidLib.pixels.head.shared import SharedMask

FOLDER = "heads"
_SUFFIX = ".npz"
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600
TOGETHER = 0
"""What stands for the number of a series where a mask was found in several of them together."""
SHOWN_ML = 1.0  # ml that released series still show: a nostril has more; series of one head differed by 0.1 at most


Source = Path | bytes


@dataclass(frozen=True, slots=True)
class HeadMasks:
    """What the other series of a head tell a series.

    Attributes
    ----------
    others : dict of int to Path or bytes
        Number of a series, or ``TOGETHER`` -> its mask, or the file of it.
    silent : tuple of int
        Numbers of series of the head in which no plausible mask was found.
    own : Path, bytes or None
        The mask of the series itself.
    released : frozenset of int
        Numbers of series that were released before and do not change any more.
    borrows : bool
        Whether the series shows too little of a head by itself.
    is_turned : bool
        Whether it is a reformat, in which no head is found by itself: where its slices ended it shows air.
    laid : int or None
        Number of the series in another frame of reference whose mask was to be laid upon it.
    refusal : str
        Why that could not be done safely; else empty.
    """

    others: Mapping[int, Source] = field(default_factory=dict)
    silent: tuple[int, ...] = ()
    own: Source | None = None
    released: frozenset[int] = frozenset()
    borrows: bool = False
    is_turned: bool = False
    laid: int | None = None
    refusal: str = ""

    def read(self) -> list[SharedMask]:
        """Read the masks of the others."""
        return read_masks(self.others.values())

    def read_own(self) -> SharedMask:
        """Read the series' own mask, which it must have."""
        assert self.own is not None
        return read_masks([self.own])[0]

    def read_released(self) -> list[SharedMask]:
        """Read the masks of those that were released before."""
        return read_masks(source for number, source in self.others.items() if number in self.released)

    def findings(self, measures: Mapping[str, float]) -> list[str]:
        """Say what a person must know of where a mask comes from."""
        several = "; one was found in several series together" if 0 in self.others else ""
        others = ", ".join(str(number) for number in self.others if number)
        findings = []
        if measures.get("is_borrowed") and self.laid is not None:
            findings.append(
                f"its mask comes from series {self.laid}, which lies in another frame of reference and was laid upon it"
            )
        elif measures.get("is_borrowed"):
            findings.append(f"its mask comes from other series of the same head (series {others}{several})")
        if self.silent and "joined_series" in measures:
            silent = ", ".join(map(str, self.silent))
            findings.append(f"no plausible mask was found in series {silent} of the same head by itself")
        if measures.get("elsewhere_series"):
            findings.append(
                "the head lies elsewhere in another series of its frame of reference: each has its own mask"
            )
        if measures.get("still_shown_ml", 0.0) > SHOWN_ML:
            findings.append(
                f"it loses {measures['still_shown_ml']:.0f} ml that series of the same head, released before, still "
                "show: do these again with --overwrite"
            )
        return findings


NO_MASKS = HeadMasks()


class MaskStore:
    """Masks by name: files of the private folder; where nothing is to be written, new ones stay in memory."""

    def __init__(self, private: Path | None, *, is_read_only: bool = False) -> None:
        self._folder = None if private is None else private / FOLDER
        self._is_read_only = is_read_only
        self._memory: dict[str, bytes] = {}

    def has(self, name: str) -> bool:
        """Tell whether there is a mask of that name."""
        return self.get(name) is not None

    def get(self, name: str) -> Source | None:
        """Return a mask or its file."""
        if name in self._memory:
            return self._memory[name]
        path = None if self._folder is None else self._folder / f"{name}{_SUFFIX}"
        return path if path is not None and path.exists() else None

    def stored(self, prefix: str) -> dict[int, Path]:
        """Return the files of a head by the number of their series."""
        if self._folder is None:
            return {}
        paths = sorted(self._folder.glob(f"{prefix}*{_SUFFIX}"))
        return {int(path.name.removeprefix(prefix).split("-")[0]): path for path in paths}

    def put(self, name: str, mask: bytes) -> None:
        """Keep a mask.

        Raises
        ------
        DiskError
            If the private folder cannot be written.
        """
        if self._is_read_only or self._folder is None:
            self._memory[name] = mask
            return
        path = self._folder / f"{name}{_SUFFIX}"
        try:
            self._folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)  # never the private folder itself
            fresh = path.with_suffix(".new")
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _FILE_MODE)
            try:
                write_all(descriptor, mask)
            finally:
                os.close(descriptor)
            fresh.replace(path)
        except OSError as error:
            raise disk_error(error, "private") from error

    def clear(self, heads: Collection[str] | None = None) -> None:
        """Forget the masks of some heads (None: of all), when all that was released with them is taken back."""
        if self._folder is not None:
            for path in self._folder.glob(f"*{_SUFFIX}"):
                if heads is None or path.name.split("-")[0] in heads:
                    path.unlink(missing_ok=True)


def read_masks(sources: Iterable[Source]) -> list[SharedMask]:
    """Read masks.

    Raises
    ------
    SeriesRefused
        If one cannot be read: without it the series could keep what others lost.
    """
    from SlicerDeidLib.pixels.head.shared import unpacked

    try:
        return [unpacked(s if isinstance(s, bytes) else s.read_bytes()) for s in sources]
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise SeriesRefused(
            "the mask of another series of the same head, in the private folder, cannot be read; delete the folder "
            "'heads' there and run again"
        ) from error
