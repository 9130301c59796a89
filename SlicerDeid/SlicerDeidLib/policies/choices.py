# SPDX-License-Identifier: Apache-2.0
"""What a user chose for one run, put over a policy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from SlicerDeidLib.model.policy import Policy
from SlicerDeidLib.model.regions import RegionRule


def with_choices(
    policy: Policy,
    *,
    deface: str | None = None,
    depth_mm: float | None = None,
    air_value: float | None = None,
    engine: str | None = None,
    no_csf: bool = False,
    face_protocols: str | None = None,
    text: str | None = None,
    text_keep: str | None = None,
    regions: Iterable[RegionRule] = (),
    keep_free_text: bool = True,
    keep_time_of_day: bool = False,
    keep_image_type: bool = False,
) -> Policy:
    """Return the policy with what was chosen over it; None leaves what the policy says.

    Parameters
    ----------
    deface, engine, text, text_keep : str, optional
        As in ``DefacePolicy`` and ``TextPolicy``.
    no_csf : bool
        True: also where the policy would not; see ``DefacePolicy``.
    face_protocols : str, optional
        One of ``FACE_ANSWERS``.
    regions : iterable of RegionRule
        Rectangles that are filled whatever is written there.
    keep_free_text : bool
        False: prose goes as a whole, also where the policy would clean it.
    keep_time_of_day, keep_image_type : bool
        True: also where the policy would not.

    Raises
    ------
    PolicyError
        As ``DefacePolicy``, ``TextPolicy`` and ``Policy`` say.
    """
    over_deface: dict[str, Any] = {"method": deface, "depth_mm": depth_mm, "air_value": air_value, "engine": engine}
    over_deface["no_csf"] = no_csf or None
    over_text: dict[str, Any] = {"mode": text, "keep": text_keep, "regions": tuple(regions) or None}
    return replace(
        policy,
        deface=replace(policy.deface, **{name: value for name, value in over_deface.items() if value is not None}),
        text=replace(policy.text, **{name: value for name, value in over_text.items() if value is not None}),
        face_protocols=face_protocols or policy.face_protocols,
        keep_free_text=policy.keep_free_text and keep_free_text,
        keep_time_of_day=policy.keep_time_of_day or keep_time_of_day,
        keep_image_type=policy.keep_image_type or keep_image_type,
    )
