# SPDX-License-Identifier: Apache-2.0
"""The value inventory lists what stays, counts subjects, and its decisions are done by the next run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pydicom
import pytest
import SlicerDeidLib as deid
from ctseries import make_patient
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from SlicerDeidLib.model.policy import Action, ActionCode
from SlicerDeidLib.pipeline.inventory import is_output

KEY = bytes(range(32))


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def make_input(folder: Path, models: list[str]) -> Path:
    """Make one patient per model, with a nested value and a private one."""
    for number, model in enumerate(models, 1):
        make_patient(folder, f"CANARYFOLDER{number}", number=number)
        for path in files_of(folder / f"CANARYFOLDER{number}"):
            dataset = pydicom.dcmread(path)
            dataset.ManufacturerModelName = model
            code = Dataset()
            code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "24725-4", "LN", "CT Head"
            dataset.ProcedureCodeSequence = Sequence([code])
            dataset.add_new(0x00190010, "LO", "ACME")
            dataset.add_new(0x00191008, "LO", f"mode {number % 2}")
            dataset.save_as(path)
    return folder


def plan_of(folder: Path, rules: object = (), policy: str = "research") -> deid.Plan:
    chosen = deid.read_policy(policy, rules=rules)  # type: ignore[arg-type]
    chosen = replace(chosen, deface=replace(chosen.deface, method="none"), text=replace(chosen.text, mode="off"))
    return deid.plan(deid.discover(folder), chosen, key=KEY)


def values(found: deid.Inventory, keyword: str) -> dict[str, tuple[int, bool]]:
    return {row.value: (row.subjects, row.is_rare) for row in found.rows if row.keyword == keyword}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_input(tmp_path_factory.mktemp("many") / "in", ["Common"] * 5 + ["Rare One"])


def test_values_are_counted_by_subject_and_the_rarest_come_first(source: Path) -> None:
    found = deid.inventory(plan_of(source))
    assert (found.subjects, found.unread) == (6, 0)
    assert values(found, "ManufacturerModelName") == {"Common": (5, False), "Rare One": (1, True)}
    counts = [row.subjects for row in found.rows]
    assert counts == sorted(counts)
    assert [row.path for row in found.rows if row.keyword == "CodeMeaning"] == ["(0008,1032)>(0008,0104)"]
    assert values(deid.inventory(plan_of(source), rare_below=7), "ManufacturerModelName")["Common"] == (5, True)


def test_nothing_that_goes_or_is_made_is_listed(source: Path) -> None:
    found = deid.inventory(plan_of(source))
    listed = {row.keyword for row in found.rows}
    gone = {
        "PatientName",
        "PatientID",
        "AccessionNumber",
        "StudyDate",
        "StudyTime",
        "SOPInstanceUID",
        "InstitutionName",
    }
    assert not listed & (gone | {"DeidentificationMethod", "SpecificCharacterSet", "PixelData"})
    assert "ACME" not in listed
    assert not any("CANARY" in row.value for row in found.rows)


def test_private_attributes_that_stay_are_listed_with_their_creator(source: Path, tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text('[rules]\nprivate = "K"\n')
    found = deid.inventory(plan_of(source, deid.read_rules(tmp_path / "site.toml")))
    (row, *_) = [row for row in found.rows if row.keyword == "ACME"]
    assert (row.path, row.attribute) == ("(0019,xx08)", "0019xx08 ACME")
    assert values(found, "ACME") == {"mode 0": (3, True), "mode 1": (3, True)}


def test_numbers_that_differ_from_image_to_image_are_one_row(tmp_path: Path) -> None:
    folder = make_input(tmp_path / "in", ["A"])
    template = pydicom.dcmread(files_of(folder)[0])
    for number in range(40):
        template.SOPInstanceUID = template.file_meta.MediaStorageSOPInstanceUID = f"1.2.826.0.1.99.{number}"
        template.InstanceNumber = 100 + number
        template.save_as(files_of(folder)[0].parent / f"more{number}.dcm")
    found = deid.inventory(plan_of(folder))
    (row,) = [row for row in found.rows if row.keyword == "InstanceNumber"]
    assert row.value.endswith(" values")
    assert not row.is_decidable
    assert not row.is_rare


def test_decisions_are_saved_read_and_done_and_listed_no_more(source: Path, tmp_path: Path) -> None:
    (tmp_path / "keep.toml").write_text('[rules]\nprivate = "K"\n')
    rules = deid.read_rules(tmp_path / "keep.toml")
    found = deid.inventory(plan_of(source, rules))
    chosen = {
        ("ManufacturerModelName", "Rare One"): Action(ActionCode.SET, argument="CT scanner"),
        ("ACME", "mode 0"): Action(ActionCode.X),
        ("CodeMeaning", "CT Head"): Action(ActionCode.SET, argument="Head CT"),
        ("PatientSex", "M"): Action(ActionCode.X),
        ("Modality", "CT"): Action(ActionCode.K),
    }
    rows = {(row.keyword, row.value): row for row in found.rows}
    path = tmp_path / "decisions.toml"
    made = [
        deid.Decision(rows[key].attribute, rows[key].value, action, "why")
        for key, action in chosen.items()
        if key in rows
    ]
    assert len(made) >= 4
    assert deid.save_decisions(path, made) == len(made)
    assert deid.save_decisions(path, made) == 0
    plan = plan_of(source, [rules, deid.read_rules(path)])
    assert "Rare One" not in repr(plan.policy)
    again = deid.inventory(plan)
    assert values(again, "ManufacturerModelName") == {"Common": (5, False), "CT scanner": (1, True)}
    assert values(again, "ACME") == {"mode 1": (3, True)}
    assert set(values(again, "CodeMeaning")) == {"Head CT"}
    assert "M" not in values(again, "PatientSex")

    record = deid.run(plan, tmp_path / "out", executor=deid.serial)
    assert record.released == 6
    index = deid.discover(tmp_path / "out")
    assert is_output(index)
    assert not is_output(deid.discover(source))
    released = deid.inventory(index)
    assert values(released, "ManufacturerModelName") == values(again, "ManufacturerModelName")
    assert values(released, "ACME") == values(again, "ACME")
    undecidable = {row.keyword: row.why_undecidable for row in released.rows if not row.is_decidable}
    assert "decide about the input" in undecidable["ImageType"]
    assert next(row for row in again.rows if row.keyword == "ImageType").is_decidable


def test_a_decision_that_changes_lets_a_finished_series_be_done_again(tmp_path: Path) -> None:
    folder = make_input(tmp_path / "in", ["Rare One"])
    (tmp_path / "map.csv").write_text("Accession_number,De-identification_ID\nCANARYFOLDER1,S1\n")
    path = tmp_path / "site.toml"
    for replacement in ("First", "Second"):
        path.write_text(
            '[[values]]\nattribute = "ManufacturerModelName"\nvalue = "Rare One"\n'
            f'action = "replace"\nwith = "{replacement}"\n'
        )
        plan = plan_of(folder, deid.read_rules(path))
        deid.run(plan, tmp_path / f"out{replacement}", executor=deid.serial)
        written = next(iter((tmp_path / f"out{replacement}").rglob("*.dcm")))
        assert pydicom.dcmread(written).ManufacturerModelName == replacement


def test_several_values_of_one_attribute_are_counted_and_a_backslash_in_a_long_text_parts_nothing(
    tmp_path: Path,
) -> None:
    make_patient(tmp_path / "in", "CANARYFOLDER1")
    for path in files_of(tmp_path / "in"):
        dataset = pydicom.dcmread(path)
        dataset.ImageType, dataset.ImageComments = ["ORIGINAL", "PRIMARY", "AXIAL"], "CT\\head"
        dataset.save_as(path)
    found = deid.inventory(plan_of(tmp_path / "in"))
    count = {row.keyword: row.values for row in found.rows if row.keyword in ("ImageType", "ImageComments", "KVP")}
    assert count == {"ImageType": 3, "ImageComments": 1, "KVP": 1}


def test_files_that_cannot_be_read_any_more_are_counted(tmp_path: Path) -> None:
    folder = make_input(tmp_path / "in", ["A"])
    plan = plan_of(folder)
    first = files_of(folder)[0]
    first.write_bytes(first.read_bytes()[:700])
    found = deid.inventory(plan)
    assert found.unread == 1
    assert found.images == len(plan.series[0].instances) - 1
