# ruff: noqa: RUF001  # IPA is made of letters that look like others.
"""How a word that is not in the dictionary is said, in the ARPAbet of the acoustic model."""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["JARGON", "arpabet", "compounds"]

JARGON = {
    "kubernetes": "K UW B ER N EH T IY Z",
    "mysql": "M AY EH S K Y UW EH L",
    "nginx": "EH N JH IH N EH K S",
    "postgres": "P OW S T G R EH S",
    "postgresql": "P OW S T G R EH S K Y UW EH L",
    "sqlite": "EH S K Y UW L AY T",
}
"""Names of software that espeak-ng's rules for English say wrong (it says "post-gurz")."""

SOUNDS = {
    "tʃ": "CH", "dʒ": "JH", "aɪ": "AY", "aʊ": "AW", "ɔɪ": "OY", "eɪ": "EY", "oʊ": "OW", "əʊ": "OW", "əl": "AH L",
    "p": "P", "b": "B", "t": "T", "d": "D", "k": "K", "g": "G", "ɡ": "G", "ɾ": "T", "ʔ": "T", "f": "F", "v": "V",
    "θ": "TH", "ð": "DH", "s": "S", "z": "Z", "ʃ": "SH", "ʒ": "ZH", "h": "HH", "ç": "HH", "x": "K", "m": "M",
    "n": "N", "ŋ": "NG", "l": "L", "ɫ": "L", "r": "R", "ɹ": "R", "w": "W", "j": "Y", "ɜ": "ER", "ɚ": "ER",
    "ɝ": "ER", "i": "IY", "ɪ": "IH", "ᵻ": "IH", "e": "EH", "ɛ": "EH", "æ": "AE", "a": "AA", "ɑ": "AA", "ɒ": "AA",
    "ɔ": "AO", "o": "OW", "ʊ": "UH", "u": "UW", "ʌ": "AH", "ə": "AH", "ɐ": "AH",
}  # fmt: skip
"""espeak-ng's IPA for English to ARPAbet, the longer ones first wherever they begin alike."""

SHORTEST_PART = 3
LONGEST_WORD = 28
"""Letters of the longest word of pocketsphinx's dictionary."""


def arpabet(ipa: str) -> str:
    """IPA as ARPAbet phones with spaces between; stress, length and unknown signs are dropped."""
    phones, rest = [], ipa
    while rest:
        sign = next((sign for sign in SOUNDS if rest.startswith(sign)), "")
        if sign:
            phones.append(SOUNDS[sign])
        rest = rest[len(sign) or 1 :]
    return " ".join(phones)


def compounds(word: str) -> Iterator[tuple[str, str]]:
    """Every way to see ``word`` as two words of a dictionary, as "rollback" is "roll" and "back"."""
    shortest = max(SHORTEST_PART, len(word) - LONGEST_WORD)
    for cut in range(shortest, len(word) - shortest + 1):
        yield word[:cut], word[cut:]
