# SPDX-License-Identifier: Apache-2.0
"""What is missing of a skull-strip engine that a plan needs: said before anything is written."""

from __future__ import annotations

from collections.abc import Iterable

from SlicerDeidLib.errors import EngineMissing
from SlicerDeidLib.model.plan import Problem, SeriesPlan, Verdict
from SlicerDeidLib.model.policy import DefacePolicy
from SlicerDeidLib.model.stripping import OWN
from SlicerDeidLib.pixels.head.stripengines import weights_of
from SlicerDeidLib.planning.verdicts import SKULL_STRIP


def strip_problems(series_plans: Iterable[SeriesPlan], deface: DefacePolicy) -> list[Problem]:
    """Return what must be installed before the series can be stripped."""
    is_asked = any(one.verdict is Verdict.RELEASE and one.deface == SKULL_STRIP for one in series_plans)
    if deface.engine == OWN or not is_asked:
        return []
    try:
        weights_of(deface.engine, no_csf=deface.no_csf)
    except EngineMissing as missing:
        reason = missing.reason
        return [Problem("error", "--skullstrip-engine", f"{reason[:1].upper()}{reason[1:]}.")]
    return []
