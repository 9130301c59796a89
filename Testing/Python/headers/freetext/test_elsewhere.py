# SPDX-License-Identifier: Apache-2.0
"""Texts that stand in no header are cleaned as headers are, by what is known of the persons."""

from __future__ import annotations

import base64
import json

import pytest
import SlicerDeidLib as deid

KNOWN = [("name", "Müller^Jörg"), ("number", "774189201"), ("birth", "19610203")]


def test_clinical_words_stay_and_everything_else_goes() -> None:
    texts = deid.FreeText()
    assert texts.cleaned("2: CT head 5mm") == "2: CT head 5mm"
    assert texts.cleaned("Smith_CT_tumour_left") == "CT_tumour_left"
    assert texts.cleaned("Meier 12.3.2019") == ""


def test_what_is_known_of_a_person_goes_although_it_is_vocabulary() -> None:
    texts = deid.FreeText([("name", "Head^Emma"), ("number", "MRN12345"), ("birth", "19610203")])
    assert texts.cleaned("CT neck, Head, 3.2.61") == "CT neck"
    assert texts.tells("seen with EMMA HEAD")
    assert texts.tells("file-mrn12345.txt")
    assert texts.tells("born 1961-02-03")
    assert not texts.tells("threshold 120")


@pytest.mark.parametrize(("word", "is_named"), [("Oc", True), ("LAO", True), ("OF", False), ("Hip", False)])
def test_short_words_are_known_by_themselves(word: str, is_named: bool) -> None:
    assert deid.FreeText([("name", "Oc^Lara^Anna")]).names(word) is is_named


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([{"who": "Müller, Jörg"}]),
        json.dumps(json.dumps("Müller")),
        json.dumps("\N{GRINNING FACE}Müller\N{GRINNING FACE}"),
        r'"lesion\nMüller"',
        r"M\xfcller",
        r"M\xc3\xbcller",
        "of%20M%C3%BCller",
        "of%20M%FCller",
        "M%25C3%25BCller",
        "M&uuml;ller",
        "M&amp;#252;ller",
        base64.b64encode("Müller 774189201".encode()).decode(),
        "note=" + b"774189201".hex(),
        "Mueller".encode("utf-16-le").hex(" "),
    ],
)
def test_what_is_known_is_found_however_it_is_escaped_or_wrapped(text: str) -> None:
    assert deid.FreeText(KNOWN).tells(text)
    assert not deid.FreeText([("name", "Grunewald^Anna")]).tells(text)
