# SPDX-License-Identifier: Apache-2.0
"""The profile reviewer: where a policy or rule file contradicts its master policy, or the standard."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from SlicerDeidLib.model.policy import ActionCode, Policy, Rule
from SlicerDeidLib.policies.compose import is_weaker
from SlicerDeidLib.policies.datechecks import WRITTEN, is_event, pattern_notes, telling
from SlicerDeidLib.policies.describe import action_words, selector_text
from SlicerDeidLib.policies.dispositions import dispositions
from SlicerDeidLib.policies.importers.rulefile import SiteRules, keywords
from SlicerDeidLib.policies.importers.site_toml import POLICY_KEYS
from SlicerDeidLib.policies.load import policy_names, resolve
from SlicerDeidLib.policies.ps315 import DAY_VRS, OPTION_TITLES
from SlicerDeidLib.policies.selectors import covering, is_pattern, keyword_of, vr_of
from SlicerDeidLib.policies.siterules import read_with_faults
from SlicerDeidLib.policies.tomlfile import line_of, parse, read_text, words
from SlicerDeidLib.standard.enumerated import enumerated_values
from SlicerDeidLib.standard.tables import attribute_type, item_types

_KINDS = {
    "1": ("a value (Type 1)", "let the rule write one"),
    "2": ("it (Type 2)", "let the rule empty it"),
    "1 in items": ("a value in items of its sequences (Type 1)", "let the rule write one"),
    "2 in items": ("it in items of its sequences (Type 2)", "let the rule empty it"),
}
"""How IODs ask for an attribute, the strictest that anybody sees first: in words, and what a rule may do there."""

_IN_TOML = {"1": "U for UIDs, else D or X/Z/D", "2": "Z or X/Z/D"}

_OF_THE_PROFILE = ("PS3.15 ", "supplement: ")  # sources of rules that no file of a policy has
_DEFAULT_MASTER = "research"  # what site rules are laid over by default
_OF_TEXT = ("mode", "keep", "required")  # keys of [text] that site rules do not have


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Something that must not be.

    Attributes
    ----------
    where : str
        ``"site.dicom, line 4"``, or the name of the file.
    what : str
        One sentence, beginning with the attribute.
    """

    where: str
    what: str

    def __str__(self) -> str:
        """Return both as one line."""
        return f"{self.where}: {self.what}"


def review(path: str | Path, against: str | Path | None = None) -> tuple[Contradiction, ...]:
    """Find every contradiction of a policy or rule file with its master policy and the standard.

    Rules are judged that are in effect: of several lines on one attribute the one that wins, also where it stands in a
    file that the policy extends.

    Parameters
    ----------
    path : str or Path
        A built-in policy, a policy file, or a rule file in any language.
    against : str or Path, optional
        The master policy. Default: the Basic Profile with the options that a policy takes itself; for site rules, with
        those of ``research``.

    Raises
    ------
    PolicyError
        If a file cannot be read, or holds a word that its language does not have.
    """
    found: list[Contradiction] = []
    faults: dict[str, str] = {}
    if path in policy_names() or _is_policy(Path(path)):
        policy = resolve(path, faults=faults)
        label = f"{path}.toml" if path in policy_names() else Path(path).name
        own = [rule for rule in policy.rules if not rule.source.startswith(_OF_THE_PROFILE)]
    else:
        site = read_with_faults(Path(path))
        policy, label, named = _over_master(site, against), site.label, {rule.selector for rule in site.rules}
        own = [rule for rule in policy.rules if rule.selector in named]
        faults.update(zip(site.faults, site.faults, strict=True))
        found.extend(_of_decisions(site.decided))
    found.extend(Contradiction(*fault.split(": ", 1)) for fault in faults.values())
    found.extend(_against_the_standard(own, policy))
    if against is None:
        found.extend(_weaker_than_profile(own, policy))
    else:
        master, place = resolve(against), _Place(path, label)
        found.extend(_weaker_than_master(policy, own, place, master))
        found.extend(_weaker_in_pictures(policy, place, master))
    return tuple(sorted(dict.fromkeys(found), key=_by_line))


def notes(path: str | Path, against: str | Path | None = None) -> tuple[str, ...]:
    """Return what a policy or rule file asks for that is done otherwise, or not at all: sentences.

    Parameters
    ----------
    path, against : str or Path
        As in ``review``.

    Raises
    ------
    PolicyError
        If it cannot be read.
    """
    if path in policy_names() or _is_policy(Path(path)):
        return pattern_notes(resolve(path, faults={}))
    site = read_with_faults(Path(path))
    return (*site.notes, *pattern_notes(_over_master(site, against)))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a file says something beside its rules."""

    path: str | Path
    label: str

    def of(self, key: str, table: str = "") -> str:
        """Return the file's name, and the line of a key or table where they stand in one of our own languages."""
        line = 0
        if self.path not in policy_names() and Path(self.path).suffix.lower() == ".toml":
            line = line_of(read_text(Path(self.path)), key, table)
        return f"{self.label}, line {line}" if line else self.label


def _is_policy(path: Path) -> bool:
    """Return whether a file is a policy, and not rules over one."""
    if path.suffix.lower() != ".toml":
        return False
    content = parse(read_text(path), path.name).content
    return any(key in content for key in POLICY_KEYS) or any(key in content.get("text", {}) for key in _OF_TEXT)


def _over_master(site: SiteRules, against: str | Path | None) -> Policy:
    """Return the policy that site rules make, with what of them can be done."""
    return resolve(against or _DEFAULT_MASTER, rules=site)


def _against_the_standard(own: list[Rule], policy: Policy) -> Iterator[Contradiction]:
    """Find what would break an IOD, or what a rule cannot mean."""
    rules = {rule.selector: rule for rule in policy.rules}
    are_shifted = policy.dates == "MODIFIED" or any(r.action.code is ActionCode.SHIFT for r in policy.rules)
    for rule in own:
        if rule.source.endswith("named by no line"):
            continue
        yield from _unfilled(rule, rules)
        code = rule.action.code
        if code is ActionCode.K and are_shifted and vr_of(rule.selector) in DAY_VRS:
            yield _of(rule, f"{telling(rule.selector)}.")
        elif code in WRITTEN and are_shifted and is_event(rule.selector):
            yield _of(rule, "is the same for all beside dates that are shifted, and makes up what lies between them.")
        if code in WRITTEN and (allowed := enumerated_values(rule.selector)) and rule.action.argument not in allowed:
            yield _of(rule, f"is set to a value that the standard does not have for it; it has {words(allowed)}.")


def _unfilled(rule: Rule, rules: Mapping[str, Rule]) -> Iterator[Contradiction]:
    """Find what a rule takes out though an IOD asks for it, of a group all that no narrower rule decides about."""
    code = rule.action.code
    if code not in (ActionCode.X, ActionCode.Z):
        return
    done = "removed" if code is ActionCode.X else "emptied"
    required = {selector: _required(selector) for selector in _meant(rule, rules)}
    for kind, (asked, instead) in _KINDS.items():
        names = [selector for selector, who in required.items() if kind in who]
        if not names or (code is ActionCode.Z and kind.startswith("2")):
            continue
        of = ""
        if names[0] != rule.selector:
            of = f" with {keyword_of(names[0])}{f' and {len(names) - 1} more' if len(names) > 1 else ''}"
        yield _of(
            rule,
            f"is {done}{of}, but {required[names[0]][kind]} asks for {asked};"
            f" {instead} (in TOML: {_IN_TOML[kind[0]]}).",
        )
        return


def _meant(rule: Rule, rules: Mapping[str, Rule]) -> list[str]:
    """Return the attributes of PS3.6 that a rule decides about: on a tag or group, or on all that no other names."""
    if rule.selector == "standard" or rule.selector.startswith("vr:"):
        return [one for one in keywords().values() if next(iter(covering(one, rules)), None) is rule]
    if not is_pattern(rule.selector):
        return [rule.selector]
    fits = re.compile(rule.selector.replace("x", "[0-9a-f]")).fullmatch
    return [one for one in keywords().values() if fits(one) and next(iter(covering(one, rules))) is rule]


def _of_decisions(decided: Iterable[Rule]) -> Iterator[Contradiction]:
    """Find decisions about single values that take out what an IOD needs."""
    for rule in decided:
        if rule.action.code is ActionCode.X and (required := _required(rule.selector).get("1")):
            yield _of(
                rule, f"is removed where it has this value, but {required} asks for a value (Type 1); replace it."
            )


def _weaker_than_profile(own: list[Rule], policy: Policy) -> Iterator[Contradiction]:
    """Find what is kept although neither the Basic Profile nor an option that is taken permits it."""
    weaker = set(policy.weaker_than_basic)
    basic = {rule.selector: rule for rule in resolve("basic").rules}
    for rule in own:
        if rule.selector in weaker:
            yield _keeps(rule, basic, "the Basic Profile and the options taken")


def _weaker_than_master(policy: Policy, own: list[Rule], place: _Place, master: Policy) -> Iterator[Contradiction]:
    """Find what is kept although the master policy does not."""
    mastered = {rule.selector: rule for rule in master.rules}
    named = {rule.selector for rule in own}
    for rule in own:
        if any(is_weaker(rule.action.code, other.action.code) for other in covering(rule.selector, mastered)):
            yield _keeps(rule, mastered, f"the policy '{master.name}'")
    options: dict[str, int] = defaultdict(int)
    for rule in policy.rules:
        title = next((title for title in OPTION_TITLES.values() if rule.source.endswith(title)), "")
        others = covering(rule.selector, mastered)
        if title and rule.selector not in named and any(is_weaker(rule.action.code, o.action.code) for o in others):
            options[title] += 1
    for title, count in options.items():
        where = place.of("options")
        yield Contradiction(where, f"the {title} keeps more of {count} attributes than the policy '{master.name}'.")


def _weaker_in_pictures(policy: Policy, place: _Place, master: Policy) -> Iterator[Contradiction]:
    """Find that heads or text may be released that the master policy releases never."""
    for part, shown in (("deface", "recognisable heads"), ("text", "text in pictures")):
        if getattr(master, part).is_required and not getattr(policy, part).is_required:
            what = (
                f"[{part}] lets {shown} be released, which the policy '{master.name}' does not; write required = true."
            )
            yield Contradiction(place.of("", part), what)
    if master.text.is_required and set(policy.text.stay) - set(master.text.stay):
        what = f"'stay' lets text in pictures be released, which the policy '{master.name}' does not."
        yield Contradiction(place.of("stay", "text"), what)


def _keeps(rule: Rule, others: Mapping[str, Rule], who: str) -> Contradiction:
    """Say that a rule keeps more than another."""
    other = next(iter(covering(rule.selector, others)))
    what = " in what no narrower rule names" if is_pattern(rule.selector) else ""
    done, instead = action_words(rule.action), action_words(other.action)
    return _of(rule, f"keeps more than {who}{what}: {done}, instead of {instead}.")


def _of(rule: Rule, what: str) -> Contradiction:
    """Say something of a rule, with its file and line."""
    name = f"{keyword_of(rule.selector)} {selector_text(rule.selector)}".strip()
    file, _, line = rule.source.rpartition(":")
    return Contradiction(f"{file}, line {line}" if line.isdigit() else rule.source, f"{name} {what}")


@cache
def _required(selector: str) -> dict[str, str]:
    """Return one of ``_KINDS`` -> which of the IODs that are released ask for an attribute so."""
    try:
        tag = int(selector, 16)
    except ValueError:
        return {}
    found: dict[str, list[str]] = defaultdict(list)
    for uid, disposition in dispositions().items():
        if disposition.verdict == "release":
            found[attribute_type(uid, (), tag) or ""].append(disposition.name)
            for kind in item_types(uid).get(tag, ()):
                found[f"{kind} in items"].append(disposition.name)
    return {kind: _named(names) for kind, names in found.items() if kind in _KINDS}


def _named(names: list[str]) -> str:
    """Return the IODs in words."""
    first = f"the IOD of {names[0].removesuffix(' Storage')}"
    return f"{first} and of {len(names) - 1} more" if len(names) > 1 else first


def _by_line(contradiction: Contradiction) -> tuple[str, int, str]:
    """Return what contradictions are ordered by: file, line, sentence."""
    file, _, line = contradiction.where.rpartition(", line ")
    return file or contradiction.where, int(line) if line.isdigit() else 0, contradiction.what
