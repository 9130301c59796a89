# SPDX-License-Identifier: Apache-2.0
"""A policy in words."""

from __future__ import annotations

import pytest
from SlicerDeidLib.model.policy import Action, ActionCode
from SlicerDeidLib.policies.describe import action_words, markdown_table, policy_rows, selector_text
from SlicerDeidLib.policies.load import read_policy


def test_every_rule_is_a_row_in_readable_order() -> None:
    policy = read_policy("research")
    rows = policy_rows(policy)
    assert len(rows) == len(policy.rules)
    assert rows[0][0] == "(0000,1000)"
    assert [row[0] for row in rows[-3:]] == ["private", "standard", "unknown"]
    assert (
        "(0010,1010)",
        "Patient's Age",
        "kept; 90 years and more become 090Y",
        "research.toml:12",
    ) in rows


def test_every_row_has_words_and_a_source_and_every_tag_of_the_table_a_name() -> None:
    for tag, name, action, source in policy_rows(read_policy("research")):
        assert tag
        assert action
        assert source
        assert name or "supplement" in source


@pytest.mark.parametrize("code", list(ActionCode))
def test_every_action_has_words(code: ActionCode) -> None:
    assert action_words(Action(code))


def test_a_shift_says_what_happens_to_what_is_no_date() -> None:
    assert action_words(Action(ActionCode.SHIFT, ActionCode.Z)).endswith("emptied when it is no date")


@pytest.mark.parametrize(
    ("selector", "text"),
    [("0040a30a", "(0040,A30A)"), ("60xx3000", "(60xx,3000)"), ("vr:DA", "vr:DA"), ("private", "private")],
)
def test_a_selector_is_written_as_in_the_standard(selector: str, text: str) -> None:
    assert selector_text(selector) == text


@pytest.mark.parametrize("name", ["research", "basic"])
def test_the_short_table_is_short_and_counts_every_attribute(name: str) -> None:
    policy = read_policy(name)
    table = markdown_table(policy)
    assert table.splitlines()[:2] == [f"| What | With policy `{name}` |", "|---|---|"]
    assert 8 < len(table.splitlines()) < 18
    assert max(map(len, table.splitlines())) < 160
    counted = sum(int(line.split("(")[1].split(" ")[0]) for line in table.splitlines() if " attributes) |" in line)
    named = sum(line.split("|")[1].count(",") + 1 for line in _rows_of_names(table))
    tags = [r for r in policy.rules if selector_text(r.selector).startswith("(") and "x" not in r.selector]
    assert counted + named == len([r for r in tags if not r.selector.startswith("0002")])


def test_the_short_table_says_what_matters_most() -> None:
    table = markdown_table(read_policy("research"))
    assert "| AccessionNumber, PatientName, PatientID | replaced by the new ID |" in table
    assert "| private attributes | removed but for the safe ones of the standard" in table
    assert "shifted by the subject's date offset" in table
    assert "| PatientAge | kept; 90 years and more become 090Y |" in table
    assert "shifted" not in markdown_table(read_policy("basic"))


def _rows_of_names(table: str) -> list[str]:
    lines = table.splitlines()[2:]
    return [line for line in lines if " attributes) |" not in line and " attributes " not in line.split("|")[1] + " "]
