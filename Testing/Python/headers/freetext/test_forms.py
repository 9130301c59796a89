# SPDX-License-Identifier: Apache-2.0
"""What tells by its form is found in texts that programs write, and what programs write for themselves is not."""

from __future__ import annotations

import pytest
import SlicerDeidLib as deid

TELLING = (
    *("12.03.2021", "Mar 12, 2021", "2021-3-12", "12 March 2021", "12-MAR-61", "03.02.61", "3/2/61", "20210312"),
    *("20210312143000", "2021-03-12T10:00", "12. M\u00e4rz 2021", "2021\u5e743\u670812\u65e5", "March 2021"),
    *("datetime.datetime(2021, 3, 12, 0, 0)", "+49 30 1234567", "tel. 555-0123", "0098123456", "MRN0098123"),
    *("id: 7741892", "anna@clinic.org", "Dr Kowalczyk", "1.2.840.99.7", '["/Study of X/x.nrrd"]', '["/X.nrrd"]'),
    *(
        "Patients/X",
        "see D:\\X",
        "file:///x",
        "\\\\server\\share\\",
        "path=/X1",
        "a,/Xx",
        '{"a":"C:\\\\x"}',
        "x/y.nii.gz",
    ),
    *("Anna/Scan 1.dcm", "~/x", "https://pacs.clinic.org/1", "%2Fhome%2Fanna%2F", "data/Kowalczyk", "(/Kowalczyk)"),
    *("/home", "Befunde\\Kowalczyk"),
)
USUAL = (
    *("mm/s", "1/2", "T1/T2", "T1 / T2", "n/a", "and/or", "left/right", "mL/min", "tumour/edema", "Slice 1/20"),
    *("vtkMRMLScalarVolumeNode1 vtkMRMLModelNode2", "threshold;Otsu;120", '{"mode": "Otsu", "n": 3}', "5.12.1"),
    *("3.10.12", "1048.5767281", "0.0098123456", "100000000", "1e-7", "512 512 300", "12.5 x 3.4 x 2.1", "1-2-3"),
    *("Red Volume", "View1", "SegmentEditor", "CT-Coronary-Arteries-3", "#ff00aa", "rgb(1,2,3)", "10:30", "3 set"),
    *(r'{"note":"left\nright"}', "True", "-1024", "1,2,3"),
)


@pytest.mark.parametrize("text", TELLING)
def test_what_tells_by_its_form_is_found(text: str) -> None:
    assert deid.FreeText().tells_by_form(text)


@pytest.mark.parametrize("text", USUAL)
def test_what_programs_write_for_themselves_is_not(text: str) -> None:
    assert not deid.FreeText().tells_by_form(text)
