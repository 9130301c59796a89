# SPDX-License-Identifier: Apache-2.0
"""Stamping: what a released header says of its own de-identification, and nothing more than was done."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from SlicerDeidLib.model.element import Element, Elements
from SlicerDeidLib.model.policy import Policy
from SlicerDeidLib.standard import tables

BASIC_PROFILE, CLEAN_PIXEL_DATA, CLEAN_VISUAL_FEATURES = "113100", "113101", "113102"  # PS3.16 CID 7050

_IDENTITY_REMOVED, _METHOD, _METHOD_CODES = 0x00120062, 0x00120063, 0x00120064
_BURNED_IN, _RECOGNIZABLE, _DATES_MODIFIED = 0x00280301, 0x00280302, 0x00280303
_IMAGE_TYPE, _FRAME_TYPE, _DERIVATION = 0x00080008, 0x00089007, 0x00082111
MARKED = frozenset({_IDENTITY_REMOVED, _METHOD, _METHOD_CODES, _BURNED_IN, _RECOGNIZABLE, _DATES_MODIFIED})
"""What is written or removed of a header whose pixels stay."""

_CODE_VALUE, _CODING_SCHEME, _CODE_MEANING = 0x00080100, 0x00080102, 0x00080104
_MAX_LO, _MAX_ST = 64, 1024  # characters, PS3.5 Table 6.2-1


@dataclass(frozen=True, slots=True)
class Marks:
    """What a header will say.

    Attributes
    ----------
    is_identity_removed : bool
        (0012,0062).
    method : tuple of str
        (0012,0063): what was used, in words.
    codes : tuple of str
        (0012,0064): code values of CID 7050.
    longitudinal_temporal_information : str
        (0028,0303): ``"MODIFIED"``, ``"REMOVED"`` or ``"UNMODIFIED"``.
    burned_in_annotation, recognizable_visual_features : str or None
        (0028,0301), (0028,0302): ``"YES"``, ``"NO"``; None claims nothing: a NO that was there goes, a YES
        stays.
    derivation : str
        (0008,2111): how the pixels were changed; empty when they were not.
    is_image_type_derived : bool
        Whether value 1 of Image Type and Frame Type becomes DERIVED.
    """

    is_identity_removed: bool
    method: tuple[str, ...]
    codes: tuple[str, ...]
    longitudinal_temporal_information: str
    burned_in_annotation: str | None = None
    recognizable_visual_features: str | None = None
    derivation: str = ""
    is_image_type_derived: bool = False

    def as_text(self) -> dict[str, str]:
        """Return keyword -> value, as records and reports show the marks."""
        texts = {
            "PatientIdentityRemoved": "YES" if self.is_identity_removed else "NO",
            "DeidentificationMethod": "\\".join(self.method),
            "DeidentificationMethodCodeSequence": " ".join(self.codes),
            "BurnedInAnnotation": self.burned_in_annotation or "",
            "RecognizableVisualFeatures": self.recognizable_visual_features or "",
            "LongitudinalTemporalInformationModified": self.longitudinal_temporal_information,
            "DerivationDescription": self.derivation,
        }
        return {keyword: text for keyword, text in texts.items() if text}


def marks_of(
    policy: Policy,
    *,
    software: str = "SlicerDeid",
    recognizable_visual_features: str | None = None,
    is_face_removed: bool = False,
    is_text_examined: bool = False,
    derivation: str = "",
) -> Marks:
    """Return the marks that a policy and the work on the pixels have earned.

    Parameters
    ----------
    recognizable_visual_features : str or None
        ``"NO"`` when face and outer surface were removed and looked at again, or no face is in view; ``"YES"`` when a
        head is released recognisable; None when nobody looked.
    is_face_removed : bool
        Face and outer surface were removed and the look-again passed: earns 113102.
    is_text_examined : bool
        Every frame was examined with an OCR engine: earns 113101 and Burned In Annotation = NO.
    derivation : str
        How the pixels were changed; empty when they were not.

    Notes
    -----
    113100 and Patient Identity Removed = YES are claimed only when no rule is weaker than the Basic Profile.
    """
    is_basic = not policy.weaker_than_basic
    earned = dict.fromkeys(policy.codes, True)
    earned[BASIC_PROFILE] = is_basic
    earned[CLEAN_PIXEL_DATA] = is_text_examined
    earned[CLEAN_VISUAL_FEATURES] = is_face_removed
    return Marks(
        is_identity_removed=is_basic,
        method=(software, f"policy {policy.name}", f"DICOM PS3.15 {policy.edition}"),
        codes=tuple(sorted(code for code, is_earned in earned.items() if is_earned)),
        longitudinal_temporal_information=policy.dates,
        burned_in_annotation="NO" if is_text_examined else None,
        recognizable_visual_features=recognizable_visual_features,
        derivation=derivation,
        is_image_type_derived=bool(derivation) and not policy.keep_image_type,
    )


def stamp(dataset: Elements, marks: Marks) -> None:
    """Write the marks into a de-identified data set, in place. All of them are of 7 bits, in any byte order.

    Parameters
    ----------
    dataset : Elements
        After ``engine.deidentify``.
    marks : Marks
        What was done.
    """
    _write(dataset, _IDENTITY_REMOVED, "CS", "YES" if marks.is_identity_removed else "NO")
    _write(dataset, _METHOD, "LO", "\\".join(_line(text, _MAX_LO) for text in marks.method))
    dataset.pop(_METHOD_CODES, None)
    if marks.codes:  # Type 1C: with an item or not at all
        dataset[_METHOD_CODES] = Element(_METHOD_CODES, "SQ", items=_code_items(marks.codes))
    _write(dataset, _DATES_MODIFIED, "CS", marks.longitudinal_temporal_information)
    _claim(dataset, _BURNED_IN, marks.burned_in_annotation)
    _claim(dataset, _RECOGNIZABLE, marks.recognizable_visual_features)
    if marks.derivation:
        _write(dataset, _DERIVATION, "ST", _line(marks.derivation, _MAX_ST))
    if marks.is_image_type_derived:
        _derive(dataset)


def _line(text: str, length: int) -> str:
    """Return ``text`` as one value of 7 bits and at most ``length`` characters."""
    return text.replace("\\", "/").encode("ascii", "replace").decode("ascii")[:length]


def _write(elements: Elements, tag: int, vr: str, text: str) -> None:
    elements[tag] = Element(tag, vr)
    elements[tag].replace(text.encode("ascii"))


def _claim(dataset: Elements, tag: int, claim: str | None) -> None:
    """Write a YES or NO; without a claim an old YES stays and an old NO goes.

    It goes even where the IOD asks for it (enhanced images): the standard would have it say what nobody has looked at.
    """
    if claim is not None:
        _write(dataset, tag, "CS", claim)
    elif tag in dataset and dataset[tag].text().strip().upper() != "YES":
        del dataset[tag]


@lru_cache(maxsize=16)
def _code_items(codes: tuple[str, ...]) -> list[Elements]:
    """Return the same items for all images that are marked alike: nothing changes them any more."""
    return [_code_item(code) for code in codes]


def _code_item(code: str) -> Elements:
    """Return an item of De-identification Method Code Sequence (PS3.3 Table 8.8-1)."""
    item: Elements = {}
    _write(item, _CODE_VALUE, "SH", code)
    _write(item, _CODING_SCHEME, "SH", "DCM")
    _write(item, _CODE_MEANING, "LO", _line(tables.deidentification_codes()[code], _MAX_LO))
    return item


def _derive(elements: Elements) -> None:
    """Set value 1 of Image Type, and of Frame Type in every functional group, to DERIVED."""
    for tag, element in elements.items():
        if element.items is not None:
            for item in element.items:
                _derive(item)
        elif tag in (_IMAGE_TYPE, _FRAME_TYPE):
            values = element.text().split("\\")
            if values[0].strip() and values[0].strip() != "DERIVED":
                element.replace("\\".join(["DERIVED", *values[1:]]).encode("ascii", "replace"))
