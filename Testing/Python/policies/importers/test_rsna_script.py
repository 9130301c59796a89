# SPDX-License-Identifier: Apache-2.0
"""Scripts of the RSNA's anonymizer and of CTP: every function, and what is refused with file and line."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.model.policy import Action, ActionCode
from SlicerDeidLib.policies.importers.rsna_script import read_script
from SlicerDeidLib.policies.importers.rulefile import SiteRules

CTP = '<p t="DATEINC">-3210</p><p t="SITENAME">Our Site</p>'


def e(tag: str, operation: str, enabled: str = "T", name: str = "x") -> str:
    return f'<e en="{enabled}" t="{tag}" n="{name}">{operation}</e>'


def read(*lines: str) -> SiteRules:
    return read_script("<script>\n" + "\n".join(lines) + "\n</script>", "site.script")


def action(rules: SiteRules, selector: str) -> Action | None:
    return next((rule.action for rule in rules.rules if rule.selector == selector), None)


@pytest.mark.parametrize(
    ("tag", "operation", "expected"),
    [
        ("00081030", "", Action(ActionCode.K)),
        ("00081030", "@keep()", Action(ActionCode.K)),
        ("00080080", "@remove()", Action(ActionCode.X)),
        ("00080080", "@remove", Action(ActionCode.X)),
        ("(0008,0080)", "@empty()", Action(ActionCode.Z)),
        ("[0008,0080]", "@blank(3)", Action(ActionCode.Z)),
        ("00100020", "@ptid", Action(ActionCode.NEW_ID)),
        ("00100010", "@ptid()", Action(ActionCode.NEW_ID)),
        ("00100010", "@hashname(this,6,2)", Action(ActionCode.NEW_ID)),
        ("00080050", "@acc", Action(ActionCode.NEW_ID)),
        ("00080050", "@hash(this,16)", Action(ActionCode.NEW_ID)),
        ("00200010", "@hash(this,16)", Action(ActionCode.HASH, None, "16")),
        ("00080018", "@uid", Action(ActionCode.U)),
        ("00080018", "@@uid()", Action(ActionCode.U)),
        ("00080018", "@hashuid(@UIDROOT,this)", Action(ActionCode.U)),
        ("00100021", "@uid()", Action(ActionCode.HASH, None, "16")),
        ("00081140", "@uid()", Action(ActionCode.X)),
        ("00280103", "@keep()", Action(ActionCode.K)),
        ("00280106", "@hash(this,9)", Action(ActionCode.X)),
        ("00402016", "@hashdate", Action(ActionCode.HASH, None, "16")),
        ("00080020", "@hashdate(this,PatientID)", Action(ActionCode.SHIFT, ActionCode.Z)),
        ("00080020", "@incrementdate(this,@DATEINC)", Action(ActionCode.SHIFT, ActionCode.Z)),
        ("00080020", "@modifydate(this,*,*,1)", Action(ActionCode.Z)),
        ("00101010", "@round(this,5)", Action(ActionCode.ROUND, None, "5")),
        ("00200010", "@integer(this,StudyID,4)", Action(ActionCode.PSEUDO, None, "ID_NUMERICAL")),
        ("00080080", "Our Hospital", Action(ActionCode.SET, None, "Our Hospital")),
        ("00080080", "@always()Our Hospital", Action(ActionCode.SET, None, "Our Hospital")),
        ("00080060", "@require()", Action(ActionCode.K)),
        ("00080080", "@if(this,isblank){@empty()}{@remove()}", Action(ActionCode.X)),
        ("00080080", "@if(Modality,equals,&quot;CT&quot;){@keep()}{@if(this,exists){@empty()}{@keep()}}",
         Action(ActionCode.Z)),
        ("00080020", "@select(){@hashdate(this,PatientID)}{@remove()}", Action(ActionCode.X)),
        ("00081140", "@process()", Action(ActionCode.K)),
        ("00190010", "@remove()", Action(ActionCode.X)),
        ("00100020", "@param(@SHORTNAME)-@hashptid(@SITEID,this,10)", Action(ActionCode.NEW_ID)),
        ("00200010", "Study @hash(this,9)", Action(ActionCode.HASH, None, "16")),
        ("00080008", "@if(ImageType,contains,&quot;SCREEN SAVE&quot;){@quarantine()}{@keep()}", Action(ActionCode.K)),
        ("00081030", "@if(RefImageSeq,exists){@empty()}{@keep()}", Action(ActionCode.Z)),
        ("00081030", "@contents(this)", Action(ActionCode.K)),
        ("00081030", "@value(StudyDescription)", Action(ActionCode.K)),
        ("00081030", "@if(Modality,equals,&quot;CT&quot;){}{@keep()}", Action(ActionCode.Z)),
    ],
)  # fmt: skip
def test_every_function_has_its_meaning(tag: str, operation: str, expected: Action) -> None:
    selector = tag.strip("()[]").replace(",", "").lower()
    rules = read(e(tag, operation))
    assert action(rules, selector) == expected
    assert next(rule.source for rule in rules.rules if rule.selector == selector) == "site.script:2"


def test_no_constant_makes_patients_or_images_one() -> None:
    rules = read(e("00100020", "ANON"), e("00100010", "Anonymous"), e("0020000D", "1.2.3"))
    assert action(rules, "00100020") == action(rules, "00100010") == Action(ActionCode.NEW_ID)
    assert action(rules, "0020000d") == Action(ActionCode.U)
    patients, images = rules.notes
    assert patients.startswith("site.script, line 2: one value for all patients")
    assert images.startswith("site.script, line 4: one UID for all images")


def test_what_the_anonymizer_of_the_rsna_does_not_name_is_removed_but_not_what_the_image_needs() -> None:
    rules = read(e("00100040", ""))
    assert action(rules, "standard") == action(rules, "private") == action(rules, "00080080") == Action(ActionCode.X)
    assert action(rules, "00280010") == action(rules, "7fe00010") == Action(ActionCode.K)
    assert action(rules, "0020000d") is None  # mapped by the profile
    assert action(rules, "00100020") is None  # the new ID


def test_what_a_script_of_ctp_does_not_name_or_switches_off_stays_as_the_policy_says() -> None:
    rules = read(CTP, e("00080080", "@remove()"), e("00081030", "@remove()", enabled="F"))
    assert [rule.selector for rule in rules.rules] == ["00080080"]
    others = read(CTP, e("00080080", ""), '<r en="T" t="unspecifiedelements">Remove unchecked elements</r>')
    assert action(others, "standard") == Action(ActionCode.X)


def test_groups_are_removed_and_kept_as_a_script_says() -> None:
    rules = read(
        CTP,
        '<k en="T" t="0018">Keep group 0018</k>',
        '<k en="F" t="0020">Keep group 0020</k>',
        '<r en="T" t="privategroups">Remove private groups</r>',
        '<r en="T" t="overlays">Remove overlays</r>',
        '<r en="F" t="curves">Remove curves</r>',
    )
    assert {rule.selector: rule.action.code.value for rule in rules.rules} == {
        "0018xxxx": "K", "private": "X", "60xxxxxx": "X",
    }  # fmt: skip
    assert any("curves" in note for note in rules.notes)


def test_of_private_groups_that_are_removed_the_safe_elements_stay_where_a_script_keeps_them() -> None:
    rules = read(CTP, '<k en="T" t="safeprivateelements">x</k>', '<r en="T" t="privategroups">x</r>')
    assert rules.options == ("retain-safe-private",)
    assert action(rules, "private") is None


def test_private_attributes_are_named_by_their_creator() -> None:
    rules = read(e("0019[ACME MED 1]08", "@remove()"), e("(0021,00[ACME])", "@keep()"), e("0023[ACME]01", "@hash"))
    named = {rule.selector: rule.action.code.value for rule in rules.rules if " " in rule.selector}
    assert named == {"0019xx08 ACME MED 1": "X", "0021xxxx ACME": "K", "0023xx01 ACME": "X"}
    assert any("private attributes are not written" in note for note in rules.notes)


def test_a_parameter_is_written_where_it_is_named() -> None:
    assert action(read(CTP, e("00120031", "@param(@SITENAME)")), "00120031") == Action(ActionCode.ADD, None, "Our Site")


def test_dates_that_are_kept_beside_shifted_ones_are_shifted_too() -> None:
    rules = read(e("00080020", "@hashdate"), e("00080021", "@keep()"), e("00080030", ""))
    assert action(rules, "00080021").code is ActionCode.SHIFT
    assert action(rules, "00080030").code is ActionCode.K  # times stay where dates move by whole days
    assert "line 3: a date that is kept beside shifted ones" in rules.notes[-1]
    assert action(read(e("00080020", "@remove()"), e("00080021", "")), "00080021").code is ActionCode.K


def test_what_the_program_says_of_itself_and_what_is_no_attribute_is_passed_over() -> None:
    rules = read(e("00120062", "YES"), e("00120063", "@always()@append(){CTP Default}"), e("FFFEE000", ""),
                 e("00020010", "@keep()"))  # fmt: skip
    named = {rule.selector for rule in rules.rules if not rule.source.endswith("needs it")}
    assert not named & {"00120062", "00120063", "fffee000", "00020010"}
    assert [note for note in rules.notes if "the program says itself" in note]


def test_groups_of_frames_are_kept_with_a_note_and_a_line_that_removes_rows_is_refused() -> None:
    rules = read(e("52009229", "@remove()"), e("52009230", "@remove()"), e("00280010", "@remove()"))
    assert action(rules, "52009229") == action(rules, "52009230") == Action(ActionCode.K)
    assert "line 2: without its groups of frames" in rules.notes[0]
    (fault,) = rules.faults
    assert fault.startswith("site.script, line 4: 'x': the image cannot be read without it")


def test_conditions_within_thousands_of_others_are_refused_with_their_line() -> None:
    nested = "@if(this,exists){" * 3000 + "@remove()" + "}{@keep()}" * 3000
    with pytest.raises(PolicyError, match=r"^site.script, line 2: the action of 'x' has more than 50 conditions"):
        read(e("00080080", nested))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("<script>\n<e>", 2, "this is not XML"),
        ("<data/>", 1, "begins with <script>"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><script/>', 1, "must not define entities"),
        ("<script>\n<x/></script>", 2, "<x> is not known"),
        (f"<script>\n\n{e('PatientID', '@ptid')}</script>", 3, "is no tag"),
        (f"<script>\n{e('00080080', '@vanish()')}</script>", 2, "'@vanish' is no function"),
        (f"<script>\n{e('00080020', '@round(this,5)')}</script>", 2, "'round' cannot be done"),
        (f"<script>\n{e('00101010', '@round(this)')}</script>", 2, "@round(this,WIDTH)"),
        (f"<script>\n{e('00080080', '@lookup(this,x)')}</script>", 2, "'@lookup' cannot be done"),
        (f"<script>\n{e('00080080', '@if(this,isblank)')}</script>", 2, "branches"),
        (f"<script>\n{e('00080080', '@param(@NOBODY)')}</script>", 2, "no parameter"),
        (f"<script>\n{e('00080020', 'yesterday')}</script>", 2, "not one of VR DA"),
        (f"<script>\n{e('00080020', '@contents(StudyTime)')}</script>", 2, "in another attribute cannot be written"),
        (f"<script>\n{e('00080080', '@value(PatientName,x)')}</script>", 2, "is no attribute"),
        (f"<script>\n{e('00080080', '@contents(this,&quot;a&quot;,&quot;b&quot;)')}</script>", 2, "is no attribute"),
        (f"<script>\n{e('00080080', '@keep()@remove()')}</script>", 2, "beside its function"),
        (f"<script>\n{e('00080080', '@hash(this) and @more')}</script>", 2, "beside its function"),
        (f"<script>\n{e('00080080', '@remove() it')}</script>", 2, "beside its function"),
        (f"<script>\n{e('00080020', '@hashdate(this,PatentID)')}</script>", 2, "'PatentID' is no attribute"),
        (f"<script>\n{e('00080080', '@if(this,frobs){@keep()}{@remove()}')}</script>", 2, "'frobs' is no condition"),
        (f"<script>\n{e('00080080', '@if(Nobody,exists){@keep()}{@remove()}')}</script>", 2, "is no attribute"),
        (f"<script>\n{e('00080080', '@if(this,exists){@keep()}{@remove()}@keep()')}</script>", 2, "branches"),
        (f"<script>\n{e('00080080', '@if(this,exists){@keep()}')}</script>", 2, "branches"),
        (f"<script>\n{e('00080080', '@remove()', enabled='X')}</script>", 2, "en is T or F"),
        ('<script>\n<r en="T" t="everything"/></script>', 2, "is not known in <r>"),
        ('<script>\n<k en="T" t="all"/></script>', 2, "is no group"),
        (f"<script>\n\nremove it\n{e('00080080', '@remove()')}</script>", 3, "'remove' stands between"),
        ('<script>\n<e en="T" t="00080080"><x>@keep()</x></e></script>', 2, "<x> is not known in <e>"),
        (
            f"<script>\n<p t='K'>@contents(InstitutionName)</p>\n{e('00081030', '@param(@K)')}</script>",
            3,
            "holds a function, which is not carried out",
        ),
    ],
)
def test_what_nobody_knows_is_refused_with_file_and_line(text: str, line: int, words: str) -> None:
    try:
        (reason,) = read_script(text, "site.script").faults
    except PolicyError as error:
        reason = error.reason
    assert reason.startswith(f"site.script, line {line}: ")
    assert words in reason


OPERATIONS = st.sampled_from(["@remove()", "@keep()", "", "@empty()", "@hash(this,9)", "@uid", "@if(a){@b}{c}", "YES"])
LINES = st.builds(e, st.from_regex("[0-9a-f]{8}", fullmatch=True), OPERATIONS | st.from_regex(r"@\w+\(.{0,3}\)"))


@settings(deadline=None, max_examples=60)
@given(st.lists(LINES | st.text(max_size=20), max_size=6))
def test_any_script_is_read_or_refused_by_name(lines: list[str]) -> None:
    try:
        rules = read(*lines)
    except PolicyError as error:
        reason = error.reason
    else:
        reason = "site.script, line "
        assert all(rule.source.startswith("site.script:") for rule in rules.rules)
    assert reason.startswith("site.script, line ")


def test_a_lookup_of_an_identifier_says_that_the_new_id_is_written() -> None:
    rules = read(e("00080050", "@lookup(this,acc)"))
    assert [rule.action.code for rule in rules.rules if rule.selector == "00080050"] == [ActionCode.NEW_ID]
    assert any(note.endswith("no lookup table is read: the new ID is written.") for note in rules.notes)
    assert not any("lookup" in note for note in read(e("00100020", "@ptid()")).notes)
