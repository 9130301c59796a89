# SPDX-License-Identifier: Apache-2.0
"""Structures of the head that a defacing method can take away, as measures, plans and reports call them."""

from __future__ import annotations

STRUCTURES = {
    "orbits": "orbits with eyes",
    "optic_nerves": "optic nerves within the orbits",
    "sinuses": "air of the paranasal sinuses",
    "teeth": "teeth with the bone that holds them",
    "mandible": "mandible without that",
    "ears": "ears without their roots",
    "neck": "soft tissue of neck and floor of the mouth",
}
"""Name in measures -> in words. ``orbits_ml`` is what is in view, ``orbits_removed_ml`` what of it was removed."""


def in_view(name: str) -> str:
    """Return the name of the measure of what is in view, ml."""
    return f"{name}_ml"


def removed(name: str) -> str:
    """Return the name of the measure of what was removed, ml."""
    return f"{name}_removed_ml"
