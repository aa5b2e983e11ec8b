"""Errors are what, fix and a stable code, and each code can be looked up."""

from __future__ import annotations

import ast
import copy
import pickle
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import mcp_voice
import mcp_voice_agent
from mcp_voice.doctor.room import NO_MEDIA
from mcp_voice.doctor.speech import KNOWN
from mcp_voice.error_codes import CODES
from mcp_voice.errors import BadSettings, LiveKitError, NobodyThere, VoiceError
from mcp_voice.outside_faults.fault import OutsideFault
from mcp_voice.outside_faults.livekit import JOINING
from mcp_voice.room.connection import livekit_fault
from mcp_voice_agent.webhooks.webhook import WebhookFault
from testkit.error_page import PAGE, error_page

FOLDERS = [Path(str(package.__file__)).parent for package in (mcp_voice, mcp_voice_agent)]
SOURCES = [path for folder in FOLDERS for path in sorted(folder.rglob("*.py"))]
DOCTORS_OWN = {"doctor"}
"""Packages whose problems have names of their own beside the codes."""


def given_codes(path: Path) -> Iterator[str]:
    """The codes that a source file gives its errors."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", "")
            values = [each.value for each in node.keywords if each.arg == "code"]
            values += node.args[:1] if name == "OutsideFault" else []
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if getattr(target, "id", "") != "default_code":
                continue
            values = [node.value]
        else:
            continue
        yield from (each.value for each in values if isinstance(each, ast.Constant) and isinstance(each.value, str))


def test_the_text_of_an_error_is_what_failed_and_what_to_do() -> None:
    """Both are there by themselves for whoever shows them apart."""
    error = BadSettings("It is not set.", fix="Set it.", code="half-configured")
    assert (error.what, error.fix, error.code) == ("It is not set.", "Set it.", "half-configured")
    assert str(error) == "It is not set. Set it."
    assert (str(NobodyThere("Nobody.")), NobodyThere("Nobody.").code) == ("Nobody.", "nobody-there")


def pickled(error: VoiceError) -> VoiceError:
    """What arrives of it in another process."""
    arrived: VoiceError = pickle.loads(pickle.dumps(error))  # noqa: S301  # made in the same line
    return arrived


@pytest.mark.parametrize("copied", [copy.copy, pickled])
def test_an_error_survives_the_way_to_another_process(copied: Callable[[VoiceError], VoiceError]) -> None:
    """With its code and both parts."""
    error = copied(LiveKitError("It broke.", fix="Mend it.", code="dns"))
    assert (str(error), error.what, error.fix, error.code) == ("It broke. Mend it.", "It broke.", "Mend it.", "dns")


def test_what_is_said_more_of_an_error_stands_at_its_end() -> None:
    """Its kind and its code stay."""
    error = LiveKitError("It broke.", fix="Mend it.", code="dns").with_more("It was said by 'bob'.")
    assert (type(error), str(error), error.code) == (LiveKitError, "It broke. Mend it. It was said by 'bob'.", "dns")
    assert str(LiveKitError("It broke.").with_more("Twice.")) == "It broke. Twice."


class OfAPlace(VoiceError):
    """An error whose class takes other arguments than its base."""

    default_code = "internal"

    def __init__(self, place: str, *, at: float) -> None:
        super().__init__(f"It broke in {place}.", fix="Mend it.")
        self.place, self.at = place, at


@pytest.mark.parametrize("again", [VoiceError.afresh, lambda error: error.with_more("Twice.")], ids=["afresh", "more"])
def test_an_error_that_is_kept_keeps_what_its_class_adds(again: Callable[[VoiceError], VoiceError]) -> None:
    """Whatever arguments it takes; only the traceback is left behind."""
    fault = again(WebhookFault("cannot be reached", code="webhook-unreachable", passing=True, in_doubt=True))
    assert isinstance(fault, WebhookFault)
    assert (fault.passing, fault.in_doubt, fault.code) == (True, True, "webhook-unreachable")
    with pytest.raises(OfAPlace) as raised:
        raise OfAPlace("room a", at=1.0)
    placed = again(raised.value)
    assert isinstance(placed, OfAPlace)
    assert (placed.what, placed.code, placed.place, placed.at) == ("It broke in room a.", "internal", "room a", 1.0)
    assert str(placed).startswith("It broke in room a. Mend it.")
    assert (placed.__traceback__, placed.__context__) == (None, None)


def test_no_part_of_an_error_holds_a_login_or_steers_a_terminal() -> None:
    """The parts are shown by themselves."""
    error = VoiceError("At wss://me:pass@host.", fix="See ws://me:pass@host \x1b[2J.")
    assert "pass" not in f"{error}{error.what}{error.fix}"
    assert "\x1b" not in error.fix


def test_every_code_can_be_looked_up_and_every_row_is_used() -> None:
    """A program that meets a code finds it in the table, and the table holds no code that nothing gives."""
    used = {code for path in SOURCES if path.parent.name not in DOCTORS_OWN for code in given_codes(path)}
    assert used == set(CODES)


def test_doctor_knows_errors_by_codes_that_there_are() -> None:
    """A code that is renamed would have doctor tell less, without a word."""
    assert set(CODES) >= KNOWN | NO_MEDIA


def test_the_page_of_errors_is_what_the_tables_say() -> None:
    """``python -m testkit.error_page`` writes it."""
    assert PAGE.read_text(encoding="utf-8") == error_page()


@pytest.mark.parametrize(("sign", "fault"), JOINING, ids=[sign for sign, _ in JOINING])
def test_each_fault_of_a_connection_has_its_code(sign: str, fault: OutsideFault) -> None:
    """It is recognised by what LiveKit's library says, and told in our words."""
    error = livekit_fault("ws://host:7880", OSError(f"engine: {sign} at ws://host:7880/rtc"))
    assert error.code == fault.code
    assert error.what.endswith(f"at ws://host:7880 {fault.what}.")
    assert error.fix == f"{fault.fix}."


def kinds(kind: type[VoiceError]) -> set[str]:
    """The names of an error's class and of all below it."""
    return {kind.__name__}.union(*(kinds(each) for each in kind.__subclasses__()))


def told_texts(path: Path) -> Iterator[str]:
    """The texts that a source file makes errors, rows of error codes and findings of doctor from."""
    telling = kinds(VoiceError) | {"Explained", "OutsideFault", "Remedy"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        if getattr(node.func, "id", "") in telling or any(each.arg == "fix" for each in node.keywords):
            parts = (part for given in (*node.args, *node.keywords) for part in ast.walk(given))
            found = (each.value for each in parts if isinstance(each, ast.Constant))
            yield from (text for text in found if isinstance(text, str) and " " in text)


def test_no_error_speaks_of_us() -> None:
    """Its reader has mcp-voice before them, not those who wrote it."""
    texts = [(path, text) for path in SOURCES for text in told_texts(path)]
    assert len(texts) > 500
    ours = re.compile(r"\b(?:we|us|ours?|ourselves)\b", re.IGNORECASE)
    assert [(path.name, text) for path, text in texts if ours.search(text)] == []
