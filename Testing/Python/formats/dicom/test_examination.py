# SPDX-License-Identifier: Apache-2.0
"""What the head of a file says was examined."""

from __future__ import annotations

from pathlib import Path

import pytest
from ctseries import make_ct_series
from pydicom.dataset import Dataset
from SlicerDeidLib.formats.dicom.door import index
from SlicerDeidLib.model.examination import Examination


def examined(folder: Path, change: object = None, **values: object) -> Examination:
    (path,) = make_ct_series(folder, slices=1, set_values=values, change=change)  # type: ignore[arg-type]
    return index(path, folder).examination


def code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def test_series_and_study_are_told_apart(tmp_path: Path) -> None:
    found = examined(
        tmp_path,
        SeriesDescription="Bone 0.6",
        ProtocolName="Sinus",
        BodyPartExamined="HEAD",
        StudyDescription="CT face",
    )
    assert {"Bone 0.6", "Sinus", "HEAD"} <= found.series.texts
    assert "CT face" in found.study.texts
    assert not found.study.texts & found.series.texts


def test_codes_and_their_meanings_are_read_in_sequences(tmp_path: Path) -> None:
    def change(dataset: Dataset, _: int) -> None:
        dataset.AnatomicRegionSequence = [code("363654007", "SCT", "Orbit")]
        dataset.ProcedureCodeSequence = [code("24696-7", "LN", "CT Facial bones")]
        request = Dataset()
        request.ScheduledProcedureStepDescription = "Dental"
        request.ScheduledProtocolCodeSequence = [code("70486", "c4", "")]
        dataset.RequestAttributesSequence = [request]

    found = examined(tmp_path, change)
    assert found.series.codes == {"SCT:363654007"}
    assert "Orbit" in found.series.texts
    assert found.study.codes == {"LN:24696-7", "C4:70486"}
    assert {"CT Facial bones", "Dental"} <= found.study.texts


@pytest.mark.parametrize(
    ("character_set", "said"),
    [("ISO_IR 192", "Höhlen"), ("ISO_IR 100", "Höhlen"), ("ISO_IR 144", "челюсть"), ("GB18030", "鼻窦")],
)
def test_texts_are_read_in_the_character_set_of_the_file(tmp_path: Path, character_set: str, said: str) -> None:
    assert said in examined(tmp_path, SpecificCharacterSet=character_set, SeriesDescription=said).series.texts


def test_the_reason_for_the_examination_is_not_what_was_examined(tmp_path: Path) -> None:
    found = examined(
        tmp_path, ReasonForTheRequestedProcedure="facial trauma", AdmittingDiagnosesDescription="sinusitis"
    )
    assert not {"facial trauma", "sinusitis"} & (found.series.texts | found.study.texts)


def test_slices_that_say_the_same_share_it(tmp_path: Path) -> None:
    first, second = make_ct_series(tmp_path, slices=2)
    assert index(first, tmp_path).examination is index(second, tmp_path).examination


def test_what_was_examined_shows_in_no_repr(tmp_path: Path) -> None:
    (path,) = make_ct_series(tmp_path, slices=1, set_values={"SeriesDescription": "CANARYSERIES"})
    assert "CANARY" not in repr(index(path, tmp_path))
    assert "CANARY" not in repr(index(path, tmp_path).examination)
