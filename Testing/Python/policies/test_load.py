# SPDX-License-Identifier: Apache-2.0
"""Reading policies: the built-in ones, users' files, and everything that is refused with file and line."""

from __future__ import annotations

import pickle
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.headers.select import RuleBook
from SlicerDeidLib.model.policy import Action, ActionCode, Policy, Rule
from SlicerDeidLib.policies.load import policy_names, read_policy
from SlicerDeidLib.policies.ps315 import OPTION_ALIASES, table_rows
from SlicerDeidLib.policies.siterules import read_rules

CLAIMS_TOO_MUCH = ("anonymous", "anonymis", "anonymiz", "compliant", "guarantee", "unrecognisable", "irreversible")


def write(folder: Path, text: str, name: str = "site.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def rule_of(policy: Policy, selector: str) -> Rule:
    return next(rule for rule in policy.rules if rule.selector == selector)


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(PolicyError) as caught:
        read_policy(write(folder, text))
    return caught.value.reason


# the built-in policies


def test_research_is_the_default_and_basic_is_there() -> None:
    assert policy_names()[:2] == ("research", "basic")
    for name in policy_names():
        assert read_policy(name).name == name


def test_every_policy_file_that_ships_is_a_built_in_one() -> None:
    folder = resources.files("SlicerDeidLib.policies").joinpath("data")
    files = {entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")}
    assert files == {*policy_names(), "supplement", "dispositions", "ultrasound", "structures", "face-protocols"}


def test_basic_is_the_basic_profile_and_nothing_else() -> None:
    policy = read_policy("basic")
    assert policy.codes == ("113100",)
    assert policy.dates == "REMOVED"
    assert policy.weaker_than_basic == ()
    assert not [r for r in policy.rules if r.action.code in (ActionCode.SHIFT, ActionCode.AGE)]


def test_research_cleans_text_shifts_dates_and_keeps_sex_and_age_only() -> None:
    policy = read_policy("research")
    assert policy.codes == ("113100", "113105", "113107", "113108", "113111")
    assert policy.dates == "MODIFIED"
    assert policy.weaker_than_basic == ()
    assert rule_of(policy, "00101010").action.code is ActionCode.AGE
    assert rule_of(policy, "00100040").action.code is ActionCode.K
    assert rule_of(policy, "00101030").action.code is ActionCode.X
    assert rule_of(policy, "00102160").action.code is ActionCode.X
    assert rule_of(policy, "0008103e").action == Action(ActionCode.C, ActionCode.X)
    assert rule_of(policy, "00080080").action.code is ActionCode.X_OR_Z_OR_D
    assert rule_of(policy, "00080020").action.code is ActionCode.SHIFT
    assert rule_of(policy, "00100020").action.code is ActionCode.NEW_ID


def test_research_says_that_shifted_dates_are_not_safe_harbor_and_what_of_text_stays() -> None:
    statement = read_policy("research").statement
    assert "not HIPAA Safe Harbor" in statement
    assert "of which only clinical vocabulary, quantities and short numbers stay" in statement


@pytest.mark.parametrize("name", ["research", "basic"])
def test_no_policy_promises_too_much(name: str) -> None:
    policy = read_policy(name)
    assert not [word for word in CLAIMS_TOO_MUCH if word in (policy.statement + policy.title).lower()]


@pytest.mark.parametrize("name", ["research", "basic"])
def test_a_policy_is_complete_and_survives_pickling(name: str) -> None:
    policy = read_policy(name)
    assert pickle.loads(pickle.dumps(policy)) == policy
    assert {r.selector for r in policy.rules} >= {"private", "unknown", "standard", "vr:DA", "vr:PN", "vr:UI"}
    assert len({r.selector for r in policy.rules}) == len(policy.rules)
    assert len(policy.dispositions) > 200
    assert (policy.deface.method, policy.deface.depth_mm, policy.text.mode) == ("auto", 8.0, "mask")
    assert all(r.action.fallback for r in policy.rules if r.action.code is ActionCode.C and r.selector in table_rows())


# a user's file


def test_a_file_without_a_word_is_the_basic_profile_under_its_own_name(tmp_path: Path) -> None:
    policy = read_policy(write(tmp_path, "", "stroke.toml"))
    assert (policy.name, policy.rules) == ("stroke", read_policy("basic").rules)


def test_a_file_puts_its_choices_over_what_it_extends(tmp_path: Path) -> None:
    text = """
name = "our-stroke-study"
title = "Stroke"
statement = "For the stroke study."
extends = "research"
options = ["retain-device-identity"]
[rules]
PatientAge = "X"
"(0018,9999)" = "Z"
OperatorsName = "K"
[deface]
method = "surface"
depth_mm = 6
air_value = -1000
[text]
mode = "off"
"""
    policy = read_policy(write(tmp_path, text))
    assert (policy.name, policy.title) == ("our-stroke-study", "Stroke")
    assert rule_of(policy, "00101010").action.code is ActionCode.X
    assert rule_of(policy, "00101010").source == "site.toml:8"
    assert rule_of(policy, "00080020").action.code is ActionCode.SHIFT
    assert rule_of(policy, "00181000").action.code is ActionCode.K
    assert policy.weaker_than_basic == ("00081070", "00189999")
    assert policy.codes == ("113105", "113107", "113108", "113109", "113111")
    assert (policy.deface.method, policy.deface.depth_mm, policy.deface.air_value) == ("surface", 6.0, -1000.0)
    assert policy.text.mode == "off"


def test_a_file_chooses_who_finds_the_brain(tmp_path: Path) -> None:
    text = '[deface]\nmethod = "skullstrip"\nengine = "synthstrip"\nno_csf = true\n'
    policy = read_policy(write(tmp_path, text))
    assert (policy.deface.engine, policy.deface.no_csf) == ("synthstrip", True)
    with pytest.raises(PolicyError, match="'own' cannot tell the fluid"):
        read_policy(write(tmp_path, "[deface]\nno_csf = true\n"))


def test_a_weaker_policy_says_so_of_itself(tmp_path: Path) -> None:
    policy = read_policy(write(tmp_path, 'statement = "Ours."\n[rules]\nStudyDate = "K"\n'))
    assert policy.dates == "UNMODIFIED"
    assert policy.statement.startswith("Ours. Real dates or times are kept")
    assert "1 rule(s) are weaker than the Basic Profile" in policy.statement


def test_policies_extend_each_other_beside_each_other(tmp_path: Path) -> None:
    write(tmp_path, 'extends = "research"\n[rules]\nStudyID = "K"\n', "lab.toml")
    policy = read_policy(write(tmp_path, 'extends = "lab.toml"\n[rules]\nStationName = "K"\n'))
    assert policy.weaker_than_basic == ("00081010", "00200010")
    assert rule_of(policy, "00200010").source == "lab.toml:3"


def test_air_may_be_written_as_a_word(tmp_path: Path) -> None:
    write(tmp_path, "[deface]\nair_value = -500\n", "base.toml")
    policy = read_policy(write(tmp_path, 'extends = "base.toml"\n[deface]\nair_value = "air"\n'))
    assert policy.deface.air_value is None


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_bytes(b'\xef\xbb\xbfname = "ours"\r\n[rules]\r\nStudyID = "X"\r\n')
    assert read_policy(path).name == "ours"


def test_a_path_may_be_given_as_text(tmp_path: Path) -> None:
    assert read_policy(str(write(tmp_path, 'name = "ours"'))).name == "ours"


def test_options_of_the_command_line_come_over_the_policy() -> None:
    policy = read_policy("research", ["retain-full-dates", "retain-uids"])
    assert policy.dates == "UNMODIFIED"
    assert policy.codes == ("113100", "113105", "113106", "113108", "113110", "113111")
    assert read_policy("basic", ["retain-modified-dates"]).dates == "MODIFIED"


@pytest.mark.parametrize("name", ["x" * 41, "d\u00e9id", "a\\\\b", " x", "x ", "a\\nb", "-"])
def test_a_name_that_no_image_can_carry_is_refused(tmp_path: Path, name: str) -> None:
    assert "give the policy a 'name'" in refusal(tmp_path, f'name = "{name}"')


def test_a_file_whose_own_name_does_not_fit_must_say_a_name(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="give the policy a 'name'"):
        read_policy(write(tmp_path, "", "h\u00f4pital.toml"))
    assert read_policy(write(tmp_path, 'name = "hospital"', "h\u00f4pital.toml")).name == "hospital"


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b", "", "."])
def test_a_name_that_no_file_can_have_is_refused(name: str) -> None:
    with pytest.raises(PolicyError, match="There is no policy"):
        read_policy(name)


def test_an_own_rule_can_shift_a_date_and_knows_what_to_do_when_it_is_none(tmp_path: Path) -> None:
    policy = read_policy(write(tmp_path, '[rules]\nStudyDate = "shift"\nExpiryDate = "shift"\n'))
    assert rule_of(policy, "00080020").action.fallback is ActionCode.Z
    assert rule_of(policy, "00141020").action.fallback is ActionCode.X_OR_Z_OR_D


def test_an_own_rule_can_have_a_text_cleaned_and_costs_the_claim_without_the_option(tmp_path: Path) -> None:
    policy = read_policy(write(tmp_path, '[rules]\nImageComments = "C"\n'))
    assert rule_of(policy, "00204000").action == Action(ActionCode.C, ActionCode.X)
    assert policy.weaker_than_basic == ("00204000",)
    policy = read_policy(write(tmp_path, 'options = ["clean-descriptors"]\n[rules]\nImageComments = "C"\n'))
    assert policy.codes == ("113100", "113105")


# refusals


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('nmae = "x"', 1, "'nmae' is not known here"),
        ('# a comment\n\nextend = "basic"', 3, "'extend' is not known here"),
        ("name = 3", 1, "must be a text"),
        ('options = "retain-uids"', 1, "must be a list"),
        ("options = [3]", 1, "must be a list"),
        ('name = "x"\noptions = ["retain-everything"]', 2, "'retain-everything' is not an option"),
        ('options = ["retain-full-dates", "retain-modified-dates"]', 1, "exclude each other"),
        ('extends = "reserach"', 1, "There is no policy 'reserach'"),
        ('rules = "none"', 1, "written as [rules]"),
        ('[rules]\nPatientsName = "X"', 2, "'PatientsName' is no attribute"),
        ('[rules]\nPatientName = "X"\n"(0010,001)" = "X"', 3, "is no attribute"),
        ('[rules]\nPatientName = "x"', 2, "the action of 'PatientName' is not known"),
        ("[rules]\nPatientName = 1", 2, "the action of 'PatientName' is not known"),
        ('[rules]\nPatientName = ["X"]', 2, "the action of 'PatientName' is not known"),
        ('[rules]\nStudyDate = "C"', 2, "cannot be done to 'StudyDate'"),
        ('[rules]\nPatientName = "C"', 2, "cannot be done to 'PatientName'"),
        ('[rules]\nPatientName = "X"\n"(0010,0010)" = "Z"', 3, "named twice"),
        ('[rules]\nPatientName = "shift"', 2, "cannot be done to 'PatientName'"),
        ('[rules]\nStudyDate = "age"', 2, "cannot be done to 'StudyDate'"),
        ('[rules]\nStudyID = "U"', 2, "cannot be done to 'StudyID'"),
        ('[rules]\nStudyDate = "new-id"', 2, "cannot be done to 'StudyDate'"),
        ('[rules]\nprivate = "shift"', 2, "cannot be done to 'private'"),
        ('[rules]\nClinicalTrialSiteID = "pseudo NICKNAME"', 2, "this class of pseudonyms is not known"),
        ('[rules]\nPatientAge = "bin 5 top 99"', 2, "the highest age that is told is 89"),
        ('rules.PatientName = "x"', 1, "the action of 'PatientName' is not known"),
        ('title = "x"\nrules = { StudyID = "X", PatientName = "x" }', 2, "the action of 'PatientName' is not known"),
        ('options = [\n  "retain-uids",\n  "retain-all",\n]', 3, "'retain-all' is not an option"),
        ('keep = [\n  "Modality",\n  "NoSuch",\n]', 3, "'NoSuch' is no attribute"),
        ('[partial]\nretain-uids = [\n  "StudyInstanceUID",\n  "NoSuch"]', 4, "does not speak of 'NoSuch'"),
        ('[deface]\nmethod = "skin"', 2, "'method' must be one of"),
        ("[deface]\nmethod = 3", 2, "'method' must be one of"),
        ("[deface]\ndepth_mm = 0", 2, "above 0"),
        ("[deface]\ndepth_mm = 51", 2, "above 0"),
        ("[deface]\ndepth_mm = true", 2, "above 0"),
        ("[deface]\ndepth_mm = nan", 2, "above 0"),
        ('[deface]\nair_value = "dark"', 2, "'air_value' must be"),
        ("[deface]\nair_value = inf", 2, "'air_value' must be"),
        ('[deface]\nengine = "bet"', 2, "'engine' must be one of"),
        ("[deface]\nno_csf = 1", 2, "'no_csf' must be true or false"),
        ('[deface]\nfill = "air"', 2, "'fill' is not known here"),
        ('[text]\nmode = "read"', 2, "'mode' must be one of"),
        ('[text]\nkeep = "dates"', 2, "'keep' must be one of"),
        ('[partial]\nretain-uids = ["PatientName"]', 2, "does not speak of 'PatientName'"),
        ('[partial]\nretain-uids = ["NoSuchThing"]', 2, "does not speak of 'NoSuchThing'"),
        ('[partial]\nclean-graphics = ["OverlayData"]', 2, "does not speak of 'OverlayData'"),
        ('[partial]\nretain-full-dates = ["StudyDate"]', 2, "taken whole or not at all"),
        ('name = "x"\n\n[[leave_out]]\nwhen = 1', 3, "'leave_out' is not known here"),
        ("name = ", 1, "this is not TOML"),
        ('name = "x"\n[rules', 2, "this is not TOML"),
        ('name = "x"\nname = "y"', 2, "this is not TOML"),
    ],
)
def test_what_nobody_knows_is_refused_with_file_and_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    reason = refusal(tmp_path, text)
    assert reason.startswith(f"site.toml, line {line}: ")
    assert words in reason


def test_a_refusal_of_the_file_that_is_extended_names_that_file(tmp_path: Path) -> None:
    write(tmp_path, '\n[rules]\nStudyID = "?"', "lab.toml")
    assert refusal(tmp_path, 'extends = "lab.toml"').startswith("lab.toml, line 3: ")


def test_a_policy_that_extends_itself_is_refused(tmp_path: Path) -> None:
    write(tmp_path, 'extends = "site.toml"', "lab.toml")
    assert "extends itself" in refusal(tmp_path, 'extends = "lab.toml"')
    assert "extends itself" in refusal(tmp_path, 'extends = "site.toml"')


def test_a_name_that_is_no_policy_names_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"'reserach'; name 'research', 'basic', .* and 'keep-list', or the path"):
        read_policy("reserach")
    with pytest.raises(PolicyError, match="There is no policy"):
        read_policy(tmp_path)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_bytes(b'name = "\xff\xfe"')
    with pytest.raises(PolicyError, match="UTF-8"):
        read_policy(path)


def test_a_file_that_is_no_policy_by_its_size_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="too large"):
        read_policy(write(tmp_path, "#" * ((1 << 20) + 1)))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["retain-all"], "--option: 'retain-all' is not an option"),
        (["retain-full-dates", "retain-modified-dates"], "--option: .* exclude each other"),
    ],
)
def test_options_of_the_command_line_are_checked(options: list[str], words: str) -> None:
    with pytest.raises(PolicyError, match=words):
        read_policy("basic", options)


FRAGMENTS = st.sampled_from(
    ['name = "a"', "[rules]", 'PatientName = "X"', "[partial]", "[deface]", "depth_mm = 5", "= ", '"', "[[", "x.y = 1",
     'options = ["retain-uids"]', 'extends = "basic"', "\x00", "rules = 3", '"(60xx,3000)" = "K"', "deface.method = 1",
     "[rules.x]", "a = {b = 1}", "rules = [1]", "text = []", "[partial.x]"]
)  # fmt: skip


@given(st.lists(FRAGMENTS | st.text(max_size=12), max_size=8).map("\n".join))
@settings(deadline=None, max_examples=80)
@example("options = [[]]")
@example("[[rules]]\nPatientName = 'X'")
def test_any_file_is_a_policy_or_a_policy_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        reason = f"any.toml: {len(read_policy(path).rules)} rules"
    except PolicyError as error:
        reason = error.reason
    assert reason.startswith("any.toml")
    assert reason != "any.toml: 0 rules"


def test_the_words_of_a_refusal_end_as_a_sentence(tmp_path: Path) -> None:
    for text in ('nmae = "x"', "name = ", '[rules]\nStudyID = "?"', 'options = ["q"]', 'extends = "q"'):
        assert refusal(tmp_path, text).endswith(".")
        assert "\n" not in refusal(tmp_path, text)


# site rules


def test_site_rules_win_over_the_policy_and_the_later_file_over_the_earlier(tmp_path: Path) -> None:
    first = read_rules(write(tmp_path, '[rules]\nStudyID = "X"\nPatientAge = "bin 5"\n', "a.toml"))
    second = read_rules(write(tmp_path, "FORMAT dicom\n%header\nPSEUDO StudyID ID_NUMERICAL\n", "b.dicom"))
    for rules, code in (((first, second), ActionCode.PSEUDO), ((second, first), ActionCode.X), (first, ActionCode.X)):
        policy = read_policy("research", rules=rules)
        assert rule_of(policy, "00200010").action.code is code
        assert rule_of(policy, "00101010").action.code in (ActionCode.BIN, ActionCode.AGE)
    assert rule_of(read_policy("research", rules=[first, second]), "00200010").source == "b.dicom:3"


def test_a_policy_with_site_rules_says_so_in_its_name(tmp_path: Path) -> None:
    site = read_rules(write(tmp_path, "[rules]\n"))
    assert read_policy("research", rules=site).name == "research with site rules"
    assert read_policy("research").name == "research"


def test_site_rules_that_cannot_be_done_are_refused(tmp_path: Path) -> None:
    site = write(tmp_path, "FORMAT dicom\n%header\nPSEUDO StudyDate FULL_NAME\n", "a.dicom")
    with pytest.raises(PolicyError, match=r"^a.dicom, line 3: 'StudyDate'"):
        read_rules(site)


def test_site_rules_take_options_and_keep_times(tmp_path: Path) -> None:
    site = read_rules(write(tmp_path, 'options = ["rtnUIDsOpt"]\n'))
    assert "113110" in read_policy("basic", rules=site).codes
    script = '<script><e t="00080020">@hashdate</e><e t="00080030"></e></script>'
    assert read_policy("research", rules=read_rules(write(tmp_path, script, "a.script"))).keep_time_of_day


@pytest.mark.parametrize("broad", ['"(0028,xxxx)" = "X"', 'standard = "X"', '"vr:CS" = "set X"', '"vr:US" = "Z"'])
def test_a_rule_on_many_attributes_leaves_what_an_image_is_read_with(tmp_path: Path, broad: str) -> None:
    policy = read_policy("research", rules=read_rules(write(tmp_path, f"[rules]\n{broad}\n")))
    book = RuleBook(policy, "1.2.840.10008.5.1.4.1.1.2")
    for tag, vr in ((0x00280010, "US"), (0x00080060, "CS"), (0x00280004, "CS"), (0x7FE00010, "OW")):
        assert book.choice((), tag, vr).code is ActionCode.K
    assert policy.weaker_than_basic == ()


def test_a_toml_file_of_thousands_of_brackets_or_digits_is_refused_with_its_line(tmp_path: Path) -> None:
    for value in ("[" * 5000, "{a=" * 5000, "9" * 5000):
        with pytest.raises(PolicyError, match=r", line 2: "):
            read_policy(write(tmp_path, f"\nx = {value}\n"))


def test_rules_that_keep_more_cost_the_claim_of_the_profile(tmp_path: Path) -> None:
    site = read_rules(write(tmp_path, '[rules]\nInstitutionName = "K"\nReferringPhysicianName = "pseudo FULL_NAME"\n'))
    policy = read_policy("research", rules=site)
    assert policy.weaker_than_basic == ("00080080",)
    assert "113100" not in policy.codes


@pytest.mark.parametrize(("alias", "name"), OPTION_ALIASES.items())
def test_the_names_of_mede_mean_the_options_of_the_standard(alias: str, name: str) -> None:
    if alias == "basicProfile":
        assert read_policy(alias).rules == read_policy("basic").rules == read_policy("basic", [alias]).rules
    else:
        assert read_policy("basic", [alias]) == read_policy("basic", [name])


@pytest.mark.parametrize("line", ["KEEP StudyDate", "KEEP AcquisitionDateTime", "KEEP PatientBirthDate"])
def test_a_date_that_is_kept_beside_shifted_ones_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "site.dicom"
    path.write_text(f"FORMAT dicom\n%header\n{line}\n")
    rules = read_rules(path)
    with pytest.raises(
        PolicyError, match=f"^site.dicom, line 3: {line.split()[1]} is kept .* dates .* shifted"
    ) as said:
        read_policy("research", rules=rules)
    assert ("beside an age" in str(said.value)) is ("write one for all" in str(said.value)) is ("Birth" in line)
    assert read_policy("research", ["retain-full-dates"], rules).dates == "UNMODIFIED"
    assert read_policy("basic", rules=rules).dates == "UNMODIFIED"  # no other tells more


def test_a_line_that_keeps_all_is_told_of_the_dates_that_no_rule_names(tmp_path: Path) -> None:
    path = tmp_path / "site.dicom"
    path.write_text("FORMAT dicom\n%header\nKEEP ALL\n")
    rules = read_rules(path)
    with pytest.raises(PolicyError, match=r"other dates are kept by this line .* no rule names .* retain-full-dates"):
        read_policy("research", rules=rules)
    assert read_policy("research", ["retain-full-dates"], rules).dates == "UNMODIFIED"


def test_a_time_that_is_kept_beside_shifted_dates_stays_and_they_move_by_whole_days(tmp_path: Path) -> None:
    path = tmp_path / "site.dicom"
    path.write_text("FORMAT dicom\n%header\nKEEP StudyTime\n")
    policy = read_policy("research", rules=read_rules(path))
    assert policy.keep_time_of_day
    assert policy.dates == "MODIFIED"
    assert not read_policy("research").keep_time_of_day


def test_site_rules_list_words_of_pictures_that_stay_and_that_go_over_those_of_the_policy(tmp_path: Path) -> None:
    own = write(tmp_path, '[text]\nkeep = "harmless"\nstay = ["SUPINE"]\n', "own.toml")
    site = write(tmp_path, '[text]\nstay = ["Chest PA"]\ngo = ["St. Anna"]\n')
    text = read_policy(own, rules=read_rules(site)).text
    assert (text.keep, text.stay, text.go) == ("harmless", ("SUPINE", "Chest PA"), ("St. Anna",))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('stay = "SUPINE"', "must be a list of texts"),
        ('go = ["-"]', "a letter or a digit"),
        ('mode = "off"', "'mode' is not known here"),
    ],
)
def test_words_of_pictures_that_cannot_be_are_refused_with_file_and_line(tmp_path: Path, line: str, words: str) -> None:
    with pytest.raises(PolicyError, match=f"site.toml, line 2: .*{words}"):
        read_rules(write(tmp_path, f"[text]\n{line}\n"))


def test_a_policy_that_keeps_only_what_is_named_takes_no_objects(tmp_path: Path) -> None:
    assert read_policy("keep-list").objects == "images"
    site = tmp_path / "keep.txt"
    site.write_text("# keep\nStudyID\n")
    for name, rules in (("keep-list", ()), ("research", read_rules(site))):
        with pytest.raises(PolicyError, match="which leaves no report and no structure set"):
            read_policy(name, rules=rules, objects="clean")


@pytest.mark.parametrize("line", ["REPLACE StudyDate 20200101", "ADD SeriesTime 120000"])
def test_a_date_that_is_one_for_all_beside_shifted_ones_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "site.dicom"
    path.write_text(f"FORMAT dicom\n%header\n{line}\n")
    with pytest.raises(PolicyError, match=rf"^site.dicom, line 3: {line.split()[1]} is the same for all beside dates"):
        read_policy("research", rules=read_rules(path))
    assert read_policy("basic", rules=read_rules(path)).dates == "REMOVED"


def test_a_date_of_birth_may_be_one_for_all(tmp_path: Path) -> None:
    path = tmp_path / "site.dicom"
    path.write_text("FORMAT dicom\n%header\nREPLACE PatientBirthDate 19500101\n")
    assert "113107" in read_policy("research", rules=read_rules(path)).codes
