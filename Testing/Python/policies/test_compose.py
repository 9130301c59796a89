# SPDX-License-Identifier: Apache-2.0
"""One rule per selector, and what the rules may claim."""

from __future__ import annotations

import itertools

import pytest
from SlicerDeidLib.model.policy import Action, ActionCode, Rule
from SlicerDeidLib.policies.compose import Choices, compose, dates_of, earned_codes, is_weaker, weaker_than_basic

MODIFIED, FULL = "retain-modified-dates", "retain-full-dates"
COMPOUND = [c for c in ActionCode if "/" in c.value]


def own(selector: str, code: str, *options: str, partial: dict[str, frozenset[str]] | None = None) -> Choices:
    rule = Rule(selector, Action(ActionCode(code)), "site.toml: rules")
    return Choices(options, partial or {}, {selector: rule})


def weaker(choices: Choices) -> tuple[str, ...]:
    return weaker_than_basic(compose(choices), choices)


def codes(choices: Choices) -> tuple[str, ...]:
    return earned_codes(compose(choices), choices, weaker(choices))


def test_there_is_one_rule_per_selector_in_a_steady_order() -> None:
    selectors = [rule.selector for rule in compose(Choices())]
    assert selectors == sorted(set(selectors))


def test_an_own_rule_wins_over_an_option_and_the_option_over_the_profile() -> None:
    def action(choices: Choices) -> ActionCode:
        return next(r.action.code for r in compose(choices) if r.selector == "00080020")

    assert action(Choices()) is ActionCode.Z
    assert action(Choices((MODIFIED,))) is ActionCode.SHIFT
    assert action(own("00080020", "X", MODIFIED)) is ActionCode.X


def test_the_profile_alone_and_with_every_option_is_not_weaker_than_itself() -> None:
    options = ("retain-uids", "retain-device-identity", "retain-institution-identity",
               "retain-patient-characteristics")  # fmt: skip
    assert weaker(Choices()) == ()
    for dates in (MODIFIED, FULL):
        assert weaker(Choices((*options, dates))) == ()


@pytest.mark.parametrize(
    ("selector", "code", "options"),
    [
        ("00100010", "K", ()),
        ("00100040", "K", ()),
        ("00080020", "K", ()),
        ("00080020", "shift", ()),
        ("00080020", "K", (MODIFIED,)),
        ("0020000d", "K", (MODIFIED,)),
        ("00081140", "U", ()),
        ("0008103e", "Z", ()),
        ("private", "K", ()),
        ("00291010", "K", ()),
        ("unknown", "K", ()),
        ("00120099", "K", ()),
        ("vr:PN", "K", ()),
        ("00141020", "K", (MODIFIED,)),
        ("0018xxxx", "K", ()),
        ("60xxxxxx", "K", ()),
        ("0040e011", "K", ()),
    ],
)
def test_a_rule_that_keeps_more_is_found_and_costs_the_claim(selector: str, code: str, options: tuple[str]) -> None:
    choices = own(selector, code, *options)
    assert weaker(choices) == (selector,)
    assert "113100" not in codes(choices)


@pytest.mark.parametrize(
    ("selector", "code", "options"),
    [
        ("00100010", "X", ()),
        ("00100010", "D", ()),
        ("00100020", "Z", ()),
        ("00080020", "shift", (MODIFIED,)),
        ("00080020", "shift", (FULL,)),
        ("00101010", "age", ("retain-patient-characteristics",)),
        ("0020000d", "X", ()),
        ("0020000d", "D", ()),
        ("00081140", "X", ()),
        ("00180060", "K", ()),
        ("00180060", "X", ()),
        ("standard", "X", ()),
        ("0018xxxx", "X", ()),
        ("00141020", "shift", (MODIFIED,)),
    ],
)
def test_a_rule_that_keeps_no_more_costs_nothing(selector: str, code: str, options: tuple[str]) -> None:
    choices = own(selector, code, *options)
    assert weaker(choices) == ()
    assert "113100" in codes(choices)


def test_nothing_is_weaker_than_itself_and_kept_is_weaker_than_everything_else() -> None:
    for code in ActionCode:
        assert not is_weaker(code, code)
        assert is_weaker(ActionCode.K, code) == (code is not ActionCode.K)
        assert not is_weaker(ActionCode.X, code)


def test_two_compound_codes_may_each_be_weaker_for_some_type() -> None:
    assert is_weaker(ActionCode.Z_OR_D, ActionCode.X_OR_Z)
    assert not is_weaker(ActionCode.X_OR_Z, ActionCode.Z_OR_D)


def test_being_weaker_is_passed_on() -> None:
    for a, b, c in itertools.product(ActionCode, repeat=3):
        if not is_weaker(a, b) and not is_weaker(b, c):
            assert not is_weaker(a, c)


def test_a_dummy_an_empty_value_and_the_new_id_tell_equally_little() -> None:
    for a, b in itertools.permutations((ActionCode.Z, ActionCode.D, ActionCode.NEW_ID), 2):
        assert not is_weaker(a, b)


def test_dates_that_are_one_for_all_are_not_claimed_to_be_modified() -> None:
    moved = [rule.selector for rule in compose(Choices((MODIFIED,))) if rule.action.code is ActionCode.SHIFT]
    constant = {selector: Rule(selector, Action(ActionCode.SET, None, "20000101"), "own") for selector in moved}
    assert "113107" not in codes(Choices((MODIFIED,), rules=constant))


def test_codes_are_earned_only_by_options_that_changed_something() -> None:
    assert codes(Choices()) == ("113100",)
    assert codes(Choices((MODIFIED,))) == ("113100", "113107")
    assert codes(Choices((FULL,))) == ("113100", "113106")
    assert codes(Choices(("retain-uids",))) == ("113100", "113110")
    assert codes(Choices(("retain-device-identity",))) == ("113100", "113109")
    assert codes(Choices(("retain-institution-identity",))) == ("113100", "113112")


def test_an_option_taken_in_part_covers_its_part_only() -> None:
    part = {"retain-patient-characteristics": frozenset({"00100040"})}
    assert codes(Choices(partial=part)) == ("113100", "113108")
    assert weaker(own("00101030", "K", partial=part)) == ("00101030",)


def test_an_option_whose_every_attribute_an_own_rule_removes_is_not_claimed() -> None:
    part = {"retain-patient-characteristics": frozenset({"00100040"})}
    assert codes(own("00100040", "X", partial=part)) == ("113100",)


@pytest.mark.parametrize(
    ("selector", "option", "code"), [("00081030", "clean-descriptors", "113105"), ("00080020", MODIFIED, "113107")]
)
def test_an_option_of_which_one_attribute_is_kept_as_it_is_is_not_claimed(
    selector: str, option: str, code: str
) -> None:
    assert code in codes(Choices((option,)))
    assert code not in codes(own(selector, "K", option))
    assert code in codes(own(selector, "X", option))


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        (Choices(), "REMOVED"),
        (Choices(("retain-uids",)), "REMOVED"),
        (Choices((MODIFIED,)), "MODIFIED"),
        (Choices((FULL,)), "UNMODIFIED"),
        (Choices(("retain-device-identity",)), "REMOVED"),
        (Choices((MODIFIED, "retain-device-identity")), "MODIFIED"),
        (Choices((FULL, "retain-device-identity")), "UNMODIFIED"),
        (own("00181200", "K", MODIFIED, "retain-device-identity"), "UNMODIFIED"),
        (own("00080020", "K", MODIFIED), "UNMODIFIED"),
        (own("00100030", "K"), "UNMODIFIED"),
        (own("vr:DA", "K"), "UNMODIFIED"),
        (own("00080020", "shift"), "MODIFIED"),
    ],
)
def test_the_mark_on_dates_says_the_worst_that_is_true(choices: Choices, expected: str) -> None:
    assert dates_of(compose(choices)) == expected


OF_DEVICES = [  # DA, DT and TM whose column of Table E.1-1 for the option says K
    *("0014407c", "0014407e", "00181200", "00181201", "00181202", "00181203", "00181204", "00181205"),
    *("0018700c", "0018700e", "300c0127"),
]


@pytest.mark.parametrize(("dates", "expected"), [((), "K"), ((MODIFIED,), "shift"), ((FULL,), "K")])
def test_dates_of_devices_follow_the_column_of_the_device_and_move_with_the_others(
    dates: tuple[str, ...], expected: str
) -> None:
    rules = {rule.selector: rule for rule in compose(Choices((*dates, "retain-device-identity")))}
    assert {rules[selector].action.code.value for selector in OF_DEVICES} == {expected}
    assert rules["00181000"].action.code is ActionCode.K  # the serial number, which the option is for


def test_one_date_that_an_own_rule_moves_moves_those_of_devices_too() -> None:
    rules = {rule.selector: rule for rule in compose(own("00080020", "shift", "retain-device-identity"))}
    assert {rules[selector].action.code.value for selector in OF_DEVICES} == {"shift"}
    assert rules["00080030"].action.code is not ActionCode.K


@pytest.mark.parametrize("dates", [(), (MODIFIED,), (FULL,)])
def test_dates_of_devices_are_claimed_by_the_option_of_the_device(dates: tuple[str, ...]) -> None:
    claimed = codes(Choices((*dates, "retain-device-identity")))
    assert "113109" in claimed
    assert ("113107" in claimed, "113106" in claimed) == (dates == (MODIFIED,), dates == (FULL,))
