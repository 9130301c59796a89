# SPDX-License-Identifier: Apache-2.0
"""Skull-strip engines behind one door: a head on a 1 mm grid in, its brain out; what each needs, and where that lies.

An engine is an optional package with weights that the user installs; whoever asks for one that is not there is told
what to install. Nothing is downloaded, and to ask what is missing imports none.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import EngineMissing, PixelError

if TYPE_CHECKING:  # which would load scipy to say what is missing
    from SlicerDeidLib.pixels.grid import Sampled


@dataclass(frozen=True, slots=True, eq=False)
class Brain:
    """What an engine found.

    Attributes
    ----------
    inside : (z, y, x) bool
        The brain on the grid that was given.
    engine : str
        Name and version of engine and weights, in words.
    """

    inside: NDArray[np.bool_]
    engine: str


class BrainFinder(Protocol):
    """How an engine is called."""

    def __call__(self, sampled: Sampled, weights: Path) -> Brain:
        """Find the brain of a head on a 1 mm grid (z up, y back, x left), the air around it cut short."""


@dataclass(frozen=True, slots=True)
class _Needs:
    """What an engine needs.

    Attributes
    ----------
    packages : tuple of str
        Modules that must be there.
    extra : str
        What pip is asked for.
    variable : str
        Environment variable that names the folder of the weights.
    usual : callable
        Where an installation keeps them when the variable is not set; None where nothing says so.
    files : callable
        What must lie in that folder, the weights first, for a model with or without fluid.
    places, source : str
        In words: where they are looked for, and where they come from.
    """

    packages: tuple[str, ...]
    extra: str
    variable: str
    usual: Callable[[], Path | None]
    files: Callable[[bool], tuple[str, ...]]
    places: str
    source: str


def weights_of(engine: str, *, no_csf: bool = False) -> Path:
    """Return the file that an engine's weights are read from; imports none of its packages.

    Raises
    ------
    EngineMissing
        When a package or the weights are missing; the sentence says what to do.
    PixelError
        When there is no engine of that name.
    """
    if engine not in _NEEDS:
        raise PixelError(f"there is no skull-strip engine {engine!r}; there is {', '.join(_NEEDS)}")
    needs = _NEEDS[engine]
    absent = [package for package in needs.packages if importlib.util.find_spec(package) is None]
    if absent:
        are = "package {}, which is not" if len(absent) == 1 else "packages {}, which are not"
        raise EngineMissing(
            f"the skull-strip engine {engine} needs the {are.format(' and '.join(absent))} installed; "
            f"get what it needs with: pip install slicerdeid[{needs.extra}]"
        )
    named = os.environ.get(needs.variable, "")
    folder = Path(named) if named else needs.usual()
    files = needs.files(no_csf)
    if folder is None or not all((folder / file).is_file() for file in files):
        raise EngineMissing(
            f"the weights of the skull-strip engine {engine} ({', '.join(files)}) are not in {needs.places}; get them "
            f"from {needs.source} and name their folder in the environment variable {needs.variable}"
        )
    return folder / files[0]


def _freesurfer() -> Path | None:
    """Return where FreeSurfer keeps its models."""
    home = os.environ.get("FREESURFER_HOME", "")
    return Path(home) / "models" if home else None


_NEEDS = {
    "synthstrip": _Needs(
        packages=("torch",),
        extra="synthstrip",
        variable="SLICERDEID_SYNTHSTRIP",
        usual=_freesurfer,
        files=lambda no_csf: ("synthstrip.nocsf.1.pt",) if no_csf else ("synthstrip.1.pt",),
        places="$SLICERDEID_SYNTHSTRIP or $FREESURFER_HOME/models",
        source="FreeSurfer (surfer.nmr.mgh.harvard.edu/docs/synthstrip)",
    ),
    "hd-bet": _Needs(
        packages=("torch", "nnunetv2"),
        extra="hd-bet",
        variable="SLICERDEID_HDBET",
        usual=lambda: Path.home() / "hd-bet_params" / "release_2.0.0",  # HD_BET/paths.py of version 2.0.1
        files=lambda _: ("fold_all/checkpoint_final.pth", "plans.json", "dataset.json"),
        places="$SLICERDEID_HDBET or where hd-bet puts them (hd-bet_params/release_2.0.0 in the home folder)",
        source="HD-BET (github.com/MIC-DKFZ/HD-BET), which its command hd-bet does,",
    ),
}
