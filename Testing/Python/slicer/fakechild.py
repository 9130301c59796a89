# SPDX-License-Identifier: Apache-2.0
"""A program that speaks as ``slicerdeid run --progress json`` does, in every way it can end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

TOTAL = 4


def tell(event: str, **values: object) -> None:
    """Print one event."""
    print(json.dumps({"event": event, **values}), flush=True)


def series(done: int, status: str = "released", reason: str = "") -> None:
    """Print one series' event."""
    files = 30 if status == "released" else 0
    tell(
        "series",
        done=done,
        total=TOTAL,
        patient="NEW1",
        series=done,
        modality="CT",
        status=status,
        reason=reason,
        files=files,
    )


def run() -> int:
    """Release three series, refuse one."""
    print("warning: folder 2 of 3: it has no row in the list", file=sys.stderr, flush=True)
    time.sleep(0.3)  # two pipes have no order between them but time
    tell("plan", done=0, total=TOTAL)
    for done in range(1, TOTAL):
        series(done)
    tell("finding", done=3, total=TOTAL, patient="NEW1", series=3, message="peeling may leave a recognisable face")
    series(TOTAL, "refused", "MR heads cannot be defaced yet")
    tell("done", exit=0, released=3, refused=1, left_out=0, recognisable=3)
    print("refused: NEW1, series 4: MR heads cannot be defaced yet", file=sys.stderr)
    print("note: NEW1, series 3; NEW1, series 2: peeling may leave a recognisable face", file=sys.stderr)
    print("Report, journal and ledger (private): /private/place", file=sys.stderr)
    return 0


def crash() -> int:
    """Die of a signal after one series."""
    tell("plan", done=0, total=TOTAL)
    series(1)
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def raising() -> int:
    """Die of an exception whose text quotes what was read."""
    tell("plan", done=0, total=TOTAL)
    raise KeyError("SECRET^NAME")


def wait() -> int:
    """Work until stdin is closed; with a child of its own, as workers are."""
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    tell("plan", done=0, total=TOTAL, child=child.pid)
    series(1)
    sys.stdin.read()
    child.kill()
    child.wait()
    print("slicerdeid: Stopped; finished series stay.", file=sys.stderr)
    return 130


def waiting() -> int:
    """Work until stdin is closed, after a series that waits to be accepted."""
    tell("plan", done=0, total=TOTAL)
    series(1, "held")
    sys.stdin.read()
    print("slicerdeid: Stopped; finished series stay.", file=sys.stderr)
    return 130


def looking() -> int:
    """Look at the folders until stdin is closed; nothing is begun."""
    sys.stdin.read()
    print("slicerdeid: Stopped; finished series stay.", file=sys.stderr)
    return 130


def deleting() -> int:
    """Start anew, and delete what was made before until stdin is closed."""
    tell("plan", done=0, total=TOTAL, deleting=True)
    return looking()


def anew() -> int:
    """Start anew: delete what was made before, and make it again."""
    tell("plan", done=0, total=TOTAL, deleting=True)
    return run()


def deaf() -> int:
    """Ignore that stdin is closed; with a child that ignores everything too."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    tell("plan", done=0, total=TOTAL, child=child.pid)
    time.sleep(600)
    return 0


def wrong() -> int:
    """Refuse the map."""
    print("slicerdeid: The map has no column Accession_number in sheet 'x'; name it.", file=sys.stderr)
    return 2


def unusable() -> int:
    """Refuse an option as the command line's parser does."""
    sys.stderr.write("usage: slicerdeid plan [-h] [--depth MM]\n                       IN\n\n")
    sys.stderr.write("slicerdeid plan: error: argument --depth: must be between 4 and 50 mm\n")
    return 2


def automatic() -> int:
    """Refuse a head as the automatic choice does."""
    reason = (
        "the face could not be removed: 3.0% of its skin (at most 2%) and a relief correlation of 0.10 (at most 0.2) "
        "are left; leave the series out, or release it recognisable, under controlled access only, with "
        "--deface none by name"
    )
    tell("plan", done=0, total=1)
    series(1, "refused", reason)
    tell("done", exit=3, released=0, refused=1, left_out=0, recognisable=0)
    print(f"refused: NEW1, series 1: {reason}", file=sys.stderr)
    return 3


def changed() -> int:
    """Refuse a plan whose list has an error now."""
    problem = "sheet 'x', row 3: The new ID is given twice."
    sentence = f"{problem} (1 errors in all; nothing was written.)"
    print(f"error: {problem}", file=sys.stderr, flush=True)
    time.sleep(0.3)
    print(f"slicerdeid: {sentence}", file=sys.stderr, flush=True)
    tell("done", exit=2, message=sentence)
    return 2


def foreign() -> int:
    """Refuse a private folder of another output, on one pipe and after a pause on the other."""
    sentence = "The private folder belongs to another output folder; name that one, or another private folder."
    print(f"slicerdeid: {sentence}", file=sys.stderr, flush=True)
    time.sleep(float(sys.argv[2]))
    tell("done", exit=2, message=sentence)
    return 2


def full() -> int:
    """Break off because a disk takes no more."""
    sentence = "The disk of the private folder is full; make room and run the same command again: finished series stay."
    print(f"slicerdeid: {sentence}", file=sys.stderr, flush=True)
    tell("done", exit=1, message=sentence)
    return 1


def crowd() -> int:
    """Plan 300 patients of four series each, or say of all of them at once that they wait."""
    places = [(f"P{patient:03d}", number) for patient in range(1, 301) for number in range(1, 5)]
    if "plan" in sys.argv[2:4]:  # named, or asked for
        row = {"scan": 0, "modality": "CT", "instances": 200, "released": 200, "verdict": "release", "study": 1}
        row |= {"deface": "auto", "text": "mask", "bytes": 10**8, "seconds": 40.0, "notes": [], "reason": ""}
        entries = [
            {**row, "deidentification_id": patient, "series": number, "original_folder": f"folder of {patient}"}
            for patient, number in places
        ]
        print(json.dumps({"counts": {"release": len(places)}, "series": entries, "problems": []}, indent=1))
        return 0
    tell("plan", done=0, total=len(places))
    for done, (patient, number) in enumerate(places, 1):
        values = {"done": done, "total": len(places), "patient": patient, "series": number, "modality": "CT"}
        tell("series", **values, status="held", reason="", files=200)
    tell("done", exit=0, released=0, refused=0, left_out=0, recognisable=0)
    return 0


def held() -> int:
    """Let a series wait to be accepted."""
    tell("plan", done=0, total=1)
    series(1, "held")
    tell("done", exit=0, released=0, refused=0, held=1, left_out=0, recognisable=0)
    return 0


def nothing() -> int:
    """Release nothing."""
    tell("plan", done=0, total=1)
    series(1, "refused", "the pixel data cannot be decoded")
    tell("done", exit=3, released=0, refused=1, left_out=0, recognisable=0)
    return 3


def split() -> int:
    """Print lines in pieces, with bytes that are no UTF-8 in between."""
    for piece in (
        b'{"event": "pl',
        b'an", "done": 0, "total": 1}\n{"event"',
        b': "series", "patient": "\xc3',
        b'\xa4"}\n',
    ):
        sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        time.sleep(0.1)
    sys.stderr.buffer.write(b"\xff is no letter")
    return 0


def environment() -> int:
    """Say where the library would be found."""
    tell("environment", path=os.environ["PYTHONPATH"].split(os.pathsep)[0], words=sys.argv[2:])
    return 0


def plan() -> int:
    """Print a plan as one document over several lines."""
    row = {"deidentification_id": "NEW1", "scan": 0, "series": 1, "modality": "CT", "instances": 30, "released": 30}
    row |= {"study": 1, "original_folder": "A1", "bytes": 15_000_000, "seconds": 40.0}
    row["otherwise"] = "others" in sys.argv[2:3]
    refused = {
        **row,
        "series": 2,
        "modality": "MR",
        "released": 0,
        "verdict": "refuse",
        "deface": "none",
        "text": "off",
    }
    released = {**row, "verdict": "release", "deface": "surface", "text": "morph", "reason": "", "notes": ["a note"]}
    severity = "error" if "twice" in sys.argv[2:3] else "warning"
    problem = {"severity": severity, "where": "sheet 'x', row 3", "message": "The new ID is given twice."}
    entries = [released, {**refused, "reason": "MR", "notes": ["MR heads cannot be defaced yet"]}]
    others = {"many": 4, "more": 5}.get("".join(sys.argv[2:3]), 0)  # patients without any trouble, who come before it
    if others:
        entries = [
            {**released, "deidentification_id": f"OK{n}", "original_folder": f"B{n}"} for n in range(others)
        ] + entries
    if "refused" in sys.argv[2:3]:
        entries = entries[-1:]
    counts = {"release": len(entries) - 1, "refuse": 1, "leave out": 0}
    document = {"policy": "research", "statement": "", "counts": counts, "series": entries, "problems": [problem]}
    print(json.dumps(document, indent=1))
    return 2 if severity == "error" else 0


def planned() -> int:
    """Print a plan when asked for one, else do what the first word names."""
    return plan() if "plan" in sys.argv[3:] else globals()[sys.argv[2]]()


if __name__ == "__main__":
    sys.exit(globals()[sys.argv[1]]())
