# SPDX-License-Identifier: Apache-2.0
"""What happens to every SOP class: released, left out or refused, and which pixel steps exist for it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from SlicerDeidLib.model.policy import Disposition, StructureWords

SOURCE = "dispositions.toml"
TEXT_KEEPS = ("nothing", "harmless")


@cache
def dispositions() -> Mapping[str, Disposition]:
    """Return SOP Class UID -> disposition; a class that is not in it is left out."""
    found: dict[str, Disposition] = {}
    for group in _groups():
        for uid, name in group["classes"].items():
            found[uid] = Disposition(
                sop_class_uid=uid,
                name=name,
                verdict=group["verdict"],
                deface=tuple(group.get("deface", ())),
                text=tuple(group.get("text", ())),
                frames=group.get("frames", False),
                stacks=group.get("stacks", False),
                automatic=group.get("automatic", "surface+face"),
                engines=tuple(group.get("engines", ())),
                faceless=group.get("faceless", False),
                text_keep=group.get("text_keep", "nothing"),
                objects=group.get("objects", "images"),
                has_structures=group.get("structures", False),
                pixels=group.get("pixels", False),
                regions=group.get("regions", False),
                reason=group.get("reason", ""),
                source=SOURCE,
            )
    return MappingProxyType(found)


def deface_methods() -> tuple[str, ...]:
    """Return the defacing methods that exist for any SOP class."""
    return tuple(dict.fromkeys(method for group in _groups() for method in group.get("deface", ())))


def text_modes() -> tuple[str, ...]:
    """Return the text modes that exist for any SOP class."""
    return tuple(dict.fromkeys(mode for group in _groups() for mode in group.get("text", ())))


def groups() -> tuple[tuple[str, str, str, int], ...]:
    """Return the table as it is grouped: title, verdict, reason, number of SOP classes."""
    return tuple((g["title"], g["verdict"], g.get("reason", ""), len(g["classes"])) for g in _groups())


@cache
def inner_structures() -> StructureWords:
    """Return the words of names of structures inside the body, and of what may stand beside them."""
    table = _table("structures.toml")
    return StructureWords(frozenset(table["names"].split()), frozenset(table["beside"].split()))


@cache
def _groups() -> list[dict[str, Any]]:
    """Read the groups of SOP classes."""
    groups: list[dict[str, Any]] = _table(SOURCE)["group"]
    return groups


def _table(name: str) -> dict[str, Any]:
    """Read a table of this package."""
    return tomllib.loads(resources.files(__package__).joinpath("data", name).read_text(encoding="utf-8"))
