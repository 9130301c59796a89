# SPDX-License-Identifier: Apache-2.0
"""The profile reviewer finds every contradiction with the master policy and with the standard, and no others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.policies.load import policy_names
from SlicerDeidLib.policies.review import notes, review
from SlicerDeidLib.policies.siterules import read_rules


def write(folder: Path, text: str, name: str = "site.dicom") -> Path:
    if name.endswith(".dicom"):
        text = f"FORMAT dicom\n%header\n{text}"
    path = folder / name
    path.write_text(text)
    return path


def said(path: Path, against: str | None = None) -> list[str]:
    return [str(contradiction) for contradiction in review(path, against)]


@pytest.mark.parametrize("name", policy_names())
def test_a_built_in_policy_does_not_contradict_the_standard_or_itself(name: str) -> None:
    assert review(name) == review(name, name) == ()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("REMOVE SOPInstanceUID", "is removed, but the IOD of CT Image"),
        ("REMOVE Modality", "the image cannot be read without it"),
        ("BLANK Rows", "the image cannot be read without it"),
        ("REMOVE StudyDate", "asks for it (Type 2)"),
        ("KEEP PatientName", "keeps more than the Basic Profile"),
        ("KEEP InstitutionName", "keeps more than the Basic Profile"),
        ("KEEP (0009,1001)", "keeps more than the Basic Profile"),
        ("KEEP PatientBirthDate", "beside an age tells to the year by how much"),
        ("KEEP StudyDate", "kept beside dates that are shifted, and tells by how much"),
        ("BLANK OperatorsName", "keeps more than the Basic Profile"),
        ("PSEUDO SOPClassUID UID", "the image cannot be read without it"),
        ("PSEUDO StudyDate FULL_NAME", "this attribute's are not"),
        ("PSEUDO StudyID NICKNAME", "class of pseudonyms"),
        ("REPLACE PatientBirthDate yesterday", "not one of VR DA"),
    ],
)
def test_each_contradiction_is_found_with_its_line(tmp_path: Path, line: str, words: str) -> None:
    found = said(write(tmp_path, f"PSEUDO StudyID ID_NUMERICAL\n{line}\n"))
    assert found
    assert all(one.startswith("site.dicom, line 4: ") for one in found)
    assert any(words in one for one in found)


@pytest.mark.parametrize(
    "line",
    ["REMOVE PatientAddress", "BLANK StudyID", "KEEP Rows", "KEEP Modality", "KEEP SOPClassUID",
     "JITTER StudyDate var:jitter", "REPLACE SOPInstanceUID func:new_UID", "PSEUDO ReferringPhysicianName FULL_NAME",
     "REMOVE ImageComments", "PSEUDO ClinicalTrialSiteID ID_NUMERICAL", "ADD PatientIdentityRemoved Yes", "REMOVE KVP"],
)  # fmt: skip
def test_what_neither_master_nor_standard_forbids_is_no_contradiction(tmp_path: Path, line: str) -> None:
    allowed = {"REMOVE KVP": 1}  # of Type 2 in a CT Image
    assert len(said(write(tmp_path, line))) == allowed.get(line, 0)


@pytest.mark.parametrize(
    ("kind", "wrong", "right", "words"),
    [
        (
            "removing Type 1",
            "REMOVE SOPInstanceUID",
            "REPLACE SOPInstanceUID func:new_UID",
            "asks for a value (Type 1)",
        ),
        ("removing Type 2", "REMOVE StudyTime", "JITTER StudyTime var:jitter", "asks for it (Type 2)"),
        (
            "removing Type 1 in items",
            "REMOVE ReferencedSOPInstanceUID",
            "REPLACE ReferencedSOPInstanceUID func:new_UID",
            "in items of its sequences (Type 1)",
        ),
        ("emptying Type 1", "BLANK StudyInstanceUID", "REPLACE StudyInstanceUID func:new_UID", "is emptied, but"),
        (
            "emptying Type 1 in items",
            "BLANK ReferencedSOPInstanceUID",
            "REPLACE ReferencedSOPInstanceUID func:new_UID",
            "is emptied, but",
        ),
        ("class and VR", "PSEUDO StudyDate FULL_NAME", "PSEUDO StudyDate DATE", "this attribute's are not"),
        ("an action and VR", "JITTER StudyID var:jitter", "REMOVE PatientAddress", "StudyID"),
        (
            "a value and VR",
            "REPLACE PatientBirthDate yesterday",
            "REPLACE PatientBirthDate 19500101",
            "not one of VR DA",
        ),
        ("keeping what goes", "KEEP PatientName", "PSEUDO PatientName FULL_NAME", "keeps more than"),
        ("keeping what is private", "KEEP (0009,1001)", "REMOVE (0009,1001)", "keeps more than"),
        ("keeping a real date", "KEEP SeriesDate", "JITTER SeriesDate var:jitter", "keeps more than"),
        ("taking what an image needs", "REMOVE Rows", "KEEP Rows", "cannot be read without it"),
    ],
)
@pytest.mark.parametrize("master", [None, "research"])
def test_a_contradiction_is_found_and_its_correction_is_none(
    tmp_path: Path, kind: str, wrong: str, right: str, words: str, master: str | None
) -> None:
    if wrong.startswith("JITTER"):
        with pytest.raises(PolicyError, match=r"^site.dicom, line 3: JITTER cannot be done to 'StudyID'"):
            said(write(tmp_path, wrong), master)
    else:
        found = said(write(tmp_path, wrong), master)
        assert all(one.startswith("site.dicom, line 3: ") for one in found), kind
        assert any(words in one for one in found), kind
    assert said(write(tmp_path, right), master) == [], kind


def test_a_group_that_is_removed_or_emptied_takes_nothing_that_an_iod_asks_for(tmp_path: Path) -> None:
    (found,) = said(write(tmp_path, "REMOVE select:group:0018"))
    assert found.startswith("site.dicom, line 3: (0018,xxxx) is removed with ")
    assert "asks for a value (Type 1)" in found
    found = "\n".join(said(write(tmp_path, '[rules]\n"(0054,xxxx)" = "Z"\n', "site.toml")))
    assert "site.toml, line 2: (0054,xxxx) is emptied with " in found
    assert said(write(tmp_path, '[rules]\n"(60xx,xxxx)" = "X"\n"(0009,xxxx)" = "X"\n', "site.toml")) == []


OVERRIDDEN = {
    "site.dicom": (
        "FORMAT dicom\n%header\nREMOVE PatientAddress\n{}\n{}\n",
        [
            ("REMOVE SOPInstanceUID", "REPLACE SOPInstanceUID func:new_UID"),
            ("PSEUDO StudyID NICKNAME", "PSEUDO StudyID ID_NUMERICAL"),
            ("REPLACE PatientBirthDate yesterday", "REPLACE PatientBirthDate 19500101"),
            ("BLANK SeriesInstanceUID", "REPLACE SeriesInstanceUID func:new_UID"),
        ],
    ),
    "site.script": (
        "<script>\n<r t='unspecifiedelements' en='F'/>\n<p t='A'>b</p>\n{}\n{}\n</script>",
        [
            ('<e en="T" t="0020000D" n="x">@remove()</e>', '<e en="T" t="0020000D" n="x">@uid(this)</e>'),
            ('<e en="T" t="00080020" n="x">@integer(this)</e>', '<e en="T" t="00080020" n="x">@hashdate(this)</e>'),
            ('<e en="T" t="00100010" n="x">@keep()</e>', '<e en="T" t="00100010" n="x">@empty()</e>'),
        ],
    ),
    "keep.toml": (
        "# one decision below the other\n\n\n{}\n{}\n",
        [
            (
                '[[values]]\nattribute = "ImageType"\nvalue = "A"\naction = "remove"',
                '[[values]]\nattribute = "(0008,0008)"\nvalue = "A"\naction = "keep"',
            ),
            (
                '[[values]]\nattribute = "KVP"\nvalue = "1"\naction = "replace"\nwith = "high"',
                '[[values]]\nattribute = "KVP"\nvalue = "1"\naction = "replace"\nwith = "2"',
            ),
        ],
    ),
}


@pytest.mark.parametrize(
    ("name", "frame", "wrong", "right"),
    [(name, frame, *pair) for name, (frame, pairs) in OVERRIDDEN.items() for pair in pairs],
)
def test_only_the_line_in_effect_is_judged(tmp_path: Path, name: str, frame: str, wrong: str, right: str) -> None:
    path = tmp_path / name
    path.write_text(frame.format(wrong, right))
    assert said(path, "research") == said(path) == []
    read_rules(path)
    path.write_text(frame.format(right, wrong))
    faulty = max(wrong.rfind("action") if wrong.endswith('"remove"') else wrong.rfind("with ="), 0)
    line = path.read_text()[: path.read_text().index(wrong) + faulty].count("\n") + 1
    found = said(path)
    if name == "site.dicom" and wrong.split()[0] in ("BLANK", "REMOVE"):
        assert found == []  # a recipe does not go by the order of its lines: KEEP, ADD, REPLACE, PSEUDO, JITTER, REMOVE
    else:
        assert [one.split(":")[0] for one in found] == [f"{name}, line {line}"] * len(found)
        assert found


def test_of_a_policy_that_extends_another_the_line_in_effect_is_named_whichever_file_has_it(tmp_path: Path) -> None:
    base = '{}keep = ["PatientAddress"]\n[rules]\nStationName = "K"\nStudyDate = "pseudo TIME"\nInstitutionName = "K"\n'
    (tmp_path / "base.toml").write_text(base.format('extends = "basic"\n'))
    (tmp_path / "empty.toml").write_text('extends = "base.toml"\n')
    found = said(tmp_path / "empty.toml", "basic")
    assert [one.split(":")[0] for one in found] == [f"base.toml, line {line}" for line in (2, 4, 5, 6)]
    rules = '[rules]\nPatientAddress = "X"\nStationName = "X"\nStudyDate = "Z"\nInstitutionName = "C"\n'
    (tmp_path / "child.toml").write_text(f'extends = "base.toml"\n{rules}')
    found = said(tmp_path / "child.toml", "basic")
    assert [one.split(":")[0] for one in found] == ["child.toml, line 6"]
    assert "InstitutionName" in found[0]


def test_a_line_in_effect_that_cannot_be_done_is_blamed_and_not_the_one_that_it_overrides(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text('extends = "basic"\n[rules]\nStationName = "K"\n')
    (tmp_path / "child.toml").write_text('extends = "base.toml"\n[rules]\nStationName = "shift"\n')
    (found,) = said(tmp_path / "child.toml", "basic")
    assert found.startswith("child.toml, line 3: 'shift' cannot be done to 'StationName'")
    table = '[[values]]\nattribute = "ImageType"\nvalue = "A"\naction = "{}"\n'
    text = table.format("remove") + table.format("replace") + 'with = "no code of sixteen letters"\n'
    (found,) = said(write(tmp_path, text, "site.toml"))
    assert found.startswith("site.toml, line 9: 'ImageType': the value is not one of VR CS")


def test_a_condition_with_a_branch_that_cannot_be_done_is_a_contradiction(tmp_path: Path) -> None:
    condition = "@if(this,exists){@integer(this)}{@empty()}"
    text = f'<script>\n<p t="A">b</p>\n<e en="T" t="00080020" n="x">{condition}</e></script>'
    found = said(write(tmp_path, text, "site.script"))
    assert any("line 3" in one and "this attribute's are not" in one for one in found)


def test_a_keep_list_that_keeps_nothing_of_the_patient_is_no_contradiction(tmp_path: Path) -> None:
    (tmp_path / "keep.txt").write_text("Rows\nSOPClassUID\nStudyInstanceUID\nModality\n")
    (tmp_path / "keep_less.txt").write_text("Rows\nSOPInstanceUID\nModality\n")
    for name in ("keep.txt", "keep_less.txt"):
        assert said(tmp_path / name) == said(tmp_path / name, "research") == []


def test_all_contradictions_are_found_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    lines = "KEEP PatientName\nPSEUDO StudyDate FULL_NAME\nREMOVE Modality\nPSEUDO PatientID TIME\nBLANK Rows\n"
    assert [one.split(":")[0] for one in said(write(tmp_path, lines))] == [
        f"site.dicom, line {number}" for number in (3, 4, 5, 6, 7)
    ]


def test_a_master_policy_forbids_more_than_the_standard(tmp_path: Path) -> None:
    site = write(tmp_path, "KEEP PatientSex\n")
    assert said(site) == said(site, "research") == []
    assert "than the policy 'basic with site rules'" not in "".join(said(site, "basic"))
    assert "keeps more than the policy 'basic': kept, instead of" in said(site, "basic")[0]


def test_the_options_of_a_policy_are_compared_with_the_master(tmp_path: Path) -> None:
    policy = write(tmp_path, 'extends = "basic"\noptions = ["retain-uids"]\n[rules]\nStationName = "K"\n', "site.toml")
    assert [one.split(":")[0] for one in said(policy)] == ["site.toml, line 4"]
    found = said(policy, "basic")
    assert found[0].startswith("site.toml, line 2: the Retain UIDs Option keeps more of ")
    assert len(found) == 2
    assert said(policy, str(policy)) == []


def test_a_policy_that_releases_heads_or_text_contradicts_a_master_that_does_not(tmp_path: Path) -> None:
    text = 'extends = "safe-harbor"\n[deface]\nmethod = "none"\nrequired = false\n'
    (found,) = said(write(tmp_path, text, "site.toml"), "safe-harbor")
    assert found.startswith("site.toml, line 2: [deface] lets recognisable heads be released")
    found = "\n".join(said(write(tmp_path, 'extends = "high"\n', "site.toml"), "safe-harbor"))
    assert "site.toml: [deface] lets recognisable heads be released" in found
    assert "site.toml: [text] lets text in pictures be released" in found
    assert said(write(tmp_path, 'extends = "safe-harbor"\n', "site.toml"), "safe-harbor") == []


def test_words_of_pictures_that_stay_contradict_a_master_that_releases_no_text(tmp_path: Path) -> None:
    site = write(tmp_path, '[text]\ngo = ["St. Anna"]\nstay = ["SUPINE"]\n', "site.toml")
    assert said(site, "research") == []
    (found,) = said(site, "safe-harbor")
    assert found.startswith("site.toml, line 3: 'stay' lets text in pictures be released")


def test_every_rule_of_a_policy_that_cannot_be_done_is_found(tmp_path: Path) -> None:
    text = '[rules]\nStudyDate = "pseudo TIME"\nStudyID = "shift"\n[text]\nmode = "off"\n'
    found = said(write(tmp_path, text, "site.toml"))
    assert [one.split(":")[0] for one in found] == ["site.toml, line 2", "site.toml, line 3"]


def test_decisions_about_values_are_checked_with_their_lines(tmp_path: Path) -> None:
    table = '[[values]]\nattribute = "{}"\nvalue = "128"\naction = "{}"\n'
    asked = (("Rows", "remove"), ("SOPInstanceUID", "keep"), ("StationName", "remove"), ("ImageType", "remove"))
    found = said(write(tmp_path, "".join(table.format(*each) for each in asked), "site.toml"))
    assert [one.split(":")[0] for one in found] == [f"site.toml, line {line}" for line in (2, 6, 16)]
    assert [words in one for words, one in zip(("cannot be read", "are mapped", "(Type 1)"), found, strict=True)] == [
        True
    ] * 3


def test_a_script_and_a_list_are_checked_too(tmp_path: Path) -> None:
    script = '<script>\n<p t="A">b</p>\n<e en="T" t="0020000D" n="StudyInstanceUID">@remove()</e></script>'
    assert "site.script, line 3: StudyInstanceUID" in said(write(tmp_path, script, "site.script"))[0]
    assert "keep.txt, line 2: PatientAddress" in said(write(tmp_path, "# keep\nPatientAddress\n", "keep.txt"))[0]


def test_a_word_that_nobody_knows_is_an_error_and_no_contradiction(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"^site.dicom, line 3: 'VANISH' is no action"):
        review(write(tmp_path, "VANISH StudyID"))
    with pytest.raises(PolicyError, match="There is no policy"):
        review(write(tmp_path, "KEEP Rows"), "nobody")


@pytest.mark.parametrize("line", ['standard = "X"', '"vr:UI" = "X"'])
def test_removing_all_that_no_other_rule_names_takes_what_an_iod_needs(tmp_path: Path, line: str) -> None:
    (found,) = said(write(tmp_path, f"[rules]\n{line}\n", "site.toml"))
    assert found.startswith("site.toml, line 2: ")
    assert "asks for a value (Type 1)" in found


def test_removing_it_as_its_type_allows_is_no_contradiction(tmp_path: Path) -> None:
    assert said(write(tmp_path, '[rules]\nstandard = "X/Z/D"\n', "site.toml")) == []


def test_to_keep_an_age_is_no_contradiction_since_those_of_ninety_are_one(tmp_path: Path) -> None:
    assert said(write(tmp_path, '[rules]\nPatientAge = "K"\n', "site.toml")) == []


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ('PatientSex = "set Q"', "is set to a value that the standard does not have for it; it has 'M', 'F' and 'O'."),
        ('PresentationIntentType = "set PROCESSING"', "it has 'FOR PRESENTATION' and 'FOR PROCESSING'."),
        ('StudyDate = "set 20200101"', "is the same for all beside dates that are shifted"),
        ('PatientSex = "set O"', ""),
        ('PatientBirthDate = "set 19500101"', ""),
        ('BodyPartExamined = "set HEAD"', ""),
    ],
)
def test_a_written_value_is_held_against_the_standard(tmp_path: Path, rule: str, words: str) -> None:
    found = said(write(tmp_path, f"[rules]\n{rule}\n", "site.toml"))
    assert bool(found) is bool(words)
    assert all(one.startswith("site.toml, line 2: ") and words in one for one in found)


GROUPS = {
    "site.toml": '[rules]\n\n"(0008,002x)" = "K"\n',
    "policy.toml": 'name = "ours"\n[rules]\n"(0008,002x)" = "K"\n',
    "script.xml": '<script>\n\n<k en="T" t="0008">x</k></script>',
    "site.dicom": "KEEP select:group:0008\n",
}


@pytest.mark.parametrize("name", GROUPS)
def test_a_group_that_is_kept_is_said_to_keep_no_dates_and_what_does(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, GROUPS[name], name)
    (note,) = notes(path)
    assert note.startswith(f"{name}, line 3: (0008,")
    assert re.search(r"does not keep \w+(Date|Time) and \d+ other dates and times, about which narrower rules", note)
    assert note.endswith("keep all dates with --option retain-full-dates.")
    assert ("write a rule for each that is to stay" in note) is (name == "policy.toml")  # whose dates go anyway
    assert any("in what no narrower rule names" in one for one in said(path))


def test_a_group_without_dates_or_beside_kept_ones_is_not_said_to_keep_none(tmp_path: Path) -> None:
    assert notes(write(tmp_path, '[rules]\n"(0028,0010)" = "K"\n"(0009,xxxx)" = "K"\n', "site.toml")) == ()
    text = 'options = ["retain-full-dates"]\n[rules]\n"(0008,002x)" = "K"\n'
    assert notes(write(tmp_path, text, "site.toml")) == ()
    assert not any(notes(name) for name in policy_names())


@pytest.mark.parametrize("options", ["[]", '["retain-full-dates"]'])
def test_of_a_birth_date_in_a_group_it_is_not_said_that_an_option_keeps_it(tmp_path: Path, options: str) -> None:
    text = f'options = {options}\n[rules]\n"(0010,003x)" = "K"\n'
    (note,) = notes(write(tmp_path, text, "site.toml"))
    assert note.startswith("site.toml, line 3: (0010,003x) does not keep PatientBirthDate")
    assert "retain-full-dates" not in note
