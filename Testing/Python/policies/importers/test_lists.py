# SPDX-License-Identifier: Apache-2.0
"""DICAT's fields to zap, keep-lists, redact-lists and site rules in TOML."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.model.policy import Action, ActionCode
from SlicerDeidLib.policies.fixed import read_with
from SlicerDeidLib.policies.importers.dicat_xml import read_fields_to_zap
from SlicerDeidLib.policies.importers.keyword_list import read_keyword_list
from SlicerDeidLib.policies.importers.rulefile import SiteRules, keywords
from SlicerDeidLib.policies.importers.site_toml import (
    Decision,
    make_decision,
    read_site_toml,
    replace_decisions,
    save_decisions,
)
from SlicerDeidLib.policies.load import read_policy
from SlicerDeidLib.policies.siterules import read_rules
from SlicerDeidLib.verification.pixels import KEPT_KEYWORDS

ZAP = """<data>
    <item>
      <name>0010,0030</name>
      <description>PatientBirthDate</description>
      <editable>yes</editable>
    </item>
    <item>
      <name>0010,0010</name>
      <description>PatientName</description>
      <editable>yes</editable>
      <forceInsert>yes</forceInsert>
    </item>
    <item><name>0008,009C</name><description>ConsultingPhysicianName</description><editable>no</editable></item>
</data>
"""


def codes(rules: SiteRules) -> dict[str, str]:
    return {rule.selector: rule.action.code.value for rule in rules.rules}


def test_fields_to_zap_are_emptied_and_the_name_becomes_the_new_id() -> None:
    assert codes(read_fields_to_zap(ZAP, "zap.xml")) == {"00100030": "Z", "00100010": "new-id", "0008009c": "Z"}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("<data>\n<thing/></data>", 2, "<thing> is not known"),
        ("<data>\n<item>\n<nme>0010,0010</nme></item></data>", 3, "<nme> is not known"),
        ("<data>\n<item><name>0010,001</name></item></data>", 2, "is no attribute"),
        ("<data>\n<item><editable>no</editable></item></data>", 2, "needs a <name>"),
        ("<data>\n<item><name>0010,0010</name><editable>maybe</editable></item></data>", 2, "yes or no"),
        ("<data>\n<item>", 2, "not XML"),
        ("<data>\nzap\n<item><name>0010,0010</name></item></data>", 2, "'zap' stands between"),
        ("<data><item>\n0010,0010<name>0010,0020</name></item></data>", 2, "'0010,0010' stands between"),
        (
            "<data>\n<item><name>0010,0010</name><description>PatientID</description></item></data>",
            2,
            "is that of (0010,0020), not of the tag (0010,0010)",
        ),
    ],
)
def test_what_is_no_list_of_dicat_is_refused_with_file_and_line(text: str, line: int, words: str) -> None:
    with pytest.raises(PolicyError) as caught:
        read_fields_to_zap(text, "zap.xml")
    assert caught.value.reason.startswith(f"zap.xml, line {line}: ")
    assert words in caught.value.reason


def in_effect(text: str, policy: str = "research") -> dict[str, str]:
    policy_with = read_policy(policy, rules=read_keyword_list(text, "keep.txt"))
    return {rule.selector: rule.action.code.value for rule in policy_with.rules}


def test_dates_that_a_keep_list_names_move_or_go_as_the_policy_says() -> None:
    text = "# keep\nStudyDate\nStudyTime\nPatientBirthDate\nRows\n"
    assert {in_effect(text)[tag] for tag in ("00080020", "00080030", "00100030")} == {"shift"}
    assert {in_effect(text, "basic")[tag] for tag in ("00080020", "00080030", "00100030")} == {"Z"}


def test_a_keep_list_keeps_what_it_names_maps_its_uids_and_removes_the_rest() -> None:
    text = "#\n# List of standard DICOM tag names to keep\n#\nImageType\nSOPInstanceUID\nPatientOrientation\n"
    rules = in_effect(text)
    assert rules["00080008"] == rules["00200020"] == "K"
    assert rules["00080018"] == "U"
    assert rules["00081030"] == rules["standard"] == rules["private"] == "X"
    assert rules["7fe00010"] == "K"


def test_a_keep_list_that_names_the_patients_name_and_numbers_keeps_the_new_id_in_their_place() -> None:
    text = "# keep\nPatientID\nPatientName\nAccessionNumber\nRows\n"
    rules = in_effect(text)
    assert [rules[tag] for tag in ("00100020", "00100010", "00080050", "00280010")] == ["new-id"] * 3 + ["K"]


def test_a_keep_list_keeps_all_that_the_audit_compares_of_what_the_voxels_mean() -> None:
    rules = codes(read_keyword_list("# keep\nStudyID\n", "keep.txt"))
    assert {keyword: rules[keywords()[keyword]] for keyword in KEPT_KEYWORDS} == dict.fromkeys(KEPT_KEYWORDS, "K")


def test_a_redact_list_takes_out_what_it_names_and_nothing_else() -> None:
    text = (
        "#\n# List of standard DICOM tag names to redact with 0s\n# (used only for DICOMDIR)\n#\nPatientAge\nStudyID\n"
    )
    assert codes(read_keyword_list(text, "tags.txt")) == {"00101010": "X/Z/D", "00200010": "X/Z/D"}


def test_what_kind_of_list_it_is_must_be_said() -> None:
    assert codes(read_keyword_list("StudyID", "redact_tags.txt")) == {"00200010": "X/Z/D"}
    with pytest.raises(PolicyError, match=r"^tags.txt, line 1: say in a comment"):
        read_keyword_list("StudyID", "tags.txt")


def test_a_word_that_is_no_attribute_is_refused_with_file_and_line() -> None:
    with pytest.raises(PolicyError, match=r"^keep.txt, line 3: 'PhysicianName' is no attribute"):
        read_keyword_list("# keep\nStudyID\nPhysicianName\n", "keep.txt")


def test_site_rules_in_toml_have_rules_and_options_and_no_name() -> None:
    rules = read_site_toml('options = ["retain-uids"]\n[rules]\nStudyID = "hash"\n', "site.toml")
    assert rules.options == ("retain-uids",)
    assert rules.rules[0].action == Action(ActionCode.HASH, None, "16")
    with pytest.raises(PolicyError, match=r"^site.toml, line 1: 'name' makes this a policy"):
        read_site_toml('name = "x"\n', "site.toml")
    with pytest.raises(PolicyError, match=r"^site.toml, line 2: 'rulez' is not known here"):
        read_site_toml("\n[rulez]\n", "site.toml")


@pytest.mark.parametrize(
    ("name", "text", "language"),
    [
        ("a.toml", "[rules]\n", "site rules"),
        ("deid.dicom", "# mine\n\nFORMAT dicom\n%header\nREMOVE StudyID", "recipe of pydicom/deid"),
        ("a.xml", ZAP, "DICAT's list of fields to zap"),
        ("a.script", "<?xml version='1.0'?>\n<script></script>", "anonymizer script of the RSNA"),
        ("keep.txt", "StudyID\n", "keep-list"),
        ("a.txt", "# to redact\nStudyID\n", "redact-list"),
    ],
)
def test_the_language_of_a_file_is_told_by_what_it_holds(tmp_path: Path, name: str, text: str, language: str) -> None:
    (tmp_path / name).write_text("\ufeff" + text, encoding="utf-8")
    rules = read_rules(tmp_path / name)
    assert (rules.label, rules.language) == (name, language)


def test_files_that_cannot_be_read_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "a.script").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "b.xml").write_text("<html></html>")
    for name, words in (("a.script", "not text in UTF-8"), ("b.xml", "of XML, scripts"), ("c.txt", "cannot be read")):
        with pytest.raises(PolicyError, match=f"^{name}.*{words}"):
            read_rules(tmp_path / name)


@settings(deadline=None)
@given(st.lists(st.sampled_from(sorted(keywords())), max_size=12), st.booleans())
def test_a_written_list_is_read_back(names: list[str], is_keep: bool) -> None:
    names = [name for name in names if keywords()[name][:4] not in ("0000", "0002", "fffe")]
    text = "\n".join([f"# {'keep' if is_keep else 'redact'}", *names])
    rules = codes(read_keyword_list(text, "list.txt"))
    for name in names:
        if keywords()[name] in rules:
            is_kept = is_keep or keywords()[name] in read_with()  # frames and their places, which no list takes away
            assert rules[keywords()[name]] in (("K", "U", "new-id") if is_kept else ("X/Z/D",))


def test_a_redact_list_leaves_what_an_image_cannot_be_read_without_and_says_so() -> None:
    rules = read_keyword_list("# redact\nPlaneOrientationSequence", "list.txt")
    assert codes(rules) == {"00209116": "K"}
    assert rules.notes == (
        "list.txt, line 2: without its groups of frames and their places an image cannot be read: they are kept.",
    )


ITEM = st.builds(
    "<item><name>{0}</name><editable>{1}</editable>{2}</item>".format,
    st.from_regex("[0-9a-f]{4},[0-9a-f]{4}", fullmatch=True) | st.text(max_size=6),
    st.sampled_from(["yes", "no", "perhaps"]),
    st.sampled_from(["", "<forceInsert>yes</forceInsert>", "<x/>"]),
)


@settings(deadline=None)
@given(st.lists(ITEM | st.text(max_size=9), max_size=5))
def test_any_list_is_read_or_refused_by_name(items: list[str]) -> None:
    for reader, text in ((read_fields_to_zap, f"<data>{''.join(items)}</data>"), (read_keyword_list, "\n".join(items))):
        reason = "site.txt, line "
        try:
            reader(text, "site.txt")
        except PolicyError as error:
            reason = error.reason
        assert reason.startswith("site.txt, line ")


# decisions about single values

VALUE = """[[values]]
attribute = "{}"
value = "x"
action = "{}"
{}
"""


@pytest.mark.parametrize(
    ("attribute", "action", "more", "line", "words"),
    [
        ("NoSuchThing", "keep", "", 2, "is no attribute"),
        ("vr:LO", "keep", "", 2, "is no attribute"),
        ("StationName", "vanish", "", 4, "'action' must be one of 'keep', 'remove' and 'replace'"),
        ("StationName", "replace", "", 2, "'replace' needs it"),
        ("StationName", "keep", 'with = "y"', 5, "nothing else has it"),
        ("StationName", "replace", 'with = "0123456789ABCDEFG"', 5, "not one of VR SH"),
        ("Rows", "replace", 'with = "1"', 2, "the image cannot be read without it"),
        ("Rows", "remove", "", 2, "the image cannot be read without it"),
        ("Modality", "replace", 'with = "MR"', 2, "the image cannot be read without it"),
        ("PatientIdentityRemoved", "keep", "", 2, "the program itself says this"),
        ("SOPInstanceUID", "remove", "", 2, "UIDs are mapped"),
        ("StudyDate", "remove", "", 2, "dates and times move"),
        ("AcquisitionTime", "keep", "", 2, "dates and times move"),
        ("StudyInstanceUID", "keep", "", 2, "UIDs are mapped"),
        ("PatientID", "remove", "", 2, "the subject's new ID stands there"),
        ("(0019,xx08)", "replace", 'with = "é"', 5, "letters without accents"),
        ("StationName", "keep", 'by = "y"', 5, "'by' is not known here"),
        ("StationName", "keep", "creator = 1", 5, "must be a text"),
    ],
)
def test_decisions_that_nobody_knows_are_refused_with_file_and_line(
    attribute: str, action: str, more: str, line: int, words: str
) -> None:
    try:
        (reason,) = read_site_toml(VALUE.format(attribute, action, more), "site.toml").faults
    except PolicyError as error:
        reason = error.reason
    assert reason.startswith(f"site.toml, line {line}: ")
    assert words in reason


def test_of_several_decisions_the_faulty_line_is_that_of_its_own() -> None:
    good = VALUE.format("StationName", "keep", "")
    (reason,) = read_site_toml(good + VALUE.format("StudyID", "vanish", ""), "site.toml").faults
    assert reason.startswith("site.toml, line 9: 'action' must be")


def test_a_description_of_dicat_may_be_in_the_standards_words_or_its_own() -> None:
    for description in ("Patient's Name", "PatientName", "The name", ""):
        text = f"<data><item><name>0010,0010</name><description>{description}</description></item></data>"
        assert codes(read_fields_to_zap(text, "zap.xml")) == {"00100010": "new-id"}


def test_a_recipe_without_its_first_line_and_a_policy_without_a_name_are_told_what_they_lack(tmp_path: Path) -> None:
    recipe = tmp_path / "site.dicom"
    recipe.write_text("# own\n%header\nREMOVE StudyID\n")
    with pytest.raises(
        PolicyError, match=r"^site.dicom, line 2: '%header' is of a recipe, whose first line says FORMAT"
    ):
        read_rules(recipe)
    listed = tmp_path / "site.toml"
    listed.write_text('title = "x"\nkeep = [\n"Modality"]\n')
    with pytest.raises(
        PolicyError, match=r"^site.toml, line 2: 'keep' makes this a policy: name the file with --policy"
    ):
        read_rules(listed)


def test_a_rare_matrix_that_the_inventory_saved_may_be_kept() -> None:
    rules = read_site_toml(VALUE.format("Rows", "keep", ""), "site.toml")
    assert (rules.values, rules.faults) == ({"00280010": {"x": Action(ActionCode.K)}}, ())


PRINTABLE = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
DECISIONS = st.builds(
    Decision,
    st.sampled_from(["00081090", "00181020", "0019xx08 ACME", "0029xxff", '0019xx08 A "quoted" \\ one']),
    PRINTABLE,
    st.sampled_from([Action(ActionCode.K), Action(ActionCode.X), Action(ActionCode.SET, argument="Some model")]),
    st.one_of(st.sampled_from(["1 of 7 subjects", 'of "ACME\n[rules]\nPatientName = "K"\n\x7f']), PRINTABLE),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(DECISIONS, max_size=6))
def test_saved_decisions_are_read_back_and_earlier_ones_stay(decisions: list[Decision]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "site.toml"
        path.write_text('[rules]\nStudyID = "X"\n')
        for decision in decisions:
            save_decisions(path, [decision])
        rules = read_rules(path)
    expected: dict[str, dict[str, Action]] = {}
    for one in decisions:
        expected.setdefault(one.attribute, {}).setdefault(one.value, one.action)
    assert rules.values == expected
    assert len(rules.rules) == 1


@settings(deadline=None, max_examples=30)
@given(st.lists(DECISIONS, max_size=6))
def test_decisions_that_replace_a_file_are_all_that_it_holds(decisions: list[Decision]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "site.toml"
        path.write_text('[rules]\nStudyID = "X"\n')
        replace_decisions(path, decisions)
        rules = read_rules(path)
        assert [each.name for each in Path(folder).iterdir()] == ["site.toml"]
    expected: dict[str, dict[str, Action]] = {}
    for one in decisions:
        expected.setdefault(one.attribute, {})[one.value] = one.action
    assert rules.values == expected
    assert not rules.rules


def test_a_decision_is_made_of_a_word_or_refused() -> None:
    assert make_decision("00081090", "A", "keep").action == Action(ActionCode.K)
    assert make_decision("0019xx08 ACME", "A", "replace", "B").action == Action(ActionCode.SET, argument="B")
    with pytest.raises(PolicyError, match="'Rows': the image cannot be read without it"):
        make_decision("00280010", "64", "replace", "65")
    assert make_decision("00280106", "64", "replace", "65").action.argument == "65"
    with pytest.raises(PolicyError, match="'SmallestImagePixelValue': 'with' must be as many numbers"):
        make_decision("00280106", "64", "replace", "low")
