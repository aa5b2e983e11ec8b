"""What a recogniser writes about a sound that is no word: "[BLANK_AUDIO]", "(coughing)", "*sighs*", "♪"."""

from __future__ import annotations

import re

__all__ = ["says_something", "without_annotations"]

NOTES = "♪♫♬♩🎵🎶🎼"
MOST_NESTED = 3
ASIDE = re.compile(
    r"\[[^\[\]]*(?:\]|$)|\([^()]*(?:\)|$)|【[^【】]*(?:】|$)|（[^（）]*(?:）|$)|［[^［］]*(?:］|$)"  # noqa: RUF001
    r"|\{[^{}]*(?:\}|$)|<[a-zA-Z_/][\w /-]{0,40}>"
)
"""In brackets, of which the last may be cut off."""
SUNG = re.compile(rf"[{NOTES}][^{NOTES}]*(?:[{NOTES}]|$)")
STARRED = re.compile(r"(?<![*\w])\*[^*\s][^*]{0,60}\*(?![*\w])")
"""A single star on either side; "5 * 3" and "**yes**" are said."""
MARKED = re.compile(r"(?<!\w)(\*{1,2}|_{1,2}|\||//|＊)[^*_|/＊]{1,60}(?:\1|$)(?!\w)")  # noqa: RUF001 - as Japanese models write it
"""Other signs around what may be a sound, and may be said."""
NOTE = re.compile(rf"[{NOTES}]+")
STRAY_PUNCTUATION = re.compile(r"^[\s.,;:!?–—-]+(?=\w)")  # noqa: RUF001 - the dashes that recognisers write
SPACE_BEFORE = re.compile(r" (?=[.,;:!?](?:\s|$))")

SOUND = frozenset(
    """
    laugh laughs laughing laughter chuckle chuckles chuckling giggle giggles giggling cough coughs coughing
    sneeze sneezes sneezing sniff sniffs sniffing sniffles sigh sighs sighing breath breathing breathes inhales
    exhales gasp gasps gasping groan groans groaning grunt grunts grunting hum hums humming throat music
    applause clapping cheering silence pause noise static beep beeps beeping ringing typing barking crying
    sobbing screaming whistling whistles inaudible unintelligible indistinct crosstalk blank_audio blank
    no_speech nospeech unk noises snoring yawn yawns lacht lachen lachend husten hustet hustend seufzt seufzen
    räuspert atmet musik stille applaus geräusch rauschen rire rires rit toux tousse soupir soupire musique
    applaudissements risas risa ríe tos tose suspira suspiro música aplausos silencio ruido risate risata ride
    tosse sospira sospiro musica applausi silenzio rumore gelach hoest hoesten zucht muziek stilte ruis risos ri
    silêncio ruído
    """.split()  # noqa: SIM905  # a table of words
)
"""Sounds by which an annotation beside words is known; whatever else stands in brackets may have been said."""
BESIDE = frozenset(
    """
    a the in of and to up with background soft softly loud loudly light heavy deep short long dramatic upbeat
    audio phone keyboard dog baby door crowd audience person man woman clears clearing her his their playing
    plays continues sich leise laut de du la le el il im
    """.split()  # noqa: SIM905  # a table of words
)


def says_something(text: str) -> bool:
    """Whether there is a letter or a digit outside brackets, notes and stars."""
    outside = SUNG.sub(" ", MARKED.sub(_unless_a_sound, STARRED.sub(" ", text)))
    for _ in range(MOST_NESTED):
        outside = ASIDE.sub(" ", outside)
    return any(character.isalnum() for character in outside)


def without_annotations(text: str) -> str:
    """Words without the sounds beside them: "[laughs] yes" is "yes", and "the (new) one" stays as it is."""
    said = MARKED.sub(_unless_a_sound, NOTE.sub(" ", ASIDE.sub(_unless_a_sound, text)))
    return text if said == text else STRAY_PUNCTUATION.sub("", SPACE_BEFORE.sub("", " ".join(said.split())))


def _unless_a_sound(aside: re.Match[str]) -> str:
    words = [word.strip("-_") for word in re.findall(r"[\w-]+", aside[0].casefold())]
    a_sound = any(word in SOUND for word in words) and all(word in SOUND or word in BESIDE for word in words)
    return " " if a_sound else aside[0]
