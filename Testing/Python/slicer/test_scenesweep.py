# SPDX-License-Identifier: Apache-2.0
"""The last look into a bundle: what is known of a patient is found wherever a file can say it, and nothing else is."""

from __future__ import annotations

import base64
import gzip
import io
import zipfile

import numpy as np
import pytest

KNOWN = [("name", "Plantsurname^Anna"), ("number", "774189201"), ("birth", "19610203")]
NOISE = np.random.default_rng(1).bytes(1 << 16)
HEADER = b"NRRD0004\ntype: short\nendian: little\nencoding: gzip\n"


@pytest.fixture
def left(slicer, tmp_path):
    """Return what is found in a bundle that is made of files."""

    def look(files, known=KNOWN, folders=(), allowed=(), usual=frozenset()):
        from SlicerDeidWidgets.scenesweep import leftIn

        path = tmp_path / "shared.mrb"
        path.write_bytes(bundle(files))
        return [trace.where for trace in leftIn(path, known, folders, allowed, usual)]

    return look


def bundle(files):
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return written.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "where"),
    [
        ("s.mrml", b'<MRML><Camera\n  id="c" layoutName="of Plantsurname" ></Camera>', "Camera: layoutName"),
        ("s.mrml", b'<ScriptedModule parameter0= "note Plantsurname%20x" >', "ScriptedModule: parameter0"),
        ("s.mrml", b'<Text text="&quot;Anna Plantsurname&quot;" >', "Text: text"),
        ("s.mrml", b"<Text>Plantsurname</Text>", "Scene file"),
        ("s.mrml", rb'<Text text="[&quot;Pl\u0061ntsurname&quot;]" >', "Text: text"),
        ("s.mrml", b'<Text text="{}" >'.replace(b"{}", base64.b64encode(b"of Plantsurname")), "Text: text"),
        ("s.mrml", b'<Text text="' + b"Plantsurname, ".hex().encode() * 20 + b'" >', "Text: text"),
        ("Data/Plantsurname.csv", b"1", "Name of a file (.csv)"),
        ("Data/t.schema.tsv", "size\tvön Plantsurname\n".encode(), "File (.schema.tsv), line 1"),
        ("Data/t.tsv", b"a\n1.5\n03.02.1961\n", "File (.tsv), line 3"),
        ("Data/F.mrk.json", b'{\n"label": "774189201"\n}', "File (.mrk.json), line 2"),
        ("Data/v.nrrd", HEADER + b"Note:=Plantsurname\n\n" + NOISE, "File (.nrrd), line 5"),
        ("Data/m.vtk", b"# vtk\nBINARY\n" + NOISE + b"\nPlantsurname%20x 1 2 string\n" + NOISE, "File (.vtk)"),
        ("Data/m.vtk", b"# vtk\nBINARY\n" + NOISE + b"\nof Anna\n" + NOISE, "File (.vtk)"),
        ("Data/T.h5", b"\x89HDF\0\0\0Plantsurname\0" + NOISE, "File (.h5)"),
        ("Data/q.seq.mrb", bundle({"q.mrml": b'<Text text="Plantsurname" >'}), "Text: text"),
        ("Data/q.mrb", b"no bundle, of Plantsurname", "File (.mrb), line 1"),
    ],
)
def test_it_is_found_with_its_place(left, name, data, where):
    assert left({name: data}) == [where]


def test_numbers_and_data_that_only_look_like_it_are_not_found(left):
    compressed = gzip.compress(b"Plantsurname" + NOISE)
    files = {
        "s.mrml": b'<Slice dimensions="77 41 892 1" matrix="7.74189201 0.3 2.196" singletonTag="Green" name="axial" >',
        "Data/t.tsv": b"774.189201\t77\t4189\t201\n",
        "Data/v.nrrd": HEADER + b"sizes: 77 41 892\n\n" + compressed,
        "Data/m.vtk": b"# vtk\nBINARY\n" + NOISE,
    }
    assert left(files, [*KNOWN, ("name", "Green^Short")]) == []


def test_every_piece_of_a_long_file_is_read(left, monkeypatch):
    from SlicerDeidWidgets import scenesweep

    monkeypatch.setattr(scenesweep, "_PIECE_BYTES", 64)
    lines = [b"clinical words only"] * 40
    lines[23] = "gr\u00f6\u00dfer: Plantsurname".encode()
    assert left({"Data/t.csv": b"\n".join(lines)}) == ["File (.csv), line 24"]


def test_folders_of_the_user_are_found_in_either_spelling(left):
    files = {"s.mrml": b'<Storage a="see C:\\Users\\somebody\\x" b="c:/users/SOMEBODY/y" c="somebody" >'}
    assert left(files, folders=["C:\\Users\\somebody"]) == ["Storage: a", "Storage: b"]


def test_a_folder_is_not_found_in_what_is_called_alike(left):
    files = {
        "shared/Data/v.nrrd": HEADER,
        "s.mrml": b'<Storage a="Data/v.nrrd" b="/database" c="file:///data/v.nrrd" >',
    }
    assert left(files, folders=["/data", "/", ""]) == ["Storage: c"]


def test_what_was_let_stay_is_no_reason_but_what_stands_beside_it_is(left):
    files = {"s.mrml": b'<Text a="Plantsurname cyst" b="Plantsurname cyst of Plantsurname" c="Plantsurname" >'}
    assert left(files, allowed=["Plantsurname cyst", "a", "surname"]) == ["Text: b", "Text: c"]
    files = {"F.mrk.json": rb'"Pl\u0061ntsurname\u0020cyst, Pl\u0061ntsurname\u0020cyst"'}
    assert left(files, allowed=["Plantsurname cyst"]) == []


def test_what_every_new_node_says_is_of_nobody(slicer, left):
    from SlicerDeidWidgets.scenesweep import usualValues

    view = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLViewNode", "View of Plantsurname")
    usual = usualValues(slicer.mrmlScene)
    slicer.mrmlScene.RemoveNode(view)
    files = {"s.mrml": b'<View rulerColor="white" orientationMarkerType="white" >'}
    assert ("View", "rulerColor", "white") in usual
    assert not [value for value in usual if "Plantsurname" in value[2]]
    assert left(files, [("name", "White^Anna")], usual=usual) == ["View: orientationMarkerType"]


def test_kinds_of_nodes_are_not_found_though_a_patient_is_called_so(left):
    known = [("name", "Selection^Xml")]
    scene = b'<?xml version="1.0"?>\n<MRML><Selection id="s" ></Selection><Text id="t" />'
    assert left({"s.mrml": scene + b"</MRML>"}, known) == []
    assert left({"s.mrml": scene + b"of Selection</MRML>"}, known) == ["Scene file"]
