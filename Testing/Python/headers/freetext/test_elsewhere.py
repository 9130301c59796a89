# SPDX-License-Identifier: Apache-2.0
"""Texts that stand in no header are cleaned as headers are, by what is known of the persons."""

from __future__ import annotations

import SlicerDeidLib as deid


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
