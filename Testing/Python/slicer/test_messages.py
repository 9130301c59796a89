# SPDX-License-Identifier: Apache-2.0
"""What the program says, in the panel's words: its controls in place of the command line's options."""

from __future__ import annotations

import argparse
import ast
import re
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
MODULE = REPOSITORY / "SlicerDeid"
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


@pytest.fixture
def messages(slicer):
    """The module that puts things into words."""
    from SlicerDeidWidgets import messages

    return messages


@pytest.fixture
def optionwords(slicer):
    """The module that names what can be chosen."""
    from SlicerDeidWidgets import optionwords

    return optionwords


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            (
                "a face may be in view (bone); leave the series out, or release it recognisable, under controlled "
                "access only, with --deface none by name"
            ),
            (
                "a face may be in view (bone); leave the series out, or release it recognisable, under controlled "
                "access only, with 'None' at 'Heads'"
            ),
        ),
        ("it would be left; choose --deface face", "it would be left; choose 'Face' at 'Heads'"),
        ("it would be left; choose the method surface+face", "it would be left; choose the method 'Surface and face'"),
        ("; choose another engine, or choose the method face", "; choose another engine, or choose the method 'Face'"),
        (
            "use --deface surface or none by name to see more",
            "use 'Surface' or 'None' at 'Heads' to see more",
        ),
        (
            "defacing with 'surface+face' is not available for this kind of image",
            "defacing with 'Surface and face' is not available for this kind of image",
        ),
        (
            "The private folder must not lie in the input or output folder; name another with --private.",
            "The private folder must not lie in the input or output folder; name another in 'Private folder'.",
        ),
        (
            "The private folder belongs to another output folder; name that one, or another private folder.",
            "The private folder belongs to another output folder; name that one, or another private folder (Advanced).",
        ),
        (
            "name another output folder, or start anew with --overwrite",
            "name another output folder, or tick 'Start anew' (Advanced)",
        ),
        ("make room and run the same command again: x", "make room and press Apply again: x"),
        ("use --deface none --text off.", "use 'None' at 'Heads' and 'Off' at 'Burned-in text'."),
        (
            "made with --policy=low --option='retain-full-dates clean-graphics' --deface=none --text=off; x",
            (
                "made with Headers 'Low', Options of PS3.15 'Keep dates as they are, Keep cleaned graphics', "
                "Heads 'None', Burned-in text 'Off'; x"
            ),
        ),
        (
            (
                "what waits of it, made with --policy='low (own file 99b39b6a)' (now research), --depth=8 (now 4), "
                "--keep-time-of-day=no (now yes), --private-attributes=usual (now keep), goes"
            ),
            (
                "what waits of it, made with Headers 'your own file, low (99b39b6a)' (now 'Research'), "
                "Depth '8 mm' (now '4 mm'), "
                "Keep the time of day 'no' (now 'yes'), Private attributes 'As the header rules say' (now 'Keep all'), "
                "goes"
            ),
        ),
        (
            "defacing with 'auto' is not available for this kind of image",
            "defacing with 'Automatic' is not available for this kind of image",
        ),
        (
            "choose other settings, or make it once more to be looked at, with --redo and --hold",
            "choose other settings, or make it once more to be looked at, by 'Do again with' (Review)",
        ),
        (
            "made with --rules=99b39b6a (now none); name another output folder, make it again with --redo, or leave it",
            (
                "made with Site rules and decisions on values '99b39b6a' (now 'none'); name another output folder, "
                "make it again by 'Do again with' (Review), or leave it"
            ),
        ),
        (
            "made with --rules='decided values: 3 (99b39b6a)' (now '0123abcd, decided values: 4 (43fbd48f)'); x",
            (
                "made with Site rules and decisions on values 'values decided on: 3 (99b39b6a)' (now '0123abcd, "
                "values decided on: 4 (43fbd48f)'); x"
            ),
        ),
        (
            "they are cleaned with --objects clean",
            "they are cleaned with the choice of cleaned objects besides images (on the command line only)",
        ),
        (
            "a dose page is made of text; --objects all with --deface none releases it as it is, its text masked",
            (
                "a dose page is made of text; the choice of all objects besides images (on the command line only) with "
                "'None' at 'Heads' releases it as it is, its text masked"
            ),
        ),
        (
            "name the file with --regions for its coordinates",
            "name the file in 'Own regions' for its coordinates",
        ),
        (
            "keep all dates with --option retain-full-dates",
            "keep all dates with 'Keep dates as they are' at 'Options of PS3.15'",
        ),
        ("--skullstrip-engine synthstrip does", "'SynthStrip, for CT and MR' at 'Skull strip by' does"),
        ("--leave-out", "what is not ticked"),
        ("text mode 'morph' is not", "text mode 'Small bright objects outside the head' is not"),
        ("The map 'x.csv' is empty; see the map's columns.", "The list 'x.csv' is empty; see the list's columns."),
        ("the mapped UIDs of a parametric map", "the mapped UIDs of a parametric map"),
        ("a non-axial -- series: 'none' found", "a non-axial -- series: 'none' found"),
    ],
)
def test_options_become_the_panels_controls_and_the_reason_stays(messages, said, shown):
    assert messages.panelWords(said) == shown


def test_a_private_folder_of_another_release_says_where_to_change_it(messages):
    shown = messages.panelWords(
        "The private folder belongs to another key or release; name the key and release that it was made with, "
        "or another output and private folder."
    )
    assert shown.startswith("The private folder belongs to another key or release; give the release name")
    assert shown.count("Advanced") == 2


def test_controls_are_named_as_in_the_panel(optionwords):
    text = (MODULE / "Resources" / "UI" / "SlicerDeid.ui").read_text(encoding="utf-8")
    texts = re.findall(r"<string>(.*?)</string>", text.replace("&amp;", ""))  # keys of buttons
    for name in optionwords.controls().values():
        assert any(each.rstrip(":") == name or each.startswith(name) for each in texts), name


def test_choices_are_named_as_in_the_panel(optionwords, panel):
    shown = {combo.itemData(n): combo.itemText(n) for combo in panel.form.combos.values() for n in range(combo.count)}
    for value, name in optionwords.choices().items():
        assert shown[value].startswith(name)


def test_every_option_that_the_panel_gives_has_a_control(optionwords, panel):
    from dataclasses import replace

    full = replace(
        panel.request(), mapPath="/m", privatePath="/p", deface="surface", airValue="0", release="r", workers=1
    )
    full = replace(full, keyPath="/k", mapColumns="a,b", match="accession", textKeep="nothing", keepFreeText=False)
    full = replace(
        full, rulesPath="/r", regionsPath="/f", privateAttributes="safe", options="retain-uids", redone=("A/1",)
    )
    full = replace(full, faceProtocols="keep")
    stripped = replace(full, deface="skullstrip", skullstripEngine="synthstrip", noCsf=True).runArguments()
    words = (
        stripped + replace(full, keepTimeOfDay=True, keepImageType=True, isOverwrite=True, maskSeg=True).runArguments()
    )
    given = {word.split("=")[0] for word in words if word.startswith("--")} - {"--progress"}
    assert given == set(optionwords.controls())


def sentences():
    """Every text of the library, outside the command line's own help, that names one of its options."""
    found = set()
    for path in (MODULE / "SlicerDeidLib").rglob("*.py"):
        if path.name not in ("parser.py", "page.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            docs = {ast.get_docstring(n, clean=False) for n in ast.walk(tree) if hasattr(n, "body") and _has_doc(n)}
            texts = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
            found |= {each for each in texts - docs if OPTION.search(each) and " " in each}
    return sorted(found)


def _has_doc(node):
    return isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)


@pytest.mark.parametrize("sentence", sentences())
def test_no_sentence_of_the_library_speaks_of_an_option_as_if_the_panel_had_it(messages, optionwords, sentence):
    shown = messages.panelWords(sentence)
    for match in OPTION.finditer(shown):
        assert match.group() not in optionwords.controls()
        assert shown[match.end() :].startswith(" on the command line")


def test_no_reason_of_what_is_left_out_speaks_of_an_option_of_the_command_line(messages):
    table = (MODULE / "SlicerDeidLib" / "policies" / "data" / "dispositions.toml").read_text(encoding="utf-8")
    reasons = re.findall(r'^reason = "(.*)"', table, re.MULTILINE)
    assert any("--objects" in reason for reason in reasons)
    assert [reason for reason in reasons if "--" in messages.panelWords(reason)] == []


def test_the_depth_is_what_the_command_line_takes(module, panel):
    from SlicerDeidLib.commandline.parser import parse

    low, high = module.python.DEPTH_RANGE_MM
    slider = panel.ui.depthSlider
    assert (slider.minimum, slider.maximum) == (low, high)

    def taken(depth):
        try:
            return parse(["run", "in", "out", f"--depth={depth:g}"]).depth == depth
        except (SystemExit, argparse.ArgumentError):
            return False

    step = slider.singleStep
    assert [taken(depth) for depth in (low - step, low, high, high + step)] == [False, True, True, False]
    for depth in (low - step, high + step):
        with pytest.raises(ValueError, match="range"):
            panel._parameterNode.depth = depth


def test_a_preview_says_how_far_it_is_and_what_it_found_so_far(slicer):
    from SlicerDeidWidgets.messages import previewSentence

    assert previewSentence("deface", False, 3.21, 0) == "Heads done after 3.2 s. Looking for text..."
    assert previewSentence("deface", False, 3.21, None) == "Heads done after 3.2 s. The header comes next..."
    assert previewSentence("deface", False, 7.0, 12) == "Looking for text: 12 places after 7.0 s..."
    assert previewSentence("text", True, 9.0, 14) == "Result after 9.0 s. Places with text: 14."


def test_the_rate_counts_only_what_was_made_in_this_run(slicer):
    from SlicerDeidWidgets.messages import progressText
    from SlicerDeidWidgets.runrate import RunRate

    now = [0.0]
    rate = RunRate(lambda: now[0])
    event = {"event": "series", "status": "released"}
    for _finished in range(50):  # an earlier run made them: they are told of at once
        now[0] += 0.001
        rate.take(event)
    assert rate.perSecond() == 0.0
    assert progressText(0, 80, rate.perSecond()) == "0 of 80 series are done, the first are worked on"
    assert progressText(0, 0, rate.perSecond()) == "0 of 0 series"
    assert progressText(50, 80, rate.perSecond()) == "50 of 80 series"
    for _made in range(4):
        now[0] += 30.0
        rate.take(event)
    assert progressText(54, 80, rate.perSecond()) == "54 of 80 series, 2.0 per minute, about 13 min left"
    assert progressText(60, 600, rate.perSecond()) == "60 of 600 series, 2.0 per minute, about 4 h left"
    assert progressText(80, 80, rate.perSecond()) == "80 of 80 series"


def test_a_plan_says_what_is_finished_already(slicer):
    from SlicerDeidWidgets.messages import planSentence

    counts = {"release": 2, "refuse": 0, "leave out": 1, "released": 3, "waiting": 0}
    said = "Plan: 2 series to release, 0 refused, 1 left out. 3 are released already."
    assert planSentence({"counts": counts}) == said


def test_faces_of_what_waits_are_not_said_to_be_released(slicer):
    from SlicerDeidWidgets.messages import doneSentences

    done = {"released": 1, "refused": 0, "left_out": 0, "held": 6, "recognisable": 7, "recognisable_held": 6}
    released, waiting = doneSentences(done)[1:]
    assert released.startswith("1 released series may show a recognisable face")
    assert waiting.startswith("6 of those that wait may show a recognisable face")


def test_a_reason_of_many_series_is_said_in_full_once(messages):
    said = {}
    events = [
        {"event": "series", "status": "refused", "patient": patient, "series": 1, "reason": reason}
        for patient, reason in (("S1", "no head was found"), ("S2", "no head was found"), ("S3", "it is torn"))
    ]
    assert [messages.eventSentence(event, said) for event in events] == [
        "S1, series 1: refused: no head was found",
        "S2, series 1: refused, for the reason of S1, series 1",
        "S3, series 1: refused: it is torn",
    ]
    finding = {"event": "finding", "series": 1, "message": "a face may show"}
    assert [messages.eventSentence(finding | {"patient": patient}, said) for patient in ("S4", "S5")] == [
        "S4, series 1: needs attention: a face may show",
        "S5, series 1: needs attention, for the reason of S4, series 1",
    ]


def test_two_findings_that_two_series_share_are_one_line_of_the_second(messages):
    said = {}
    findings = [
        {"event": "finding", "patient": patient, "series": 1, "message": message}
        for patient in ("S1", "S2")
        for message in ("a face may show", "no picture was drawn of it")
    ]
    assert [line for event in findings if (line := messages.eventSentence(event, said))] == [
        "S1, series 1: needs attention: a face may show",
        "S1, series 1: needs attention: no picture was drawn of it",
        "S2, series 1: needs attention, for the reason of S1, series 1",
    ]


def untranslated(path):
    """Yield the sentences of a file that do not go through ``tr``: those of errors for developers aside."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    silent = set()
    for node in ast.walk(tree):
        isTranslated = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_"
        isForDevelopers = isinstance(node, (ast.Raise, ast.Expr)) and not isinstance(
            getattr(node, "value", None), ast.Call
        )
        isSelfTest = isinstance(node, ast.ClassDef) and node.name.endswith("Test")
        if isTranslated or isForDevelopers or isSelfTest:
            silent |= set(map(id, ast.walk(node)))
    for node in ast.walk(tree):
        isText = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent
        if isText and re.fullmatch(r"[A-Z][a-z]+ .* .*[.:?]", node.value):
            yield f"{path.name}:{node.lineno}"


@pytest.mark.parametrize(
    "path", [MODULE / "SlicerDeid.py", *sorted((MODULE / "SlicerDeidWidgets").glob("*.py"))], ids=lambda path: path.name
)
def test_every_sentence_can_be_translated(path):
    assert list(untranslated(path)) == []


def test_a_sentence_that_cannot_be_translated_is_found(tmp_path):
    file = tmp_path / "x.py"
    file.write_text('"""One docstring of words."""\n_("It is fine as it is.")\nlabel.text = "It is not fine."\n')
    assert list(untranslated(file)) == ["x.py:3"]


OUTCOMES = {  # how the program can end that is to be started once more
    "wrong": {"exitCode": 2},
    "not completed": {"exitCode": 1},
    "crashed": {"exitCode": 9, "isCrash": True},
    "cancelled": {"exitCode": 130, "isCancelled": True, "events": ({"event": "plan"},)},
    "cancelled at once": {"exitCode": 130, "isCancelled": True},
}


@pytest.mark.parametrize("ended", OUTCOMES)
@pytest.mark.parametrize(
    ("task", "named"),
    [
        ("run", "Apply"),
        ("check", "Apply"),
        ("plan", "Show plan"),
        ("trial", "'Try on 3 patients'"),
        ("redo", "'Do again with'"),
        ("audit", "'Audit the output'"),
        ("export", "Export"),
    ],
)
def test_what_ended_too_early_is_begun_again_by_the_button_that_was_pressed(messages, ended, task, named):
    from SlicerDeidWidgets.task import Task
    from SlicerDeidWidgets.worker import Outcome

    sentence = messages.outcomeSentence(Outcome(**OUTCOMES[ended]), Task(task))
    assert sentence.count("press ") == 1
    assert f"press {named}" in sentence


def test_the_button_that_a_sentence_names_is_called_so_in_the_panel(messages):
    from xml.etree import ElementTree

    from SlicerDeidWidgets.task import Task, button

    form = ElementTree.parse(MODULE / "Resources" / "UI" / "SlicerDeid.ui")
    texts = [each.text or "" for each in form.iterfind(".//widget/property[@name='text']/string")]
    labels = {text.replace("&", "") for text in texts}
    for task in set(Task) - {Task.EXPORT}:  # which is Slicer's own
        assert re.sub("^'|'$", "", button(task)) in labels


def test_what_is_missing_is_installed_by_slicers_own_means(messages):
    from SlicerDeidLib.pixels.text.ocr import MISSING, UNFIT

    assert messages.panelWords(MISSING) == (
        "no engine that reads text in pictures is installed; install one with: "
        'slicer.util.pip_install("rapidocr onnxruntime") in Slicer\'s Python console'
    )
    shown = messages.panelWords(UNFIT)
    assert shown.endswith(
        'install it anew with: slicer.util.pip_uninstall("rapidocr onnxruntime"); '
        'slicer.util.pip_install("rapidocr onnxruntime") in Slicer\'s Python console'
    )


def test_every_extra_that_is_for_users_is_known_to_the_panel(messages):
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {name: lines for name, lines in project["optional-dependencies"].items() if name != "test"}
    assert {
        name: " ".join(line.split(">")[0] for line in lines) for name, lines in extras.items()
    } == messages._PACKAGES
