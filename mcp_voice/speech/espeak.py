"""espeak-ng by ctypes, for use in a child process only: its state is global and its licence is GPL-3."""

from __future__ import annotations

import ctypes
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import espeakng_loader

__all__ = ["Espeak", "EspeakError", "espeak"]

# Constants of speak_lib.h.
SYNCHRONOUS = 2
DONT_EXIT = 0x8000
CHARS_UTF8 = 1
POSITION_CHARACTER = 1
RATE = 1
IPA = 0x02
LONGEST_PATH = 159
"""Bytes; with a longer data path espeak-ng silently falls back to one of its build machine."""
CHUNK_MS = 60

SynthCallback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class EspeakError(Exception):
    """espeak-ng cannot be loaded, or refuses what it was asked."""


class Espeak:
    """The loaded library; one per process."""

    def __init__(self, library: ctypes.CDLL, sample_rate: int) -> None:
        self._library = library
        self.sample_rate = sample_rate

    def choose(self, voice: str, *, rate: int) -> None:
        """Speak as ``voice`` (such as ``en-us`` or ``en-us+f3``) at ``rate`` words per minute; raises EspeakError."""
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise EspeakError(f"espeak-ng has no voice {voice!r}")
        self._library.espeak_SetParameter(RATE, rate, 0)

    def say(self, text: str, *, emit: Callable[[bytes], bool]) -> None:
        """Hand the speech out in pieces of int16 PCM mono until done or until ``emit`` returns False."""

        def on_samples(samples: ctypes._Pointer[ctypes.c_short], count: int, _events: int | None) -> int:
            if count <= 0:  # the end; ``samples`` is null then
                return 0
            return 0 if emit(ctypes.string_at(samples, count * 2)) else 1

        callback = SynthCallback(on_samples)
        self._library.espeak_SetSynthCallback(callback)
        raw = text.encode(errors="replace") + b"\0"
        failed = self._library.espeak_Synth(raw, len(raw), 0, POSITION_CHARACTER, 0, CHARS_UTF8, None, None)
        if failed:
            raise EspeakError(f"espeak-ng refused the text (error {failed})")

    def phonemes(self, text: str) -> str:
        """How the chosen voice would say ``text``, in IPA."""
        return " ".join(ipa for _, ipa in self.clauses(text))

    def clauses(self, text: str) -> Iterator[tuple[str, str]]:
        """The clauses of ``text`` as they stand there, each with how the chosen voice would say it, in IPA."""
        raw = text.encode(errors="replace")
        buffer = ctypes.create_string_buffer(raw)
        begin = ctypes.addressof(buffer)
        pointer = ctypes.c_void_p(begin)
        ahead = ""
        while (at := pointer.value) is not None:
            spoken = self._library.espeak_TextToPhonemes(ctypes.byref(pointer), CHARS_UTF8, IPA)
            end = len(raw) if pointer.value is None else pointer.value - begin
            clause, ahead = ahead + raw[at - begin : end].decode(errors="replace"), ""
            if pointer.value is not None:
                # To know that a clause ends it has read the first character of the next one.
                clause, ahead = clause[:-1], clause[-1:]
            yield clause, (spoken or b"").decode()


@contextmanager
def espeak() -> Iterator[Espeak]:
    """Load espeak-ng, which needs neither a sound device nor a system package; raises EspeakError."""
    with _short_path(Path(espeakng_loader.get_data_path())) as data:
        try:
            library = ctypes.CDLL(espeakng_loader.get_library_path())
        except OSError as error:
            raise EspeakError(f"espeak-ng cannot be loaded ({error})") from error
        library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        library.espeak_Synth.argtypes = [
            ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int, ctypes.c_uint, ctypes.c_uint,
            ctypes.c_void_p, ctypes.c_void_p,
        ]  # fmt: skip
        sample_rate = library.espeak_Initialize(SYNCHRONOUS, CHUNK_MS, os.fsencode(data), DONT_EXIT)
        if sample_rate <= 0:
            raise EspeakError("espeak-ng found no voice data")
        try:
            yield Espeak(library, sample_rate)
        finally:
            library.espeak_Terminate()


@contextmanager
def _short_path(data: Path) -> Iterator[Path]:
    if len(os.fsencode(data)) <= LONGEST_PATH:
        yield data
        return
    with tempfile.TemporaryDirectory(prefix="espeak-") as folder:
        link = Path(folder) / "espeak-ng-data"
        link.symlink_to(data, target_is_directory=True)
        yield link
