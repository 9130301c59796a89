# SPDX-License-Identifier: Apache-2.0
"""A plan says what earlier runs made of its series, and counts only what is still to be done."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import SlicerDeidLib as deid
from heldproject import KEY, Project
from SlicerDeidLib.commandline.terminal import plan_as_json
from SlicerDeidLib.errors import OutputError
from SlicerDeidLib.pipeline.earlier import tasks_of


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """One series that lies in OUT, one that waits, one that was rejected."""
    project = Project(tmp_path)
    project.run()
    project.decide(accept=["S01/1"], reject=["S02/1"])
    return project


def plan_of(project: Project, *, keep_time_of_day: bool = False) -> deid.Plan:
    policy = deid.with_choices(
        deid.read_policy("research"), deface="none", text="off", keep_time_of_day=keep_time_of_day
    )
    index, rows = deid.discover(project.source), deid.read_map(project.map)
    return deid.plan(index, policy, rows, key=KEY, private=project.private)


def said(plan: deid.Plan) -> list[tuple[str, str]]:
    return [(planned.verdict.value, planned.found) for planned in plan.series]


@pytest.mark.parametrize("is_out_named", [False, True])
def test_a_plan_says_what_is_finished_waits_or_was_rejected(project: Project, is_out_named: bool) -> None:
    plan = deid.with_found(plan_of(project), project.out if is_out_named else None)
    assert said(plan) == [("release", "released"), ("release", "waiting"), ("leave out", "")]
    assert "rejected in a review" in plan.series[2].reason
    assert plan.summary().startswith(
        "0 of 3 series (0 instances) of 0 subjects will be released with policy research; 1 are released already; "
        "1 wait to be accepted; 0 refused, 1 left out;"
    )


def test_it_is_what_a_run_then_does(project: Project) -> None:
    (project.out / project.released()[0]).unlink()
    for keep_time_of_day in (False, True):
        plan = deid.with_found(plan_of(project, keep_time_of_day=keep_time_of_day), project.out)
        record = project.run(keep_time_of_day=keep_time_of_day)
        records = {(series.deidentification_id, series.series_number): series for series in record.series}
        for planned in plan.series:
            series = records[planned.subject.deidentification_id, planned.series.number]
            if planned.is_to_do:
                assert not series.is_resumed
            elif planned.found:
                assert series.is_resumed
                assert series.status.value == {"released": "released", "waiting": "held"}[planned.found]
            else:
                assert series.reason == planned.reason
        if not keep_time_of_day:
            project.decide(accept=["S01/2"])


def test_other_settings_are_a_refusal_of_what_lies_in_the_output(project: Project) -> None:
    plan = deid.with_found(plan_of(project, keep_time_of_day=True), project.out)
    assert said(plan) == [("refuse", ""), ("release", ""), ("release", "")]
    assert "released before" in plan.series[0].reason
    assert plan.series[0].notes == ()  # of one that is made
    assert [planned.is_otherwise for planned in plan.series] == [True, True, False]
    told = json.loads(plan_as_json(plan, is_original_shown=False))["series"]
    assert [one["otherwise"] for one in told] == [True, True, False]
    assert not any(planned.is_otherwise for planned in deid.with_found(plan_of(project), project.out).series)


def test_a_plan_says_what_was_done_to_what_is_there_where_other_things_would_be_done_now(project: Project) -> None:
    index, rows = deid.discover(project.source), deid.read_map(project.map)
    other = deid.with_choices(deid.read_policy("research"), deface="none", text="report")
    plan = deid.with_found(deid.plan(index, other, rows, key=KEY, private=project.private), project.out)
    assert "released before, made with --text=off (now report); name another" in plan.series[0].reason
    assert "with --redo" in plan.series[0].reason
    assert plan.series[1].is_to_do
    assert plan.series[1].notes[-1] == "what waits of it, made with --text=off (now report), goes when it is made anew"
    project.redo("S01/2")  # its text masked by shape, whatever other runs do
    plan = deid.with_found(plan_of(project), project.out)
    assert plan.series[1].found == "waiting"
    assert plan.series[1].notes == ("made with --text=morph (now off)",)
    assert (plan.series[1].made_with["--text"], plan.series[1].text) == ("morph", "off")


def waiting_note(project: Project, policy: deid.Policy) -> str:
    """What a plan by other settings says of a series that waits and would be made anew."""
    index, rows = deid.discover(project.source), deid.read_map(project.map)
    planned = deid.with_found(deid.plan(index, policy, rows, key=KEY, private=project.private), project.out).series[1]
    assert planned.is_to_do
    return planned.notes[-1].removeprefix("what waits of it, made with ").removesuffix(", goes when it is made anew")


@pytest.mark.parametrize(
    ("read", "chosen", "said"),
    [
        ({"options": ["retain-full-dates"]}, {}, "--option=none (now retain-full-dates)"),
        ({"objects": "clean"}, {}, "--objects=images (now clean)"),
        ({"private": "keep"}, {}, "--private-attributes=usual (now keep)"),
        ({}, {"keep_time_of_day": True}, "--keep-time-of-day=no (now yes)"),
        ({}, {"keep_image_type": True}, "--keep-imagetype=no (now yes)"),
        ({}, {"keep_free_text": False}, "--keep-free-text=yes (now no)"),
        ({}, {"text_keep": "harmless"}, "--text-keep=usual (now harmless)"),
        ({}, {"air_value": -500.0}, "--air-value=air (now -500)"),
        ({}, {"depth_mm": 12.0}, "--depth=8 (now 12)"),
    ],
)
def test_a_plan_says_which_of_all_settings_are_others_than_those_of_what_waits(
    project: Project, read: dict, chosen: dict, said: str
) -> None:
    policy = deid.with_choices(deid.read_policy("research", **read), deface="none", text="off", **chosen)
    assert waiting_note(project, policy) == said


@pytest.mark.parametrize("is_made_with", [False, True])
def test_what_is_finished_stays_and_says_so_where_other_files_are_asked_for_beside_its_images(
    tmp_path: Path, is_made_with: bool
) -> None:
    project = Project(tmp_path)
    project.run(nifti=is_made_with)
    project.decide(accept=["S01/1"])
    before = project.released()
    other = "--nifti=yes (now no)" if is_made_with else "--nifti=no (now yes)"
    asked = [] if is_made_with else ["--nifti"]
    plan = deid.with_found(plan_of(project), project.out, beside=asked)
    assert [planned.found for planned in plan.series] == ["released", "waiting", "waiting"]
    assert all(planned.notes[0].startswith(f"it stays as it was made before, with {other}:") for planned in plan.series)
    record = project.run(nifti=not is_made_with)
    assert [series.reason for series in record.series] == [planned.notes[0] for planned in plan.series]
    assert project.released() == before
    project.redo("S01/1", nifti=not is_made_with, is_held=False)
    assert any(name.endswith(".nii.gz") for name in project.released()) != is_made_with
    plan = deid.with_found(plan_of(project), project.out, beside=asked)
    assert plan.series[0].notes == ("made with --text=morph (now off)",)
    assert deid.other_settings(plan.series[0].made_with, plan.policy, KEY, beside=asked) == ""
    assert deid.other_settings(plan.series[1].made_with, plan.policy, KEY, beside=asked) == other


def test_what_was_made_by_a_way_that_has_no_depth_is_not_said_to_have_had_one(project: Project) -> None:
    policy = deid.with_choices(deid.read_policy("research"), deface="surface", text="off", depth_mm=5.0)
    assert waiting_note(project, policy) == "--deface=none (now surface)"


@pytest.mark.parametrize(
    ("read", "chosen", "release", "said"),
    [
        ({}, {}, "", ""),
        ({}, {"deface": "surface", "depth_mm": 12.0, "text": "mask"}, "", ""),
        ({}, {"deface": "skullstrip", "engine": "synthstrip", "face_protocols": "deface"}, "", ""),
        ({}, {"air_value": -500.0}, "", "--air-value=air (now -500)"),
        ({}, {"text_keep": "harmless"}, "", "--text-keep=usual (now harmless)"),
        ({"objects": "clean"}, {}, "", "--objects=images (now clean)"),
        ({"options": ["retain-full-dates"]}, {}, "", "--option=none (now retain-full-dates)"),
        ({"private": "keep"}, {}, "", "--private-attributes=usual (now keep)"),
        ({}, {"keep_time_of_day": True}, "", "--keep-time-of-day=no (now yes)"),
        ({}, {"keep_free_text": False}, "", "--keep-free-text=yes (now no)"),
        ({}, {}, "second", "--release=none (now second)"),
    ],
)
def test_of_what_is_finished_it_is_told_what_a_policy_would_make_other_but_for_ways_with_heads_and_text(
    project: Project, read: dict, chosen: dict, release: str, said: str
) -> None:
    policy = deid.with_choices(deid.read_policy("research", **read), **chosen)
    (waiting,) = deid.held_series(project.out, project.private)
    assert deid.other_settings(waiting.settings, policy, KEY, release) == said


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ({"--regions": "0123abcd"}, "--regions=0123abcd (now none)"),
        ({"--text-keep": "nothing"}, "--text-keep=nothing (now usual)"),
        ({"--face-protocols": "keep"}, "--face-protocols=keep (now withhold)"),
        ({"--deface": "skullstrip", "--skullstrip-engine": "synthstrip"}, "--skullstrip-engine=synthstrip (now own)"),
        ({"--deface": "face", "--skullstrip-engine": "synthstrip"}, ""),  # which found no brain in it
    ],
)
def test_it_is_told_which_choices_for_pixels_were_made_for_a_series_and_are_not_made_now(made: dict, said: str) -> None:
    policy = deid.with_choices(deid.read_policy("research"), deface="skullstrip", text="mask")
    assert deid.other_settings({"--policy": "research", "--deface": "none", **made}, policy, KEY) == said


def test_headers_by_rules_of_ones_own_are_known_again_where_the_secret_is_the_same(
    project: Project, tmp_path: Path
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('[rules]\nStationName = "set ROOM"\n')
    policy = deid.with_choices(deid.read_policy("research", rules=deid.read_rules(rules)), deface="none", text="off")
    index, rows = deid.discover(project.source), deid.read_map(project.map)
    plan = deid.plan(index, policy, rows, key=KEY, private=tmp_path / "other")
    deid.run(plan, tmp_path / "others", is_held=True, is_synced=False)
    made = deid.held_series(tmp_path / "others", tmp_path / "other")[0].settings
    assert deid.other_settings(made, policy, KEY) == ""
    assert deid.other_settings(made, policy, bytes(32)).startswith("--rules=")
    assert deid.other_settings(made, deid.read_policy("research"), KEY).endswith("(now none)")


def test_site_rules_are_told_apart_by_a_digest_that_comments_do_not_change_and_no_word_of_them(
    project: Project, tmp_path: Path
) -> None:
    def policy(rules: str) -> deid.Policy:
        path = tmp_path / "CANARYSITE.toml"
        path.write_text(rules)
        return deid.with_choices(deid.read_policy("research", rules=deid.read_rules(path)), deface="none", text="off")

    def digest(rules: str) -> str:
        rest = waiting_note(project, policy(rules)).removeprefix("--rules=none (now ")
        assert re.fullmatch("[0-9a-f]{8}\\)", rest)
        return rest

    first = digest('[rules]\nStationName = "set CANARYSTATION"\n')
    assert digest('# of 2026\n[rules]\nStationName = "set CANARYSTATION"\n') == first
    assert digest('[rules]\nStationName = "set CANARYROOM"\n') != first


def test_the_same_rules_make_nothing_anew_whatever_their_file_is_called_and_on_which_line_they_stand(
    project: Project, tmp_path: Path
) -> None:
    def policy(name: str, comment: str = "") -> deid.Policy:
        (tmp_path / name).write_text(comment + '[rules]\nStationName = "set ROOM"\nSoftwareVersions = "X"\n')
        rules = deid.read_rules(tmp_path / name)
        return deid.with_choices(deid.read_policy("research", rules=rules), deface="none", text="off")

    index, rows = deid.discover(project.source), deid.read_map(project.map)
    plans = [
        deid.plan(index, each, rows, key=KEY, private=project.private)
        for each in (policy("first.toml"), policy("first.toml", "# of 2026\n"), policy("second.toml"))
    ]
    prints = [
        [(task.fingerprint, task.source) for task in tasks_of(plan, project.out) if task is not None] for plan in plans
    ]
    assert prints[0]
    assert prints == [prints[0]] * len(plans)


def test_a_policy_of_the_users_own_is_told_apart_from_one_of_its_name(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('name = "research"\nextends = "research"\n[rules]\nStationName = "X"\n')
    own = deid.with_choices(deid.read_policy(path), deface="none", text="off")
    note = waiting_note(project, own)
    assert re.fullmatch("--policy=research \\(now 'research \\(own file [0-9a-f]{8}\\)'\\)", note)


def test_decisions_about_single_values_are_told_apart_from_rules_and_counted(project: Project, tmp_path: Path) -> None:
    decided = '[[values]]\nattribute = "StationName"\nvalue = "{}"\naction = "remove"\n'

    def note(*texts: str) -> str:
        paths = [tmp_path / f"rules{number}.toml" for number, _text in enumerate(texts)]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(text)
        policy = deid.read_policy("research", rules=[deid.read_rules(path) for path in paths])
        return waiting_note(project, deid.with_choices(policy, deface="none", text="off"))

    one, two = decided.format("CANARYROOM"), decided.format("CANARYWARD")
    first = note(one)
    assert re.fullmatch("--rules=none \\(now 'decided values: 1 \\([0-9a-f]{8}\\)'\\)", first)
    assert note("# of 2026\n" + one) == first
    assert note(two) != first
    assert "decided values: 2 " in note(one + two)
    both = note('[rules]\nSoftwareVersions = "X"\n', one)
    assert re.search("'[0-9a-f]{8}, decided values: 1 \\([0-9a-f]{8}\\)'", both)
    assert "CANARY" not in both


def test_a_run_says_what_waited_and_went(project: Project) -> None:
    record = project.run(keep_time_of_day=True)
    said = {f"{one.deidentification_id}/{one.series_number}": one.reason for one in record.series}
    assert said["S01/2"] == "what waited of it, made with --keep-time-of-day=no (now yes), went when it was made anew"
    assert said["S02/1"] == ""  # nothing waited of it: it was rejected
    for again in (project.run(keep_time_of_day=True), project.redo("S01/2", keep_time_of_day=True)):
        assert {one.reason for one in again.series if one.status.value == "held"} == {""}


def test_what_waits_and_is_made_anew_for_other_causes_is_told_too(project: Project) -> None:
    held = deid.held_series(project.out, project.private)[0]
    (held.folder / held.files[0]).unlink()
    note = deid.with_found(plan_of(project), project.out).series[1].notes[-1]
    assert note == "what waits of it, not whole any more, goes when it is made anew"


def test_a_plan_for_another_output_is_refused_as_its_run_would_be(project: Project) -> None:
    with pytest.raises(OutputError, match="another output"):
        deid.with_found(plan_of(project), project.out.with_name("other"))


def test_a_plan_without_earlier_runs_is_all_to_do(project: Project, tmp_path: Path) -> None:
    plan = plan_of(project)
    for private in (None, tmp_path / "nowhere", tmp_path):
        fresh = deid.plan(plan.index, plan.policy, deid.read_map(project.map), key=KEY, private=private)
        assert all(planned.is_to_do for planned in deid.with_found(fresh).series)
