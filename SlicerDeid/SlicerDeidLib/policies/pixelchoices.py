# SPDX-License-Identifier: Apache-2.0
"""What a policy file chooses for pixels, [deface] and [text], and what of it nobody can do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from SlicerDeidLib.model.examination import FACE_ANSWERS
from SlicerDeidLib.model.stripping import OWN, STRIP_ENGINES
from SlicerDeidLib.policies.dispositions import TEXT_KEEPS, deface_methods, text_modes
from SlicerDeidLib.policies.ownrules import word_list
from SlicerDeidLib.policies.tomlfile import TomlFile, words

_FIELDS = {"required": "is_required"}
_DEEPEST_PEEL_MM = 50.0  # half the radius of a head: beyond it nothing would be left


def deface_choices(file: TomlFile) -> dict[str, Any]:
    """Return what [deface] chooses, by fields of ``DefacePolicy`` and ``face_protocols``.

    Raises
    ------
    PolicyError
        If it chooses what there is not.
    """
    table = file.table("deface", ("method", "depth_mm", "air_value", "required", "face_protocols", "engine", "no_csf"))
    for flag in ("required", "no_csf"):
        check_flag(file, table, flag, "deface")
    if table.get("engine", OWN) not in STRIP_ENGINES:
        file.fail(f"'engine' must be one of {words(tuple(STRIP_ENGINES))}.", "engine", "deface")
    if table.get("face_protocols", FACE_ANSWERS[0]) not in FACE_ANSWERS:
        file.fail(f"'face_protocols' must be one of {words(FACE_ANSWERS)}.", "face_protocols", "deface")
    if "method" in table and table["method"] not in deface_methods():
        file.fail(f"'method' must be one of {words(deface_methods())}.", "method", "deface")
    if "depth_mm" in table and not (_is_number(table["depth_mm"]) and 0 < table["depth_mm"] <= _DEEPEST_PEEL_MM):
        file.fail(f"'depth_mm' must be a number above 0, at most {_DEEPEST_PEEL_MM:g}.", "depth_mm", "deface")
    if "air_value" in table and table["air_value"] != "air" and not _is_number(table["air_value"]):
        file.fail("'air_value' must be a number or \"air\".", "air_value", "deface")
    chosen = {_FIELDS.get(key, key): float(value) if _is_number(value) else value for key, value in table.items()}
    if chosen.get("air_value") == "air":
        chosen["air_value"] = None
    return chosen


def text_choices(file: TomlFile) -> dict[str, Any]:
    """Return what [text] chooses, by fields of ``TextPolicy``.

    Raises
    ------
    PolicyError
        If it chooses what there is not.
    """
    table = file.table("text", ("mode", "keep", "required", "stay", "go"))
    check_flag(file, table, "required", "text")
    if "mode" in table and table["mode"] not in text_modes():
        file.fail(f"'mode' must be one of {words(text_modes())}.", "mode", "text")
    if "keep" in table and table["keep"] not in TEXT_KEEPS:
        file.fail(f"'keep' must be one of {words(TEXT_KEEPS)}.", "keep", "text")
    chosen = {_FIELDS.get(key, key): value for key, value in table.items()}
    return chosen | {key: word_list(file, table, key) for key in ("stay", "go") if key in table}


def check_flag(file: TomlFile, table: Mapping[str, Any], key: str, name: str = "") -> None:
    """Refuse what is neither true nor false.

    Raises
    ------
    PolicyError
        If it is.
    """
    if not isinstance(table.get(key, False), bool):
        file.fail(f"'{key}' must be true or false.", key, name)


def _is_number(value: Any) -> bool:
    """Return whether a value is a finite number; True and False are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < float("inf")
