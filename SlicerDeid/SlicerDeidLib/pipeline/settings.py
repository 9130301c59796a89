# SPDX-License-Identifier: Apache-2.0
"""The settings that a series is made with: recorded, compared, and told by option of the command line.

They are all that a user chooses and a series' bytes depend on. No value of a header and no path is among them: of files
of the user's own there is a keyed digest, by which the same rules are known again.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from SlicerDeidLib.identity.pseudonyms import KeyedPseudonyms
from SlicerDeidLib.identity.secret import read_or_draw_key
from SlicerDeidLib.model.examination import FACE_ANSWERS
from SlicerDeidLib.model.methods import PEELING
from SlicerDeidLib.model.policy import OBJECTS, DefacePolicy, Policy
from SlicerDeidLib.model.regions import RegionRule, rules_of
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
    "--nifti": _NO,
    "--mask-seg": _NO,
}
"""What stands for an option that was not given: it is not listed, but where the method is one that has it."""
_OF_METHOD = frozenset({"--depth", "--skullstrip-engine"})  # not of every way of defacing
_OF_SERIES = "of this series: "  # before the digest of regions that are of one series alone
_FILLED, _OTHERS = "filled", "others, or none"
_OWN_FILES = ("own policy", "own rules", "decisions")  # digests in ``Policy.chosen``
BESIDE = ("--nifti", "--mask-seg")
"""The options that ask for files beside the images; what was made without is not made anew for them."""
_REDONE = frozenset({"--deface", "--depth", "--text"})  # what a single series is done again with, where it is reviewed
_PLAIN = re.compile(r"[\w.+-]+")


def settings_of(task: SeriesTask) -> dict[str, str]:
    """Return what a series is made with, by option of the command line; what is usual is left out."""
    policy, planned = task.policy, task.plan
    keyed = KeyedPseudonyms(task.key, task.release)
    chosen = {
        **_of_headers(policy, keyed),
        **_of_pixels(policy, keyed, planned.deface, planned.text),
        "--release": task.release,
        **dict.fromkeys(task.beside, _YES),
    }
    if not _is_of_face(task):
        del chosen["--face-protocols"]
    told = {"--depth"} if planned.deface in PEELING else {"--skullstrip-engine"} if planned.deface == _STRIP else set()
    return {name: value for name, value in chosen.items() if value and (name in told or value != _USUAL.get(name))}


def _of_headers(policy: Policy, keyed: KeyedPseudonyms) -> dict[str, str]:
    """Return what is chosen for headers, by option of the command line; empty where nothing is."""
    chosen = policy.chosen
    own, rules, decisions = (
        keyed.digest(what, chosen[what])[:_DIGEST_LENGTH] if what in chosen else "" for what in _OWN_FILES
    )
    decided = f"decided values: {chosen['decided']} ({decisions})" if decisions else ""
    return {
        "--policy": chosen.get("--policy", policy.name) + (f" (own file {own})" if own else ""),
        **{option: value for option, value in chosen.items() if option in _USUAL},
        "--rules": ", ".join(filter(None, [rules, decided])),
        "--keep-free-text": _YES if policy.keep_free_text else _NO,
        "--keep-time-of-day": _YES if policy.keep_time_of_day else _NO,
        "--keep-imagetype": _YES if policy.keep_image_type else _NO,
    }


def _of_pixels(policy: Policy, keyed: KeyedPseudonyms, method: str, mode: str) -> dict[str, str]:
    """Return what is chosen for pixels, with these ways with heads and text; empty where nothing is."""
    deface, text = policy.deface, policy.text
    return {
        "--deface": method,
        "--depth": f"{deface.depth_mm:g}",
        "--air-value": "" if deface.air_value is None else f"{deface.air_value:g}",
        "--skullstrip-engine": deface.engine,
        "--no-csf": _YES if deface.no_csf else _NO,
        "--face-protocols": policy.face_protocols,
        "--text": mode,
        "--text-keep": text.keep,
        "--regions": _of_regions(text.regions, keyed),
    }


def _of_regions(rules: Iterable[RegionRule], keyed: KeyedPseudonyms) -> str:
    """Return digests of the regions of all series, and of those of one alone; wherever they stand in their files."""
    some = [replace(rule, source="") for rule in rules]
    shared, own = ([rule for rule in some if bool(rule.series) == is_own] for is_own in (False, True))
    told = (("", shared), (_OF_SERIES, own))
    return ", ".join(what + keyed.digest("regions", repr(some))[:_DIGEST_LENGTH] for what, some in told if some)


def _filled_parts(rules: Iterable[RegionRule], keyed: KeyedPseudonyms) -> set[str]:
    """Return what ``_of_regions`` may say of each series."""
    rules = tuple(rules)
    said = (_of_regions(rules_of(rules, uid), keyed) for uid in {"", *(rule.series for rule in rules)})
    return {part for one in said for part in one.split(", ")}


def _is_of_face(task: SeriesTask) -> bool:
    """Say whether a series was made for the face itself, and so what was answered for such counts for it."""
    is_answered = task.policy.face_protocols != FACE_ANSWERS[0]
    return is_answered and bool(face_kinds(task.plan.series.instances, task.policy.face_words))


def said(settings: Mapping[str, str]) -> str:
    """Return settings as words of a sentence: ``--deface=face --text=mask``."""
    return " ".join(f"{option}={_quoted(value)}" for option, value in settings.items())


def differences(made: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Return which settings of what is there are others now: ``--text=off (now mask), --depth=8 (now 4)``."""
    is_otherwise = made.get("--deface") != now.get("--deface")  # by a way that has an option which the other has not
    lacking = {o for o in _OF_METHOD if is_otherwise and not (o in made and o in now)}
    options = dict.fromkeys(o for o in (*made, *now) if o not in lacking)
    pairs = [(o, *(settings.get(o, _USUAL.get(o, _NONE)) for settings in (made, now))) for o in options]
    others = (pair for pair in pairs if pair[1] != pair[2])
    return ", ".join(f"{option}={_quoted(before)} (now {_quoted(after)})" for option, before, after in others)


def differences_beside(made: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Return as ``differences`` which files beside the images were asked for, or are now: ``--nifti=no (now yes)``."""
    return differences(*({o: settings[o] for o in BESIDE if o in settings} for settings in (made, now)))


def other_settings(
    made: Mapping[str, str], policy: Policy, key: bytes | None = None, release: str = "", beside: Collection[str] = ()
) -> str:
    """Return which settings a finished series was made with that a policy would make other now.

    The way and the depth of defacing, the way with text, and new regions of one series alone are left out: with other
    ones a series is done again.

    Parameters
    ----------
    made : dict of str to str
        What it was made with (``HeldSeries.settings``).
    key : bytes, optional
        The project's secret; None reads the user's own. By another one own rules are not known again.
    beside : collection of str
        The options that ask for files beside its images: ``"--nifti"``, ``"--mask-seg"``.

    Raises
    ------
    KeyFileError
        If the secret cannot be read.

    Examples
    --------
    >>> from SlicerDeidLib import read_policy
    >>> other_settings({"--policy": "basic", "--deface": "face"}, read_policy("research"), bytes(32))
    '--policy=basic (now research)'
    """
    keyed = KeyedPseudonyms(read_or_draw_key() if key is None else key, release)
    now = {**_of_headers(policy, keyed), **_of_pixels(policy, keyed, "", ""), "--release": release}
    now |= dict.fromkeys(beside, _YES)
    is_stripped = made.get("--deface") == policy.deface.method == _STRIP
    lacking = set() if is_stripped else {"--skullstrip-engine", "--no-csf"}
    lacking |= {"--face-protocols"} - made.keys()  # it was not made for the face, or would not have been made
    options = [option for option in (*now, *_USUAL, *made) if option not in _REDONE | lacking]
    told = _regions_told(made, policy, keyed)
    both = ({**settings, "--regions": regions} for settings, regions in zip((made, now), told, strict=True))
    return differences(*({o: settings[o] for o in options if settings.get(o)} for settings in both))


def lost_regions(made: Mapping[str, str], policy: Policy, key: bytes | None = None, release: str = "") -> bool:
    """Say whether regions were filled in a finished series that a policy would not fill in it now.

    Parameters
    ----------
    made, policy, key, release
        As in ``other_settings``.

    Raises
    ------
    KeyFileError
        If the secret cannot be read.
    """
    if not made.get("--regions"):
        return False
    return bool(_lost(made, policy, KeyedPseudonyms(read_or_draw_key() if key is None else key, release)))


def _lost(made: Mapping[str, str], policy: Policy, keyed: KeyedPseudonyms) -> list[str]:
    """Return what is said of regions that were filled and are not known now."""
    before = made.get("--regions", "")
    return [part for part in before.split(", ") if before and part not in _filled_parts(policy.text.regions, keyed)]


def _regions_told(made: Mapping[str, str], policy: Policy, keyed: KeyedPseudonyms) -> tuple[str, str]:
    """Return what is told of regions, then and now: those of one series alone only where they are other ones now."""
    before = [part for part in made.get("--regions", "").split(", ") if not part.startswith(_OF_SERIES)]
    now = [part for part in _of_regions(rules_of(policy.text.regions, ""), keyed).split(", ") if part]
    if any(part.startswith(_OF_SERIES) for part in _lost(made, policy, keyed)):
        before.append(_OF_SERIES + _FILLED)
        now.append(_OF_SERIES + _OTHERS)
    return ", ".join(filter(None, before)), ", ".join(now)


def _quoted(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else f"'{value}'"
