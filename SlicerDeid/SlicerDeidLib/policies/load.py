# SPDX-License-Identifier: Apache-2.0
"""Read a policy: a built-in one by name or a user's TOML file, with everything it extends and the options asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import Any

from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.model.examination import FACE_ANSWERS
from SlicerDeidLib.model.policy import OBJECTS, Action, ActionCode, DefacePolicy, Policy, Rule, TextPolicy
from SlicerDeidLib.policies import compose
from SlicerDeidLib.policies.chosen import chosen_besides
from SlicerDeidLib.policies.content import content_rules, unexamined_rules
from SlicerDeidLib.policies.datechecks import check_dates
from SlicerDeidLib.policies.dispositions import dispositions, inner_structures
from SlicerDeidLib.policies.faceprotocols import face_protocols
from SlicerDeidLib.policies.importers.rulefile import SiteRules
from SlicerDeidLib.policies.keeplist import kept_rules, resolved
from SlicerDeidLib.policies.ownrules import own_rules
from SlicerDeidLib.policies.pixelchoices import check_flag, deface_choices, text_choices
from SlicerDeidLib.policies.ps315 import OPTION_ALIASES, profile
from SlicerDeidLib.policies.selectors import selector_of
from SlicerDeidLib.policies.tomlfile import TomlFile, parse, read_text, words
from SlicerDeidLib.standard.tables import OPTIONS, edition

BUILT_IN = ("research", "basic", "safe-harbor", "low", "high", "open-science", "keep-list")
"""The policies that come with the program, the default first."""

_ROOT = "basic"  # what every policy stands on, said or not: PS3.15's Basic Profile
_KEYS = ("name", "title", "statement", "extends", "options", "partial", "keep", "intervals", "rules", "deface", "text")
_EXCLUSIVE = ("retain-full-dates", "retain-modified-dates")  # PS3.15 E.3.6: the two are alternatives
_CONTENT_OPTIONS = ("clean-structured-content", "clean-graphics")
_GOING = frozenset({ActionCode.X, ActionCode.X_OR_Z_OR_D})  # of what no rule names
_SAFE_PRIVATE = "retain-safe-private"
_NAME = re.compile("[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,38}[A-Za-z0-9])?")  # 7-bit and short: part of a value of VR LO
_DATES_SAY = {
    "MODIFIED": "Dates are shifted by one offset per subject, so that intervals stay: "
    "shifted dates are not HIPAA Safe Harbor.",
    "UNMODIFIED": "Real dates or times are kept: that is not HIPAA Safe Harbor.",
}
_DEVICES_SAY = "Real dates of devices (calibration, manufacture) are kept: that is not HIPAA Safe Harbor."
_WITH_SITE_RULES = " with site rules"  # with the longest name still one value of VR LO
_WEAKER_SAYS = "So the profile is not claimed, and Patient Identity Removed is not YES."
_RETAINS = "retain-"  # how the options of PS3.15 begin that take removals of the Basic Profile back


@dataclass(slots=True)
class _Choices:
    """What the layers chose so far."""

    options: list[str] = field(default_factory=list)
    partial: dict[str, frozenset[str]] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    intervals: bool = False
    values: dict[str, dict[str, Action]] = field(default_factory=dict)
    deface: dict[str, Any] = field(default_factory=dict)
    face_protocols: str = FACE_ANSWERS[0]
    text: dict[str, Any] = field(default_factory=dict)

    def take(self, option: str) -> None:
        """Take an option; one of the two ways to keep dates replaces the other."""
        dropped = [o for o in _EXCLUSIVE if option in _EXCLUSIVE and o != option]
        self.options = [o for o in self.options if o not in (option, *dropped)] + [option]

    def take_private(self, choice: str) -> None:
        """Choose what stays of private attributes."""
        if choice not in PRIVATE_CHOICES:
            raise PolicyError(f"Of private attributes can be asked {words(PRIVATE_CHOICES)}, not '{choice}'.")
        self.options = [option for option in self.options if option != _SAFE_PRIVATE]
        self.rules.pop("private", None)
        if choice == "safe":
            self.options.append(_SAFE_PRIVATE)
        elif choice == "keep":
            self.rules["private"] = Rule("private", Action(ActionCode.K), "asked for: private attributes are kept")


def policy_names() -> tuple[str, ...]:
    """Return the names of the built-in policies, the default first."""
    return BUILT_IN


PRIVATE_CHOICES = ("remove", "safe", "keep")
"""What can be asked for private attributes: none, those of PS3.15 Table E.3.10-1, all."""


def read_policy(
    name_or_path: str | Path,
    options: Sequence[str] = (),
    rules: SiteRules | Sequence[SiteRules] = (),
    private: str | None = None,
    objects: str = OBJECTS[0],
) -> Policy:
    """Read a policy with all that it extends.

    Parameters
    ----------
    name_or_path : str or Path
        A name of ``policy_names()``, or a TOML file.
    options : sequence of str
        Options of PS3.15 over those of the policy, as ``"retain-device-identity"``, or as mede names them
        (``"rtnDevIdOpt"``).
    rules : SiteRules or sequence of them
        What ``read_rules`` read, over the policy; of several that speak of one attribute the later wins.
    private : str, optional
        One of ``PRIVATE_CHOICES``, over the policy's: ``"keep"`` is weaker than the Basic Profile.
    objects : str
        One of ``OBJECTS``: ``"clean"`` releases also reports, key objects, presentation states, segmentations,
        structure sets, radiotherapy plans and doses, parametric maps and registrations, and takes the options that
        clean their content; ``"all"`` also documents, waveforms, models, raw data and all else, whose header alone is
        cleaned.

    Raises
    ------
    PolicyError
        If a file cannot be read or says something that nobody knows; the sentence names file and line. If a date is
        kept, or the same for all, beside shifted ones. If all objects are asked for of a policy that releases no face
        or text in pictures: nobody looks for them there.
    """
    if objects not in OBJECTS:
        raise PolicyError(f"Of objects can be asked {words(OBJECTS)}, not '{objects}'.")
    content = () if objects == OBJECTS[0] else _CONTENT_OPTIONS
    policy = resolve(name_or_path, (*options, *content), rules, private)
    check_dates(policy.rules)
    if objects == OBJECTS[0]:
        return policy
    if any(rule.selector == "standard" and rule.action.code in _GOING for rule in policy.rules):
        raise PolicyError(
            "This policy keeps of an object only what is named, which leaves no report and no structure set; choose "
            "--objects images, or another policy."
        )
    asked = [
        option for option in policy.chosen.get("--option", "").split() if option in options or option not in content
    ]
    chosen = policy.chosen | {"--option": " ".join(asked), "--objects": objects}
    policy = replace(policy, objects=objects, inner_structures=inner_structures(), chosen=chosen)
    if objects != OBJECTS[-1]:
        return policy
    if policy.deface.is_required or policy.text.is_required:
        raise PolicyError(
            "This policy releases no recognisable head and no text in pictures, and nobody looks at the content of "
            "such objects; choose --objects clean, or another policy."
        )
    return replace(policy, unexamined=unexamined_rules(policy.rules))


def resolve(
    name_or_path: str | Path,
    options: Sequence[str] = (),
    rules: SiteRules | Sequence[SiteRules] = (),
    private: str | None = None,
    faults: dict[str, str] | None = None,
) -> Policy:
    """Read a policy as ``read_policy`` does; ``faults``, by selector, takes what rules cannot do, without an error."""
    files = _chain(name_or_path)
    choices = _Choices()
    for file in files:
        _add_layer(choices, file, faults)
    known = tuple(choices.options)
    asked = _checked(options, "--option")
    for option in asked:
        choices.take(option)
    sites = (rules,) if isinstance(rules, SiteRules) else tuple(rules)
    for site in sites:
        for option in _checked(site.options, site.label):
            choices.take(option)
        choices.rules.update({rule.selector: rule for rule in site.rules})
        choices.kept = (choices.kept - {rule.selector for rule in site.rules}) | site.kept
        for key, listed in (("stay", site.stay), ("go", site.go)):
            choices.text[key] = tuple(dict.fromkeys((*choices.text.get(key, ()), *listed)))
        for attribute, decided in site.values.items():
            choices.values.setdefault(attribute, {}).update(decided)
    if private is not None:
        choices.take_private(private)
    retained = [option for option in choices.options if option not in known and option.startswith(_RETAINS)]
    chosen = chosen_besides(files, _name(files[-1]), asked, known, sites, private)
    return replace(_policy(files, choices, retained, with_site_rules=bool(sites)), chosen=chosen)


def _policy(files: Sequence[TomlFile], choices: _Choices, retained: Sequence[str], *, with_site_rules: bool) -> Policy:
    """Resolve the layers, the root first; ``retained``: options of which the files' own words know nothing."""
    own = choices.rules | resolved(choices.rules, choices.kept, choices.options)
    chosen = compose.Choices(tuple(choices.options), choices.partial, own)
    rules = compose.compose(chosen)
    moved_times = compose.moved_times(rules)
    if moved_times:
        chosen = replace(chosen, rules=own | moved_times)
        rules = compose.compose(chosen)
    weaker = compose.weaker_than_basic(rules, chosen)
    dates = compose.dates_of(rules)
    top = files[-1]
    return Policy(
        name=_name(top) + _WITH_SITE_RULES * with_site_rules,
        title=_latest(files, "title"),
        statement=_statement(_latest(files, "statement"), _said_of_dates(rules, dates), retained, len(weaker)),
        edition=edition(),
        rules=rules,
        content=content_rules(chosen),
        codes=compose.earned_codes(rules, chosen, weaker),
        dates=dates,
        intervals=choices.intervals,
        dispositions=dict(dispositions()),
        weaker_than_basic=weaker,
        deface=DefacePolicy(**choices.deface),
        face_protocols=choices.face_protocols,
        face_words=face_protocols(),
        text=TextPolicy(**choices.text),
        values=choices.values,
        keep_time_of_day=bool(moved_times),
    )


def _name(file: TomlFile) -> str:
    """Return a policy's name, which is written into every released image."""
    name = file.string("name") or Path(file.label).stem
    if not _NAME.fullmatch(name):
        file.fail(
            "give the policy a 'name' of at most 40 letters, digits, spaces, dots, hyphens or underscores.", "name"
        )
    return name


def _latest(files: Sequence[TomlFile], key: str) -> str:
    """Return what the last layer that speaks says."""
    return next((text for file in reversed(files) if (text := file.string(key))), "")


def _said_of_dates(rules: Iterable[Rule], dates: str) -> str:
    """Return what a policy's statement says of dates."""
    return _DATES_SAY.get(dates, _DEVICES_SAY if compose.keeps_dates_besides(rules) else "")


def _statement(words_of_file: str, of_dates: str, retained: Sequence[str], weaker: int) -> str:
    """Add to a policy's own words what follows from its options and rules, so that it is never left out."""
    sentences = [words_of_file.strip(), of_dates]
    if retained:
        sentences.append(f"But what was chosen besides lets more stay than these words say: {', '.join(retained)}.")
    if weaker:
        sentences.append(f"{weaker} rule(s) are weaker than the Basic Profile and its chosen options. {_WEAKER_SAYS}")
    return " ".join(sentence for sentence in sentences if sentence)


def _chain(name_or_path: str | Path) -> list[TomlFile]:
    """Return the files of a policy, the one that all stand on first."""
    chain: list[TomlFile] = []
    seen: list[str | Path] = []
    place: str | Path | None = _place(name_or_path, Path())
    while place is not None:
        if place in seen:
            chain[-1].fail("the policy extends itself; name another under 'extends'.", "extends")
        seen.append(place)
        file = _read(place)
        file.check_keys(file.content, _KEYS)
        chain.append(file)
        base = file.string("extends", "" if place == _ROOT else _ROOT)
        try:
            place = _place(base, place.parent if isinstance(place, Path) else Path()) if base else None
        except PolicyError as error:
            file.fail(error.reason, "extends")
    return chain[::-1]


def _place(name_or_path: str | Path, folder: Path) -> str | Path:
    """Return the name of a built-in policy, or the path of an existing file (relative ones from ``folder``)."""
    if name_or_path in OPTION_ALIASES and OPTION_ALIASES[str(name_or_path)] == _ROOT:
        return _ROOT
    if name_or_path in BUILT_IN:
        return str(name_or_path)
    path = folder / name_or_path
    try:
        if path.is_file():
            return path.resolve()
    except (OSError, ValueError):  # a name that the file system does not take
        pass
    raise PolicyError(f"There is no policy '{path.name}'; name {words(BUILT_IN)}, or the path of a TOML file.")


def _read(place: str | Path) -> TomlFile:
    """Read a built-in policy or a user's file."""
    if isinstance(place, str):
        label = f"{place}.toml"
        return parse(resources.files(__package__).joinpath("data", label).read_text(encoding="utf-8"), label)
    return replace(parse(read_text(place), place.name), is_own=True)


def _add_layer(choices: _Choices, file: TomlFile, faults: dict[str, str] | None) -> None:
    """Put a file's choices over those so far."""
    options = _options(file)
    for option in options:
        choices.take(option)
    for option, keywords in file.table("partial").items():
        _check_option(option, file.label, file, "partial")
        if option in _EXCLUSIVE:
            file.fail(f"'{option}' is taken whole or not at all; put it under 'options'.", option, "partial")
        selectors = {_selector(file, option, keyword) for keyword in file.strings(keywords, option, "partial")}
        choices.partial[option] = choices.partial.get(option, frozenset()) | selectors
    own = own_rules(file, faults)
    kept = kept_rules(file)
    choices.rules.update(kept | own)
    choices.rules = {selector: rule for selector, rule in choices.rules.items() if selector not in (faults or ())}
    choices.kept = (choices.kept | kept.keys()) - own.keys()
    check_flag(file, file.content, "intervals")
    choices.intervals = file.content.get("intervals", choices.intervals)
    chosen = deface_choices(file)
    choices.face_protocols = chosen.pop("face_protocols", choices.face_protocols)
    choices.deface.update(chosen)
    choices.text.update(text_choices(file))


def _options(file: TomlFile) -> tuple[str, ...]:
    """Return a file's options."""
    named = file.strings(file.content.get("options", []), "options")
    options = tuple(OPTION_ALIASES.get(option, option) for option in named)
    for option in options:
        _check_option(option, file.label, file)
    if set(_EXCLUSIVE) <= set(options):
        file.fail(f"{words(_EXCLUSIVE)} exclude each other; take one.", "options")
    return options


def _checked(options: Iterable[str], where: str) -> list[str]:
    """Return the options of the command line."""
    named = [OPTION_ALIASES.get(option, option) for option in options]
    chosen = [option for option in named if option != _ROOT]  # which every policy stands on
    for option in chosen:
        _check_option(option, where)
    if set(_EXCLUSIVE) <= set(chosen):
        raise PolicyError(f"{where}: {words(_EXCLUSIVE)} exclude each other; take one.")
    return chosen


def _check_option(option: str, where: str, file: TomlFile | None = None, table: str = "") -> None:
    """Refuse an option that is not known."""
    if option in OPTIONS:
        return
    what = f"'{option}' is not an option; there are {words(OPTIONS)}."
    if file is not None:
        file.fail(what, option if table else "options", table, "" if table else option)
    raise PolicyError(f"{where}: {what}")


def _selector(file: TomlFile, option: str, keyword: str) -> str:
    """Return the selector of a keyword under [partial], which the option must speak of."""
    selector = selector_of(keyword)
    if selector is None or selector not in profile() or option not in profile()[selector].options:
        file.fail(f"the option '{option}' does not speak of '{keyword}'.", option, "partial", keyword)
    return selector
