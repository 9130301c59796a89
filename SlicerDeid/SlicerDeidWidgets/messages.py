# SPDX-License-Identifier: Apache-2.0
"""Events and exit codes in words."""

from __future__ import annotations

import re
from functools import lru_cache

from slicer.i18n import tr as _

from SlicerDeidWidgets.optionwords import choices, controls, settingWords, valueOf
from SlicerDeidWidgets.task import Task, button, left, pressAgain
from SlicerDeidWidgets.worker import Outcome

COMPLETED, NOT_COMPLETED, WRONG, NOTHING = 0, 1, 2, 3  # exit codes of the command line
_MINUTE_S = 60.0
_HOURS_FROM_MIN = 90  # minutes from which a time is said in hours
_WHOLE = 10  # series per minute from which nobody needs a decimal
_VALUE = r"(?:auto|surface\+face|surface|face|skullstrip|none|mask|thorough|report|drop|morph|off)"
_CHOICE = rf"(--deface|--text) ({_VALUE}(?: or {_VALUE})*)\b(?: by name)?"
_CHOSEN = re.compile(_CHOICE)
_ALL_CHOSEN = re.compile(rf"{_CHOICE}(?: {_CHOICE})*")
_METHOD = re.compile(rf"(?<=defacing with '){_VALUE}(?=')|(?<=text mode '){_VALUE}(?=')")
_OTHER_METHOD = re.compile(rf"(?<=choose the method ){_VALUE}$")  # of a volume in the scene
_SET = r"('[^']*'|[^\s,;()']+)"
_SETTING = re.compile(rf"(--[a-z][a-z-]*)={_SET}(?: \(now {_SET}\))?( (?=--[a-z-]+=))?")
_AGAIN = "run the same command again"  # how the program says it
_FULL = re.compile(r"The disk .* is full; make room")
_IN_ALL = re.compile(r" \(\d+ errors in all; nothing was written\.\)$")  # after the first of a plan's errors
_VALUED = re.compile(r"(--option|--skullstrip-engine|--private-attributes|--text-keep|--match) ([a-z-]+)")
_ELSEWHERE = re.compile(r"(--objects|--dicomdir) (clean|all|rebuild|redact)\b")
_OPTION = re.compile(r"(?<![\w-])(with )?(--[a-z][a-z-]*)")
_PIP = re.compile(r'pip install (--force-reinstall )?"?slicerdeid\[([a-z-]+)\]"?( \(or [^)]*\))?')
_PACKAGES = {  # what the extras bring, which are the library's where it is installed by pip
    "text": "rapidocr onnxruntime",
    "nifti": "nibabel",
    "seg": "highdicom",
    "synthstrip": "torch",
    "hd-bet": "hd-bet",
}


def eventSentence(event: dict, said: dict[str, str]) -> str:
    """Return what an event says, or an empty text where the table or the bar says it.

    Parameters
    ----------
    said : dict
        Where each reason was said first, so that 300 series do not say it at length, and the lines that name another
        series; what is said now is added.
    """
    place = _("{patient}, scan {scan}, series {series}") if event.get("scan") else _("{patient}, series {series}")
    where = place.format(**{key: event.get(key, "") for key in ("patient", "scan", "series")})
    if event.get("event") == "finding":
        first = said.setdefault(event.get("message", ""), where)
        if first != where:
            line = _("{where}: needs attention, for the reason of {first}").format(where=where, first=first)
            return "" if line in said else said.setdefault(line, line)  # of two findings that both share
        return _("{where}: needs attention: {message}").format(
            where=where, message=panelWords(event.get("message", ""))
        )
    if event.get("event") == "series" and event.get("status") not in ("released", "held"):
        status = {"refused": _("refused"), "left out": _("left out")}.get(event.get("status"), event.get("status"))
        first = said.setdefault(event.get("reason", ""), where)
        if first != where:
            return _("{where}: {status}, for the reason of {first}").format(where=where, status=status, first=first)
        return f"{where}: {status}: {panelWords(event.get('reason', ''))}"
    return ""


def countsSentence(event: dict) -> str:
    """Return how many series were released, refused and left out."""
    counts = {key: event.get(key, 0) for key in ("released", "refused", "left_out")}
    sentence = _("{released} series released, {refused} refused, {left_out} left out.").format(**counts)
    if not event.get("held"):
        return sentence
    return sentence + " " + _("{held} of this run wait to be accepted (Review).").format(held=event["held"])


def soFarSentence(done: int, total: int) -> str:
    """Return how far a run came that ended before its end; empty where nothing was to be done."""
    return _("{done} of {total} series are done.").format(done=done, total=total) if total else ""


def eventAsPrinted(event: dict) -> str:
    """Return the line that the program prints for people about the same thing."""
    what = event.get("status") or ("note" if event.get("event") == "finding" else "")
    text = event.get("reason") or event.get("message") or ""
    scan = f", scan {event['scan']}" if event.get("scan") else ""
    return f"{what}: {event.get('patient', '')}{scan}, series {event.get('series', '')}: {text}"


def isRepeated(sentence: str, told: list[str]) -> bool:
    """Say whether an event, or the panel itself, says the same: how a run was stopped, what was refused."""
    if sentence.startswith("note: "):  # one sentence for all series of which the same was found
        return any(each.startswith("note: ") and sentence.endswith(each.split(": ", 2)[2]) for each in told)
    return sentence.startswith("Stopped;") or any(sentence in each for each in told)


def isHeard(sentence: str, heard: list[str]) -> bool:
    """Say whether a sentence was said already, also as the error that it is about."""
    return sentence in heard or f"error: {_IN_ALL.sub('', sentence)}" in heard


def isDiskFull(sentence: str) -> bool:
    """Say whether a sentence of the program is about a disk that takes no more."""
    return _FULL.match(sentence) is not None


def outcomeSentence(outcome: Outcome, task: Task = Task.RUN) -> str:
    """Return how the program ended and what to do next."""
    if not outcome.hasStarted:
        return _("Slicer's Python (PythonSlicer) could not be started; reinstall Slicer or ask your administrator.")
    if outcome.isCancelled and outcome.lastEvent("plan") is None:
        return _("Cancelled before a series was begun; press {button} to start.").format(button=button(task))
    if outcome.isDeleting and task is Task.RUN:  # a trial starts anew every time
        return _(
            "Stopped while what was made before was being deleted: what is left of it is not made anew yet. 'Start "
            "anew' stays ticked; press Apply to go on."
        )
    if outcome.isCancelled:
        return _("Cancelled. {left}").format(left=left(task))
    if outcome.isCrash or outcome.error:
        cause = f" ({outcome.error})" if outcome.error else ""
        return _("The program ended unexpectedly{cause}. {left}").format(cause=cause, left=left(task))
    if outcome.exitCode == COMPLETED:
        return _("Finished.")
    if outcome.exitCode == NOTHING and task is Task.RUN:
        return _("Finished, but nothing was released; the table says why.")
    if outcome.exitCode == NOTHING:
        return _("Finished, but nothing was made; the log says why.")
    if outcome.exitCode == WRONG:
        return _("Nothing was written; mend what the log says and {press}.").format(press=pressAgain(task))
    if task in (Task.RUN, Task.TRIAL, Task.REDO):
        return _("The run could not complete. {left}").format(left=left(task))
    return _("It could not complete. {left}").format(left=left(task))


def doneSentences(event: dict, again: str = "") -> list[str]:
    """Return the result of a run: counts and what a human must see; or why there is none (as ``panelWords``)."""
    if "released" not in event:
        return [panelWords(each, again) for each in [event.get("message", "")] if not isRepeated(each, [])]
    sentences = [countsSentence(event)]
    waiting = event.get("recognisable_held", 0)
    released = event.get("recognisable", 0) - waiting
    if released:
        sentence = _("{count} released series may show a recognisable face: decide whether they may be shared.")
        sentences.append(sentence.format(count=released))
    if waiting:
        sentence = _("{count} of those that wait may show a recognisable face: look at them before you accept them.")
        sentences.append(sentence.format(count=waiting))
    return sentences


def forecastSentence(seconds: float, size: float, free: float | None, workers: int) -> str:
    """Return what is ticked, in time and disk.

    Parameters
    ----------
    seconds, size : float
        Of one process; bytes to be written.
    free : float or None
        Bytes that the output's disk has.
    """
    minutes = max(1, round(seconds / _MINUTE_S / max(workers, 1)))
    time = (
        _("{minutes} min").format(minutes=minutes)
        if minutes < _HOURS_FROM_MIN
        else _("{hours} h").format(hours=round(minutes / 60))
    )
    sentence = _("Ticked: roughly {time} and {size}.").format(time=time, size=_bytes(size))
    if free is None:
        return sentence
    room = _("The disk has {free} free.") if size <= free else _("The disk has only {free} free: make room first.")
    return sentence + " " + room.format(free=_bytes(free))


def _bytes(size: float) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def errorsOf(document: dict) -> int:
    """Return how many problems of a plan keep it from being run."""
    return sum(problem.get("severity") == "error" for problem in document.get("problems", []))


def releasesOf(document: dict) -> int:
    """Return how many series a plan releases."""
    return document.get("counts", {}).get("release", 0)


def toMendSentence() -> str:
    """Return what comes after a plan with problems to be mended first."""
    return _("Nothing was written. Mend what is red in the table, in the list or the folders; show the plan again.")


def plannedSentence(errors: int, releases: int) -> str:
    """Return what comes after a plan with so many problems to be mended first and so many series to release."""
    if errors:
        return toMendSentence()
    if not releases:
        return _("Nothing was written, and nothing is to be released now: the table says why, series by series.")
    return _("Nothing was written yet. Look at the table, then press Apply, or try on 3 patients first.")


def changedSentence() -> str:
    """Return why a run does not begin whose plan is another by now."""
    return _(
        "Not started: what would be done is no longer what the table showed. It shows it now: look, and press Apply."
    )


def planSentence(document: dict) -> str:
    """Return the plan in one sentence."""
    counts = document.get("counts", {})
    errors = errorsOf(document)
    sentence = _("Plan: {release} series to release, {refuse} refused, {leaveOut} left out.").format(
        release=counts.get("release", 0), refuse=counts.get("refuse", 0), leaveOut=counts.get("leave out", 0)
    )
    found = {"released": _("{count} are released already."), "waiting": _("{count} wait to be accepted.")}
    for name, text in found.items():
        sentence += " " + text.format(count=counts[name]) if counts.get(name) else ""
    return sentence + " " + _("Problems to mend first: {count}.").format(count=errors) if errors else sentence


def previewSentence(step: str, isLast: bool, seconds: float, boxes: int | None) -> str:
    """Return how far a preview is and how long it took; ``boxes`` is None where nobody reads."""
    took = {"seconds": f"{seconds:.1f}"}
    if not isLast:
        if step == "read":
            return _("Original after {seconds} s. The result comes next...").format(**took)
        if boxes:
            return _("Looking for text: {count} places after {seconds} s...").format(count=boxes, **took)
        if boxes is None:
            return _("Heads done after {seconds} s. The header comes next...").format(**took)
        return _("Heads done after {seconds} s. Looking for text...").format(**took)
    sentence = _("Result after {seconds} s.").format(**took)
    if boxes is None:
        return sentence
    return (
        sentence
        + " "
        + (_("Places with text: {count}.").format(count=boxes) if boxes else _("No text was found in what stays."))
    )


def finishedSentence(place: str, hasOriginal: bool, saying: str) -> str:
    """Return which finished series is shown, and why its header stands alone: no rule is written into what is made."""
    if hasOriginal:
        sentence = _("{place}: the original above, the finished series below.")
    else:
        sentence = _("{place}: the finished series; its original is not at hand.")
    header = _(
        "The header is as it was released; what it was before, and which rule changed it, is known while a series is "
        "made: see the preview of its row in the table."
    )
    return " ".join(filter(None, [sentence.format(place=place), saying, header]))


def progressText(done: int, total: int, perSecond: float) -> str:
    """Return "12 of 80 series, 4.0 per minute, about 17 min left"; without a rate the counts only."""
    if not done and total:
        return _("0 of {total} series are done, the first are worked on").format(total=total)
    text = _("{done} of {total} series").format(done=done, total=total)
    if not (0 < done < total and perSecond):
        return text
    rate = perSecond * _MINUTE_S
    text += ", " + _("{rate} per minute").format(rate=f"{rate:.1f}" if rate < _WHOLE else f"{rate:.0f}")
    left = (total - done) / perSecond
    if left < _MINUTE_S:
        return text + ", " + _("less than a minute left")
    minutes = round(left / _MINUTE_S)
    if minutes < _HOURS_FROM_MIN:
        return text + ", " + _("about {minutes} min left").format(minutes=minutes)
    return text + ", " + _("about {hours} h left").format(hours=round(minutes / 60))


@lru_cache(maxsize=1024)  # the same is said of hundreds of series
def panelWords(sentence: str, again: str = "") -> str:
    """Return a sentence of the program with the panel's controls in place of the command line's options.

    What the panel has no control for keeps its option's name, said to be the command line's.

    Parameters
    ----------
    again : str
        What to press once more where it was not Apply that failed, as ``task.pressAgain`` says it.
    """
    sentence = _PIP.sub(_installed, sentence)
    for said, meant in (_phrases() | ({_AGAIN: again} if again else {})).items():
        sentence = re.sub(rf"\b{re.escape(said)}\b", meant, sentence)
    names = choices()
    sentence = _METHOD.sub(lambda match: names[match.group()], sentence)
    sentence = _OTHER_METHOD.sub(lambda match: f"'{names[match.group()]}'", sentence)
    sentence = _SETTING.sub(_set, sentence)
    sentence = _ALL_CHOSEN.sub(lambda match: _(" and ").join(map(_chosen, _CHOSEN.finditer(match.group()))), sentence)
    sentence = _VALUED.sub(_valued, sentence)
    sentence = _ELSEWHERE.sub(lambda match: _elsewhere()[match.group()], sentence)
    return _OPTION.sub(_named, sentence)


def _installed(match: re.Match) -> str:
    """Return how a package comes into Slicer's own Python."""
    packages = _PACKAGES[match.group(2)]
    call = f'slicer.util.pip_install("{packages}")'
    if match.group(1):  # pip's option would install anew what Slicer brings, too
        call = f'slicer.util.pip_uninstall("{packages}"); {call}'
    return _("{call} in Slicer's Python console").format(call=call)


def _elsewhere() -> dict[str, str]:
    """What only the command line chooses, in words."""
    only = _("the choice of {what} (on the command line only)")
    named = {
        "--objects clean": _("cleaned objects besides images"),
        "--objects all": _("all objects besides images"),
        "--dicomdir rebuild": _("a rebuilt DICOMDIR"),
        "--dicomdir redact": _("a redacted DICOMDIR"),
    }
    return {said: only.format(what=what) for said, what in named.items()}


def _phrases() -> dict[str, str]:
    """What the program tells its users to do, and how it is done in the panel."""
    return {
        "the map": _("the list"),
        "The map": _("The list"),
        _AGAIN: pressAgain(Task.RUN),
        "name the key and release that it was made with": _(
            "give the release name and the key file that it was made with (Advanced)"
        ),
        "start anew with --overwrite": _("tick 'Start anew' (Advanced)"),
        "make it again with --redo": _("make it again by 'Do again with' (Review)"),
        "make it once more to be looked at, with --redo and --hold": _(
            "make it once more to be looked at, by 'Do again with' (Review)"
        ),
        "another private folder": _("another private folder (Advanced)"),
        "another output and private folder": _("another output folder and another private folder (Advanced)"),
    }


def _set(match: re.Match) -> str:
    """Return what a series was made with: ``--deface=face --text=off`` are two settings."""
    option, value, now, more = match.groups(default="")
    return settingWords(option, value.strip("'"), now.strip("'")) + (_(", ") if more else "")


def _chosen(match: re.Match) -> str:
    values = _(" or ").join(f"'{choices()[value]}'" for value in match.group(2).split(" or "))
    return _("{values} at '{control}'").format(values=values, control=controls()[match.group(1)])


def _valued(match: re.Match) -> str:
    value = valueOf(*match.groups())
    if not value:
        return match.group()
    return _("'{value}' at '{control}'").format(value=value, control=controls()[match.group(1)])


def _named(match: re.Match) -> str:
    name = controls().get(match.group(2))
    if name is None:
        others = {
            "--subjects": _("what is ticked"),
            "--leave-out": _("what is not ticked"),
        }
        words = others.get(match.group(2)) or _("{option} on the command line").format(option=match.group(2))
        return _("with {what}").format(what=words) if match.group(1) else words
    return _("in '{control}'").format(control=name) if match.group(1) else f"'{name}'"
