# SPDX-License-Identifier: Apache-2.0
"""Skull-strip engines as the user chooses among them: their names, and what each can be asked for."""

from __future__ import annotations

from dataclasses import dataclass

from SlicerDeidLib.errors import PolicyError

OWN = "own"
"""The engine that comes with the program."""


@dataclass(frozen=True, slots=True)
class StripEngine:
    """One engine.

    Attributes
    ----------
    title : str
        What its authors call it.
    in_ct : bool
        Whether it knows CT.
    has_no_csf : bool
        Whether it can leave out the fluid between brain and skull.
    """

    title: str
    in_ct: bool
    has_no_csf: bool = False


STRIP_ENGINES = {
    OWN: StripEngine("SlicerDeid", in_ct=True),
    "synthstrip": StripEngine("SynthStrip", in_ct=True, has_no_csf=True),
    "hd-bet": StripEngine("HD-BET", in_ct=False),
}
"""Name -> engine; which of them an image can be given to, its SOP class says (dispositions.toml)."""


def check_engine(name: str, *, no_csf: bool) -> None:
    """Refuse an engine that there is not, or that cannot do what is asked of it.

    Raises
    ------
    PolicyError
        As above.
    """
    if name not in STRIP_ENGINES:
        raise PolicyError(f"There is no skull-strip engine '{name}'; choose {', '.join(STRIP_ENGINES)}.")
    if no_csf and not STRIP_ENGINES[name].has_no_csf:
        able = " or ".join(other for other, engine in STRIP_ENGINES.items() if engine.has_no_csf)
        raise PolicyError(
            f"The skull-strip engine '{name}' cannot tell the fluid around the brain from the brain, so it cannot "
            f"leave it out; choose the engine {able}, or do without --no-csf."
        )
