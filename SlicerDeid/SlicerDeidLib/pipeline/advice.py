# SPDX-License-Identifier: Apache-2.0
"""What is left to do with a head that a method refused: only ways that exist where it was asked, and were tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.methods import FACELESS, PEELING
from SlicerDeidLib.model.policy import DefacePolicy
from SlicerDeidLib.model.stripping import OWN

TRIED = {"skullstrip": ("surface+face", "face"), "surface+face": ("face",), "surface": ("face",)}
"""Method -> those that may work where it does not, what takes more away first."""


@dataclass(frozen=True, slots=True)
class Ways:
    """What a user of one door can do, in its words.

    Attributes
    ----------
    method : str
        How another method is asked for; ``{}`` stands for its name.
    out : str
        How nothing is released.
    undefaced : str
        How it is released with its face; empty where there is no such way.
    has_settings : bool
        Whether the settings of a method, such as its engine, can be chosen too.
    """

    method: str
    out: str
    undefaced: str = ""
    has_settings: bool = True

    def left(self, deface: DefacePolicy) -> str:
        """Say what is left where no method works."""
        return self.out + ("" if deface.is_required else self.undefaced)


SERIES = Ways(
    "choose --deface {}",
    "leave the series out",
    ", or release it recognisable, under controlled access only, with --deface none by name",
)
"""Of a run."""
IMAGE = Ways("choose the method {}", "leave this image out")
"""Of a single file."""
VOLUME = Ways("choose the method {}", "do not share this volume", has_settings=False)
"""Of a volume in memory, which nothing releases."""


def advice(
    refused: PixelError, deface: DefacePolicy, unit: str, ways: Ways, find: Callable[[DefacePolicy], object]
) -> str:
    """Say what to do about a refusal.

    Parameters
    ----------
    deface : DefacePolicy
        What was asked for, its method named.
    unit : str
        Of the volume: in MR no skin is peeled.
    find : callable
        Finds what another method would keep; with what is known of the head already that costs one mask.
    """
    own = [refused.way] if refused.way and ways.has_settings else []
    for method in TRIED.get(deface.method, ()):
        if (method in PEELING and not unit) or (deface.is_required and method not in FACELESS):
            continue
        try:
            find(replace(deface, method=method, engine=OWN, no_csf=False))
        except PixelError:
            continue
        return ", or ".join([*own, ways.method.format(method)])
    return ", or ".join(own) or ways.left(deface)
