# SPDX-License-Identifier: Apache-2.0
"""Series that were made for the face itself: which they are, and what happens to them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import SlicerDeidLib as deid
from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.model.examination import Examination, Examined
from SlicerDeidLib.model.instance import Instance, Series
from SlicerDeidLib.model.plan import Verdict
from SlicerDeidLib.planning.faceprotocols import WITHHELD, face_kinds
from SlicerDeidLib.planning.verdicts import Judgement, judge
from SlicerDeidLib.policies.faceprotocols import face_protocols

STORAGE = "1.2.840.10008.5.1.4.1.1."
CT, ENHANCED_CT, MR, CAPTURE, US = (STORAGE + s for s in ("2", "2.1", "4", "7", "6.1"))
AXIAL = {
    "position": (0.0, 0.0, 0.0),
    "row_cosines": (1.0, 0.0, 0.0),
    "column_cosines": (0.0, 1.0, 0.0),
    "rows": 64,
    "columns": 64,
}


def series_of(
    series: str = "", study: str = "", *, codes: str = "", sop_class: str = CT, kind: tuple[str, ...] = ("ORIGINAL",)
) -> Series:
    """One image whose header says that something was examined."""
    examination = Examination(Examined(frozenset({series})), Examined(frozenset({study}), frozenset(codes.split())))
    instance = Instance(
        Path("1"), "dicom", 1, 1, sop_class, "1.2.840.10008.1.2.1", "CT", "1.1", "2", "3", image_type=kind,
        examination=examination, **AXIAL,  # type: ignore[arg-type]
    )  # fmt: skip
    return Series(1, "dicom", "CT", "2", (instance,))


def judged(
    series: Series, answer: str = "withhold", deface: str = "auto", policy: str = "research", objects: str = "images"
) -> Judgement:
    rules = deid.with_choices(deid.read_policy(policy), deface=deface, face_protocols=answer)
    return judge(series, replace(rules, objects=objects), frozenset())


def kinds(series: str, study: str = "", codes: str = "") -> tuple[str, ...]:
    return face_kinds(series_of(series, study, codes=codes).instances, face_protocols())


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("ORBITS 1.0 H60s", "the orbits"),
        ("Órbitas sin contraste", "the orbits"),
        ("ax T2 fs Sehnerv", "the orbits"),
        ("HeadSinus", "nose and sinuses"),
        ("CTSinus_1mm", "nose and sinuses"),
        ("NNH LowDose", "nose and sinuses"),
        ("Nasennebenhöhlen cor", "nose and sinuses"),
        ("seni paranasali", "nose and sinuses"),
        ("副鼻腔CT", "nose and sinuses"),
        ("Temporal Bones 0.6", "ears and temporal bones"),
        ("Felsenbein links", "ears and temporal bones"),
        ("ROCHERS", "ears and temporal bones"),
        ("t2 ci3d IAC", "ears and temporal bones"),
        ("DentaScan", "teeth and jaws"),
        ("Unterkiefer", "teeth and jaws"),
        ("TMJ_R", "teeth and jaws"),
        ("челюсть", "teeth and jaws"),
        ("FACIAL TRAUMA", "the face"),
        ("Gesichtsschädel", "the face"),
        ("massif facial", "the face"),
        ("Bell's palsy", "the facial nerve and salivary glands"),
        ("Speicheldrüsen", "the facial nerve and salivary glands"),
        ("PAROTIDS", "the facial nerve and salivary glands"),
        ("PARANASALSINUS", "nose and sinuses"),  # Body Part Examined, PS3.16 Annex L
        ("JAW", "teeth and jaws"),
        ("HEADSINUS", "nose and sinuses"),
        ("SinoNasal 1.0", "nose and sinuses"),
        ("ППН", "nose and sinuses"),
        ("zatoki przynosowe", "nose and sinuses"),
        ("부비동 CT", "nose and sinuses"),
        ("内耳道", "ears and temporal bones"),
        ("internal auditory canals", "ears and temporal bones"),
        ("MAXFAC", "the face"),
        ("MRI FACE W/O", "the face"),
        ("TC de face", "the face"),
    ],
)
def test_series_of_the_face_are_known_by_words_of_many_languages(said: str, kind: str) -> None:
    assert kinds(said) == (kind,)


@pytest.mark.parametrize(
    "said",
    [
        "CT HEAD W/O CONTRAST 5mm", "HeadRoutine", "sagittal sinus", "sinus venous thrombosis", "Thorax de face",
        "SURFACE COIL", "temporal lobe", "orbito-meatal line", "Incidental", "dura sinus cavernosus", "FACE MASK", "",
        "rsfMRI eyes open", "REST_EYES_CLOSED", "fMRI_FACES", "FMRI_FACES", "CTV sinuses", "MRV sinus", "SINUS VEINS",
        "Sinus Venography", "thrombose des sinus", "senos venosos", "Sinus Valsalvae", "aortic sinus", "renal sinus",
        "sinus tachycardia", "CHEST SPN", "RM SENI", "naso-gastric tube", "T2 EYE TO VERTEX",
    ],
)  # fmt: skip
def test_words_that_mean_something_else_withhold_nothing(said: str) -> None:
    assert kinds(said) == ()


def test_a_study_of_the_face_is_one_unless_its_series_says_that_it_is_of_another_part() -> None:
    assert kinds("1.0 H60s", "CT FACE AND BRAIN") == ("the face",)
    assert kinds("BRAIN 5mm", "CT FACE AND BRAIN") == ()
    assert kinds("CSPINE", "CT FACE AND BRAIN") == ()
    assert kinds("brain and orbits", "CT") == ("the orbits",)
    assert kinds("", codes="SCT:363654007") == ("the orbits",)
    assert kinds("", codes="LN:24696-7 C4:70480") == ("the orbits", "the face")
    assert kinds("brain", codes="SCT:363654007") == ()


def test_such_a_series_is_withheld_with_the_question() -> None:
    judgement = judged(series_of("SINUS"))
    assert judgement.verdict is Verdict.REFUSE
    assert judgement.reason.startswith(WITHHELD)
    for words in ("nose and sinuses", "--face-protocols", "keep (undefaced", "deface", "leave-out"):
        assert words in judgement.reason


@pytest.mark.parametrize("deface", ["auto", "face", "surface", "surface+face", "skullstrip"])
def test_every_answer_is_done_with_every_method(deface: str) -> None:
    series = series_of("SINUS")
    kept, defaced, out = (judged(series, answer, deface) for answer in ("keep", "deface", "leave-out"))
    assert (kept.verdict, kept.deface) == (Verdict.RELEASE, "none")
    assert any("kept undefaced" in note for note in kept.notes)
    assert (defaced.verdict, defaced.deface) == (Verdict.RELEASE, deface)
    assert any("defaced all the same" in note for note in defaced.notes)
    assert out.verdict is Verdict.LEAVE_OUT
    assert "stays out" in out.reason


def test_where_nothing_is_defaced_nothing_is_asked() -> None:
    for answer in ("withhold", "keep", "deface", "leave-out"):
        judgement = judged(series_of("SINUS"), answer, "none")
        assert (judgement.verdict, judgement.deface) == (Verdict.RELEASE, "none")
    assert judged(series_of("SINUS", sop_class=US)).verdict is Verdict.RELEASE


def test_what_is_kept_undefaced_is_all_that_no_defacing_would_release_but_pictures_of_the_face() -> None:
    reformat = series_of("SINUS COR", kind=("DERIVED", "SECONDARY", "MPR"))
    assert judged(reformat).reason.startswith(WITHHELD)
    assert judged(reformat, "keep").verdict is Verdict.RELEASE
    projection = series_of("SINUS COR", kind=("DERIVED", "SECONDARY", "MIP"))
    assert judged(projection, "keep").verdict is Verdict.RELEASE
    assert judged(projection, "deface").verdict is Verdict.REFUSE
    assert judged(series_of("DENTAL", sop_class=ENHANCED_CT), "keep").deface == "none"
    assert judged(series_of("FACE", sop_class=CAPTURE), "keep").verdict is Verdict.LEAVE_OUT
    for kind in ("VRT", "LOCALIZER", "SCOUT"):
        series = series_of("FACE", kind=("DERIVED", "SECONDARY", kind))
        assert judged(series, "keep").verdict is Verdict.REFUSE
        assert judged(series, "keep", objects="all").verdict is Verdict.REFUSE


def test_a_policy_that_releases_no_recognisable_head_keeps_none_undefaced() -> None:
    with pytest.raises(PolicyError, match="recognisable"):
        judged(series_of("SINUS"), "keep", policy="safe-harbor")
    assert "keep" not in judged(series_of("SINUS"), policy="safe-harbor").reason
    assert judged(series_of("SINUS"), "deface", policy="safe-harbor").verdict is Verdict.RELEASE


def test_the_answer_can_stand_in_a_policy_file(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('name = "own"\n[deface]\nface_protocols = "keep"\n')
    assert deid.read_policy(path).face_protocols == "keep"
    assert deid.with_choices(deid.read_policy(path), face_protocols="leave-out").face_protocols == "leave-out"
    path.write_text('name = "own"\n[deface]\nface_protocols = "perhaps"\n')
    with pytest.raises(PolicyError, match="face_protocols"):
        deid.read_policy(path)


def test_another_answer_leaves_all_other_series_as_they_are() -> None:
    policy = deid.read_policy("research")
    assert repr(replace(policy, face_protocols="keep")) == repr(policy)  # what fingerprints are made of
