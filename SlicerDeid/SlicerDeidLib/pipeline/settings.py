# SPDX-License-Identifier: Apache-2.0
"""The settings that a series is made with: recorded, compared, and told by option of the command line.

They are all that a user chooses and a series' bytes depend on. No value of a header and no path is among them: of files
of the user's own there is a keyed digest, by which the same rules are known again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from SlicerDeidLib.identity.pseudonyms import KeyedPseudonyms
from SlicerDeidLib.model.examination import FACE_ANSWERS
from SlicerDeidLib.model.methods import PEELING
from SlicerDeidLib.model.policy import OBJECTS, DefacePolicy
from SlicerDeidLib.model.stripping import OWN
from SlicerDeidLib.pipeline.series import SeriesTask
from SlicerDeidLib.planning.faceprotocols import face_kinds

_DIGEST_LENGTH = 8  # hex digits: for persons, who compare a few files; fingerprints tell what is the same
_YES, _NO, _NONE = "yes", "no", "none"
_STRIP = "skullstrip"
_USUAL = {
    "--option": _NONE,
    "--private-attributes": "usual",
    "--objects": OBJECTS[0],
    "--rules": _NONE,
    "--keep-free-text": _YES,
    "--keep-time-of-day": _NO,
    "--keep-imagetype": _NO,
    "--depth": f"{DefacePolicy().depth_mm:g}",
    "--air-value": "air",
    "--skullstrip-engine": OWN,
    "--no-csf": _NO,
    "--face-protocols": FACE_ANSWERS[0],
    "--text-keep": "usual",
    "--regions": _NONE,
}
"""What stands for an option that was not given: it is not listed, but where the method is one that has it."""
_PLAIN = re.compile(r"[\w.+-]+")


def settings_of(task: SeriesTask) -> dict[str, str]:
    """Return what a series is made with, by option of the command line; what is usual is left out."""
    policy, planned = task.policy, task.plan
    deface = policy.deface
    keyed = KeyedPseudonyms(task.key, task.release)
    rules, regions = policy.chosen.get("--rules", ""), policy.text.regions
    chosen = {
        "--policy": policy.name,
        **policy.chosen,
        "--rules": keyed.digest("own rules", rules)[:_DIGEST_LENGTH] if rules else "",
        "--keep-free-text": _YES if policy.keep_free_text else _NO,
        "--keep-time-of-day": _YES if policy.keep_time_of_day else _NO,
        "--keep-imagetype": _YES if policy.keep_image_type else _NO,
        "--deface": planned.deface,
        "--depth": f"{deface.depth_mm:g}",
        "--air-value": "" if deface.air_value is None else f"{deface.air_value:g}",
        "--skullstrip-engine": deface.engine,
        "--no-csf": _YES if deface.no_csf else _NO,
        "--face-protocols": policy.face_protocols if _is_of_face(task) else "",
        "--text": planned.text,
        "--text-keep": policy.text.keep,
        "--regions": keyed.digest("regions", repr(regions))[:_DIGEST_LENGTH] if regions else "",
        "--release": task.release,
    }
    told = {"--depth"} if planned.deface in PEELING else {"--skullstrip-engine"} if planned.deface == _STRIP else set()
    return {name: value for name, value in chosen.items() if value and (name in told or value != _USUAL.get(name))}


def _is_of_face(task: SeriesTask) -> bool:
    """Say whether a series was made for the face itself, and so what was answered for such counts for it."""
    is_answered = task.policy.face_protocols != FACE_ANSWERS[0]
    return is_answered and bool(face_kinds(task.plan.series.instances, task.policy.face_words))


def said(settings: Mapping[str, str]) -> str:
    """Return settings as words of a sentence: ``--deface=face --text=mask``."""
    return " ".join(f"{option}={_quoted(value)}" for option, value in settings.items())


def differences(made: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Return which settings of what is there are others now: ``--text=off (now mask), --depth=8 (now 4)``."""
    options = dict.fromkeys((*made, *now))
    pairs = [(o, *(settings.get(o, _USUAL.get(o, _NONE)) for settings in (made, now))) for o in options]
    others = (pair for pair in pairs if pair[1] != pair[2])
    return ", ".join(f"{option}={_quoted(before)} (now {_quoted(after)})" for option, before, after in others)


def _quoted(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else f"'{value}'"
