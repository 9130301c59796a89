# SPDX-License-Identifier: Apache-2.0
"""Invented: values that say of themselves that they are pseudonyms or keyed hashes, compared with their originals."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from SlicerDeidLib.verification.dates import Place, is_invented_date
from SlicerDeidLib.verification.findings import Findings
from SlicerDeidLib.verification.profile import keyword, place_text
from SlicerDeidLib.verification.reading import Found
from SlicerDeidLib.verification.vocabulary import fold

CHECK = "pseudonyms"
_WORD = "Fict[aeio](?:[bdfgklmnprstvz][aeiou])+"
_WORDS = re.compile(rf"{_WORD}(?:\^{_WORD}| {_WORD}|, [A-Z]{{2}}| (?:Infirmary|Sanatorium|Hospital|Clinic))?")
_IDS = re.compile(r"9900\d{12}|FICT[A-Z2-9]{12}|H[0-9A-F]{15,63}")
_TIME = re.compile(r"(?:[01]\d|2[0-3])[0-5]\d[0-5]\d\.(?:101010|010101)")
_WHOLE_NUMBER = re.compile(r"19\d{8}")
_FORMS = {
    **dict.fromkeys(("LO", "LT", "PN", "SH", "ST", "UC", "UT"), (_WORDS, _IDS)),
    **dict.fromkeys(("AE", "CS", "DS"), (_IDS,)),
    "IS": (_WHOLE_NUMBER,),
    "TM": (_TIME,),
}


def is_invented(found: Found) -> bool:
    """Whether every value of an element is of a form that only pseudonyms and keyed hashes have."""
    is_date = found.vr in ("DA", "DT")
    forms = _FORMS.get(found.vr, ())
    if not is_date and not forms:  # bytes and pixels are not decoded
        return False
    parts = found.text().split("\\")
    if is_date:
        return all(is_invented_date(part.strip()) for part in parts)
    return all(any(form.fullmatch(part.strip(" \0")) for form in forms) for part in parts)


@dataclass(slots=True)
class PseudonymMap:
    """Which original value of an attribute became which pseudonym, over the whole output."""

    forward: dict[tuple[int, str], str] = field(default_factory=dict, repr=False)

    def compare(
        self, before: Mapping[Place, Found], after: Mapping[Place, Found], name: str, findings: Findings
    ) -> None:
        """Take the pseudonyms of one file; say which contradict those before, or hold a word of the original."""
        for place, new in after.items():
            old = before.get(place)
            if old is None or not old.raw.strip(b" \0") or old.vr == "UI" or not is_invented(new):
                continue
            findings.count("pseudonyms compared")
            where, now = place_text(*place), new.text()
            was = " ".join(fold(old.text()).rstrip("^= ").split()) if _WORDS.match(now) else old.text()
            if set(re.findall(r"[^\W_]{3,}", fold(was))) & set(re.findall(r"[^\W_]{3,}", fold(now))):
                message = f"The pseudonym in {keyword(new.tag)} holds a part of the original."
                findings.add("error", CHECK, name, where, message)
            if self.forward.setdefault((new.tag, was), now) != now:
                message = f"One value of {keyword(new.tag)} of the original became two pseudonyms."
                findings.add("warning", CHECK, name, where, message)
