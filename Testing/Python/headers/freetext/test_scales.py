# SPDX-License-Identifier: Apache-2.0
"""Types, grades and stages stay beside their scale; behind its name a person, a number or a date goes as anywhere."""

from __future__ import annotations

import re

import pytest
from SlicerDeidLib.headers.freetext.cleaning import clean
from SlicerDeidLib.headers.search.identifiers import words_of
from SlicerDeidLib.headers.search.ownwords import OwnWords, own_words
from SlicerDeidLib.standard.vocabulary import vocabulary

NOBODY = OwnWords()
WORD = re.compile(r"[^\W_]+")
SURNAMES = sorted(
    name
    for name, scales in vocabulary().scales.items()
    if name not in vocabulary().words
    and name.isalpha()
    and len(name) > 3
    and any(one.beside and not one.before for one in scales)
)


@pytest.mark.parametrize(
    "text",
    [
        "Stanford type B dissection", "Weber B fracture of the lateral malleolus", "ankle fracture, Weber C",
        "Simple renal cyst, Bosniak I", "Bosniak IIF cyst", "Salter-Harris II fracture", "Gleason 3+4=7",
        "pT3 N1 M0", "T2 N0 M0", "cN2", "ypT0 ypN0", "TICI 2b", "mTICI 3", "Lung-RADS 4A", "Lung-RADS 4X",
        "ACR density C", "Segment 4a lesion", "Level IIb nodes", "Node station 7 and 4R",
        "Fisher 3 subarachnoid hemorrhage", "Hunt and Hess grade 4", "WFNS 5", "ASIA B spinal cord injury",
        "Kellgren-Lawrence grade 3", "White matter, Fazekas 2", "Garden III fracture", "Schatzker IV fracture",
        "AO type A3 fracture", "Pfirrmann grade IV", "Modic type 1 changes", "stroke, mRS 2", "NIHSS 14", "ECOG 1",
        "Child-Pugh B cirrhosis", "BI-RADS 4C", "Deauville 4 in a node", "FIGO IIB", "Goutallier grade 2",
        "Spetzler-Martin grade II", "Hinchey Ib diverticulitis", "LVEF 55 %",
    ],
)  # fmt: skip
def test_grades_stay_beside_their_scale(text: str) -> None:
    assert clean(text, NOBODY) == text


@pytest.mark.parametrize(
    "text",
    [
        "AX DWI B1000", "b values 0, 500 and 1000 s/mm2", "b50_400_800 ADC", "kVp 120, mAs 250",
        "TR 450 TE 12 FA 90 NEX 2", "matrix 256x256 FOV 240", "flip angle 150", "SUVmax 7.4", "LVEDV 150 ml",
        "NG tube in stomach", "TT-TG 18 mm", "iMAR", "100 kV Sn", "C-arm", "t2_tse_p2", "Omnipaque 350",
        "Gadovist 1.0", "T2* blooming", "BMI 31", "calcium score 112", "velocity 120 cm/s", "5 F catheter",
        "22 gauge needle", "10 French drain",
    ],
)  # fmt: skip
def test_terms_of_protocols_stay(text: str) -> None:
    assert clean(text, NOBODY) == text


@pytest.mark.parametrize("letter", "ABCDIV")
def test_a_surname_of_a_scale_with_an_initial_is_a_person(letter: str) -> None:
    ways = (
        "{0}, {1}. CT ankle", "CT ANKLE {2} {1}", "{2} {1} CT KNEE", "{2}, {1}", "{0} {1}.", "Dr. {0} {1} reviewed",
        "read by {0} {1}", "{0} {1}. called", "MR SPINE {2} {1}. 5mm", "{0} {1}: headache", "{0}, 45 yo", "{2} 1962",
        "CT head. {0} {1}. No bleed", "{0} II",
    )  # fmt: skip
    assert len(SURNAMES) > 50
    texts = [way.format(name.title(), letter, name.upper()) for way in ways for name in SURNAMES]
    survived = [text for text in texts if set(WORD.findall(clean(text, NOBODY).lower())) & set(SURNAMES)]
    assert survived == []


@pytest.mark.parametrize(
    "planted",
    [
        "1234567", "47291", "555-1234", "2-555-1234", "1/47291", "1962", "12.3.1962", "3/12/1962", "12-34-56",
        "AB1234", "Grunewald", "A Grunewald", "B. Grunewald", "II Grunewald", "type Grunewald", "grade 47291",
        "= 47291",
    ],
)  # fmt: skip
def test_no_name_number_or_date_stays_behind_a_scale(planted: str) -> None:
    runs = [one for one in WORD.findall(planted) if len(one) > 2 and one not in ("type", "grade")]
    for last, scales in vocabulary().scales.items():
        if last in ("te", "tr", "ti"):
            continue  # in milliseconds: their numbers have four digits
        for scale in scales:
            name = " ".join((*scale.before, last))
            for written in (name, name.upper(), name.title()):
                left = clean(f"CT knee fracture {written} {planted}", NOBODY)
                assert not [one for one in runs if one in left], left


def test_the_subjects_own_name_and_numbers_go_although_they_are_a_scale_and_its_grade() -> None:
    shown = [("name", "Weber^Bernd"), ("number", "245")]
    own = own_words(shown, words_of(shown).text)
    assert clean("Weber B fracture", own) == "fracture"
    assert clean("calcium score 245", own) == "calcium score"
