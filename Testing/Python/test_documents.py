# SPDX-License-Identifier: Apache-2.0
"""The documents that are made from the policies are what the policies say."""

from __future__ import annotations

import build_documents
import pytest
from pydicom.datadict import keyword_for_tag
from SlicerDeidLib.policies.load import policy_names, read_policy
from SlicerDeidLib.standard.tables import confidentiality_rows, content_rows


@pytest.mark.parametrize("path", [build_documents.README, build_documents.ATTRIBUTES], ids=lambda path: path.name)
def test_a_made_document_is_current(path) -> None:
    assert path.read_text("utf-8") == build_documents.built()[path]


def test_the_document_names_every_attribute_of_the_standards_tables() -> None:
    lines = build_documents.ATTRIBUTES.read_text("utf-8").splitlines()
    first = {line.split(" | ")[0].removeprefix("| ") for line in lines}
    for row in confidentiality_rows():
        selector = row.selector
        text = f"({selector[:4]},{selector[4:]})"
        assert selector == "private" or text in first or text.upper() in first
    for row in content_rows():
        assert f"{row.scheme}:{row.code}:{row.value_type}" in first


def test_a_cell_of_the_document_is_what_the_policy_does() -> None:
    lines = build_documents.ATTRIBUTES.read_text("utf-8").splitlines()
    head = next(line for line in lines if line.startswith("| Attribute |")).strip("| ").split(" | ")
    assert head[2:] == list(policy_names())
    row = next(line for line in lines if " | PatientAge | " in line).strip("| ").split(" | ")
    assert dict(zip(head, row, strict=True))["high"] == "bin 5 top 89"
    for name, cell in zip(head[2:], row[2:], strict=True):
        rule = next(rule for rule in read_policy(name).rules if rule.selector == "00101010")
        assert cell.split(" ")[0] in (rule.action.code.value, "keep")
    row = next(line for line in lines if f" | {keyword_for_tag(0x00280010)} | " in line).strip("| ").split(" | ")
    assert row[2:] == ["keep"] * len(policy_names())
