# SPDX-License-Identifier: Apache-2.0
"""The marks say what was done, and nothing more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.sr.codedict import codes
from pydicom.uid import EnhancedCTImageStorage
from SlicerDeidLib.headers.stamp import marks_of


def stamped_codes(ds: Dataset) -> list[str]:
    return [item.CodeValue for item in ds.DeidentificationMethodCodeSequence]


def test_the_basic_profile_is_claimed_when_no_rule_is_weaker(
    ct: Dataset, through: Callable, policy_of: Callable
) -> None:
    policy = replace(policy_of(), codes=("113107", "113100"))
    ds = through(ct, policy, marks=marks_of(policy, software="SlicerDeid 1")).dataset
    assert ds.PatientIdentityRemoved == "YES"
    assert stamped_codes(ds) == ["113100", "113107"]
    assert list(ds.DeidentificationMethod) == ["SlicerDeid 1", "policy test", "DICOM PS3.15 2026a"]
    assert ds.LongitudinalTemporalInformationModified == "MODIFIED"
    assert "BurnedInAnnotation" not in ds
    assert "RecognizableVisualFeatures" not in ds


def test_the_basic_profile_is_not_claimed_when_a_rule_is_weaker(
    ct: Dataset, through: Callable, policy_of: Callable
) -> None:
    policy = replace(policy_of(), codes=("113100", "113107"), weaker_than_basic=("00100010",))
    ct.PatientIdentityRemoved = "YES"
    ds = through(ct, policy, marks=marks_of(policy)).dataset
    assert ds.PatientIdentityRemoved == "NO"
    assert stamped_codes(ds) == ["113107"]


def test_who_claims_nothing_has_no_sequence_of_codes_not_even_that_of_before(
    ct: Dataset, through: Callable, policy_of: Callable
) -> None:
    policy = replace(policy_of(), codes=(), weaker_than_basic=("00100010",))
    ct.DeidentificationMethodCodeSequence = Sequence([Dataset()])
    ds = through(ct, policy, marks=marks_of(policy)).dataset
    assert "DeidentificationMethodCodeSequence" not in ds
    assert ds.DeidentificationMethod


def test_codes_have_the_meanings_of_the_standard(ct: Dataset, through: Callable, policy_of: Callable) -> None:
    policy = replace(policy_of(), codes=tuple(str(code) for code in range(113100, 113113)))
    marks = marks_of(policy, is_face_removed=True, is_text_examined=True)
    ds = through(ct, policy, marks=marks).dataset
    meanings = {item.CodeValue: item.CodeMeaning for item in ds.DeidentificationMethodCodeSequence}
    assert len(meanings) == 13
    assert {item.CodingSchemeDesignator for item in ds[0x00120064].value} == {"DCM"}
    known = {code.value: code.meaning for code in (getattr(codes.DCM, name) for name in codes.DCM.dir("Option"))}
    known |= {"113100": codes.DCM.BasicApplicationConfidentialityProfile.meaning}
    assert all(known[value] == meaning for value, meaning in meanings.items() if value in known)
    assert len(known) > 5


def test_pixel_codes_are_claimed_only_for_what_was_done(policy_of: Callable) -> None:
    policy = replace(policy_of(), codes=("113100", "113101", "113102"))
    assert marks_of(policy).codes == ("113100",)
    assert marks_of(policy, is_face_removed=True).codes == ("113100", "113102")
    examined = marks_of(policy, is_text_examined=True)
    assert examined.codes == ("113100", "113101")
    assert examined.burned_in_annotation == "NO"


@pytest.mark.parametrize(
    ("old", "claim", "new"),
    [(None, None, None), ("NO", None, None), ("YES", None, "YES"), ("UNKNOWN", None, None), ("YES", "NO", "NO"),
     ("NO", "YES", "YES"), (None, "NO", "NO")],
)  # fmt: skip
def test_an_old_claim_stays_only_when_it_warns(
    old: str | None, claim: str | None, new: str | None, ct: Dataset, through: Callable, policy_of: Callable
) -> None:
    if old is not None:
        ct.RecognizableVisualFeatures = ct.BurnedInAnnotation = old
    marks = replace(marks_of(policy_of()), recognizable_visual_features=claim, burned_in_annotation=claim)
    ds = through(ct, policy_of(), marks=marks).dataset
    assert ds.get("RecognizableVisualFeatures") == new
    assert ds.get("BurnedInAnnotation") == new


def test_an_old_no_goes_even_where_the_iod_asks_for_it(ct: Dataset, through: Callable, policy_of: Callable) -> None:
    ct.SOPClassUID, ct.BurnedInAnnotation = EnhancedCTImageStorage, "NO"
    assert "BurnedInAnnotation" not in through(ct, policy_of(), marks=marks_of(policy_of())).dataset


def test_changed_pixels_make_a_derived_image(ct: Dataset, through: Callable, policy_of: Callable) -> None:
    ct.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    frame = Dataset()
    frame.CTImageFrameTypeSequence = Sequence([Dataset()])
    frame.CTImageFrameTypeSequence[0].FrameType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    ct.PerFrameFunctionalGroupsSequence = Sequence([frame])
    ds = through(ct, policy_of(), marks=marks_of(policy_of(), derivation="Head surface removed")).dataset
    assert ds.ImageType == ["DERIVED", "PRIMARY", "AXIAL"]
    assert ds.DerivationDescription == "Head surface removed"
    kept = ds.PerFrameFunctionalGroupsSequence[0].CTImageFrameTypeSequence[0].FrameType
    assert kept == ["DERIVED", "PRIMARY", "VOLUME", "NONE"]


def test_the_image_type_stays_when_the_policy_says_so(ct: Dataset, through: Callable, policy_of: Callable) -> None:
    ct.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    policy = policy_of(keep_image_type=True)
    ds = through(ct, policy, marks=marks_of(policy, derivation="Head surface removed")).dataset
    assert ds.ImageType[0] == "ORIGINAL"
    assert ds.DerivationDescription


def test_unchanged_pixels_change_no_image_type(ct: Dataset, through: Callable, policy_of: Callable) -> None:
    ct.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds = through(ct, policy_of(), marks=marks_of(policy_of())).dataset
    assert ds.ImageType[0] == "ORIGINAL"
    assert "DerivationDescription" not in ds


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"])
def test_marks_read_alike_in_every_encoding(syntax: str, ct: Dataset, through: Callable, policy_of: Callable) -> None:
    marks = marks_of(policy_of(), software="S" * 80 + "ü\\", recognizable_visual_features="YES")
    ds = through(ct, policy_of(), syntax=syntax, marks=marks).dataset
    assert len(ds.DeidentificationMethod[0]) == 64
    assert len(ds.DeidentificationMethod) == 3
    assert ds.RecognizableVisualFeatures == "YES"
    assert stamped_codes(ds) == ["113100"]


def test_marks_are_told_in_words(policy_of: Callable) -> None:
    marks = marks_of(policy_of(), recognizable_visual_features="YES", derivation="Text masked")
    assert marks.as_text() == {
        "PatientIdentityRemoved": "YES",
        "DeidentificationMethod": "SlicerDeid\\policy test\\DICOM PS3.15 2026a",
        "DeidentificationMethodCodeSequence": "113100",
        "RecognizableVisualFeatures": "YES",
        "LongitudinalTemporalInformationModified": "MODIFIED",
        "DerivationDescription": "Text masked",
    }
