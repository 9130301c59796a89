# SPDX-License-Identifier: Apache-2.0
"""Names in Cyrillic and Greek letters, written in Latin ones elsewhere in the file; words in place of codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydicom.dataset import Dataset
from SlicerDeidLib.headers.search.romanised import romanised


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Ковальчук^Иван", "kovalchuk^ivan"),
        ("Щербаков^Юрий", "shcherbakov^iurii"),
        ("Щербаков^Юрий", "shcherbakov^yuriy"),
        ("Ковальчук", "kowaltschuk"),
        ("Ковальчук", "kovaltchouk"),
        ("Щербаков", "schtscherbakow"),
        ("Хрущёв", "khrouchtchev"),
        ("Егоров^Дмитрий", "yegorov^dmitry"),
        ("Соловьёв^Сергей", "solowjow^sergej"),
        ("Чернышёв", "tschernyschow"),
        ("Васильев^Алексей", "vasilyev^alexey"),
        ("Журавлёв", "schurawljew"),
        ("Соловьёв", "soloviev"),
        ("Чернышёв", "chernyshyov"),
        ("Никитин", "nikitine"),
        ("Васильев", "wassiljew"),
        ("Васильев", "vassiliev"),
        ("Гусев", "gussew"),
        ("Гусев", "goussev"),
        ("Киселёв", "kisseljow"),
        ("Дмитрий", "dmitri"),
        ("Александр", "alexander"),
        ("Ксения", "xenia"),
        ("Ксения", "ksenia"),
        ("Гончаренко", "honcharenko"),
        ("Гончаренко", "goncharenko"),
        ("Παπαδόπουλος^Γιώργος", "papadopoulos^giorgos"),
        ("Ευαγγέλου", "evangelou"),
        ("Χατζής", "chatzis"),
        ("Χατζής", "hatzis"),
        ("Μπακάλης", "bakalis"),
    ],
)
def test_a_name_is_romanised_as_the_standards_do(name: str, written: str) -> None:
    assert written in list(romanised(name))


@pytest.mark.parametrize("name", ["Kowalczyk^Jan", "Müller", "山田^太郎", ""])
def test_other_names_are_not(name: str) -> None:
    assert list(romanised(name)) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Ковальчук^Иван", "KOVALCHUK"),
        ("Ковальчук^Иван", "for Kovalchuk"),
        ("Ковальчук^Иван", "Kowaltschuk"),
        ("Παπαδόπουλος^Γιώργος", "Papadopoulos"),
    ],
)
def test_a_romanised_name_of_the_patient_goes(ct: Dataset, through: Callable[..., Any], name: str, text: str) -> None:
    ct.SpecificCharacterSet, ct.PatientName, ct.SequenceName, ct.ConvolutionKernel = "ISO_IR 192", name, text, "H30s"
    found = through(ct, "basic")
    assert "SequenceName" not in found.dataset
    assert found.dataset.ConvolutionKernel == "H30s"
    assert not found.leaks


def _code(value: str, scheme: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, "Liver"
    return item


@pytest.mark.parametrize("scheme", ["SCT", "SRT", "LN", "RADLEX"])
def test_a_word_is_no_code_of_a_scheme_whose_codes_have_digits(
    ct: Dataset, through: Callable[..., Any], scheme: str
) -> None:
    ct.AnatomicRegionSequence = [_code("KOWALCZYK", scheme)]
    assert "KOWALCZYK" not in str(through(ct, "basic").dataset)


@pytest.mark.parametrize(
    ("value", "scheme"), [("10200004", "SCT"), ("T-62000", "SRT"), ("RID58", "RADLEX"), ("mm", "UCUM")]
)
def test_codes_stay(ct: Dataset, through: Callable[..., Any], value: str, scheme: str) -> None:
    ct.AnatomicRegionSequence = [_code(value, scheme)]
    assert through(ct, "basic").dataset.AnatomicRegionSequence[0].CodeValue == value
