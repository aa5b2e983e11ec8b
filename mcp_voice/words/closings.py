"""Whether somebody who was asked for a story says that it is over."""

from __future__ import annotations

from mcp_voice.words.languages import primary
from mcp_voice.words.text import last_words, phrase_set

__all__ = ["closes_a_story"]

CLOSINGS = {
    "en": phrase_set("""
        that's all|that is all|that's it|that is it|that's everything|that is everything|that's about it
        that's pretty much it|that's the whole story|that's what happened|i'm done|i am done|the end|that was it
        that was all|nothing else|nothing more
    """),
    "de": phrase_set("""
        das war's|das wars|das war es|das war alles|das ist alles|das wäre alles|mehr nicht|mehr war nicht
        mehr weiß ich nicht|ich bin fertig|ende
    """),
    "fr": phrase_set("c'est tout|voilà tout|c'est fini|j'ai fini|rien d'autre|c'était tout"),
    "es": phrase_set("eso es todo|es todo|eso fue todo|nada más|ya está|he terminado"),
    "it": phrase_set("è tutto|questo è tutto|tutto qui|nient'altro|ho finito"),
    "nl": phrase_set("dat is alles|dat was het|dat was alles|meer niet|ik ben klaar"),
    "pt": phrase_set("é tudo|é só isso|isso é tudo|foi isso|foi tudo|mais nada|terminei"),
}
BEFORE = {
    "en": phrase_set("and|so|well|okay|ok|yeah|yes|um|uh|i think|i guess|i believe|and i think|and i guess|so yeah"),
    "de": phrase_set("und|ja|also|so|ich glaube|ich denke|ja und|okay|tja"),
    "fr": phrase_set("et|et puis|voilà|bon|oui|je crois que|je pense que|donc"),
    "es": phrase_set("y|pues|bueno|y ya|creo que|y creo que|sí"),
    "it": phrase_set("e|ecco|bene|sì|credo che|e credo che|allora"),
    "nl": phrase_set("en|ja|nou|dus|ik denk|oké"),
    "pt": phrase_set("e|pronto|bom|então|sim|acho que|e acho que"),
}
"""What may stand before one of these and changes nothing of it, as "not sure" would."""
JOINING = {"en": "and", "de": "und", "fr": "et", "es": "y", "it": "e", "nl": "en", "pt": "e"}
"""A recogniser that writes no full stops has the whole story in one sentence."""


def closes_a_story(text: str, *, language: str = "en") -> bool:
    """Whether the text ends in a phrase as "and that's all"; of a language that we do not know, never.

    Args:
        text: What a recogniser made of the turn so far.
        language: A BCP 47 tag, of which the primary subtag counts.
    """
    tongue, said = primary(language), last_words(text)
    if said.trails_off or said.asks:
        return False
    return any(_closes(said.line, closing, tongue) for closing in CLOSINGS.get(tongue, ()))


def _closes(line: str, closing: str, tongue: str) -> bool:
    if line == closing or line.endswith(f" {JOINING[tongue]} {closing}"):
        return True
    before = line.removesuffix(f" {closing}")
    return before != line and before in BEFORE[tongue]
