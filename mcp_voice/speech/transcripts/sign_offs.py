"""What recognisers write of a noise because the videos and films that they learned from end with it."""

from __future__ import annotations

import re

__all__ = ["is_credit", "may_be_noise", "names_makers", "quickest", "signs_off"]

POLITE_SECONDS, VIDEO_SECONDS = 0.025, 0.035
"""For each letter of a sign-off: no human says it in less time, by twice and by half."""

POLITE = r"""
    you | thank you(?: very much| so much)? | thanks(?: a lot)? | (?:good)?bye | ok(?:ay)? | so | oh | see you
    | danke(?: schön)? | vielen dank | tschüss | merci(?: beaucoup)? | au revoir | (?:muchas )?gracias | adiós
    | grazie(?: mille)? | ciao | obrigad[oa] | tchau | bedankt | dank je(?: wel)? | dag | спасибо | dziękuję | tack
    | ありがとうございます | ありがとうございました | 谢谢(?:大家|你们)? | 감사합니다
"""
"""What people say too, and is theirs without a doubt against it."""
VIDEO = r"""
    (?:thanks|thank you)(?: (?:all|everyone|guys|so much|very much))* for (?:watching|listening|viewing|your attention
        |tuning in)(?: (?:this|the|my|our) (?:video|channel|episode))?
    | (?:(?:please|and|do not forget to|dont forget to) )*(?:(?:(?:like|share|comment) )+(?:and )?)?subscribe
        (?: (?:to|for) (?:my|our|the|more)(?: channel| videos)?)?
    | (?:(?:ill|i will|well|we will) )?see you(?: guys| all)?(?: again)?
        (?: in the)? next (?:time|video|one|episode|week)
    | vielen dank für(?: ihre|eure)? (?:das zuschauen|die aufmerksamkeit|aufmerksamkeit) | danke fürs zuschauen
    | vielen dank fürs zuschauen | bis zum nächsten mal
    | merci davoir regardé(?: cette vidéo)? | abonnez vous(?: à la chaîne)?
    | (?:muchas )?gracias por ver(?: el video| este video)? | suscríbete(?: al canal)?
    | grazie(?: mille)? per (?:aver guardato|la visione|lattenzione)(?: il video| questo video)?
    | iscrivetevi al canale | obrigad[oa] por assistir(?: ao vídeo| este vídeo)? | inscreva se no canal
    | bedankt voor het kijken | спасибо за (?:просмотр|внимание) | продолжение следует | подписывайтесь на канал
    | dziękuję za (?:oglądanie|uwagę) | ご視聴ありがとうございました | 谢谢(?:大家)?(?:观看|收看)
    | 시청해 ?주셔서 감사합니다 """
MAKERS = r"""
    (?:untertitel|(?:sub)?titles|captions|sous titres|subtítulos|sottotitoli|legendas|ondertitels|ondertiteling|napisy)
        (?: \S+){0,5} (?:amara org (?:community|gemeenschap)
        |(?:communauté|comunidade?|comunità|społeczność)(?: \S+)? d?amara org)
    | untertitel(?:ung)? im auftrag (?:des|der|von) (?:zdf|ard|swr|ndr|wdr|br|funk|mdr|rbb)(?: für funk)?(?: \d{4})?
    | untertitelung(?: (?:des|der|von))? (?:zdf|ard|swr|ndr|wdr|br|funk|mdr|rbb)(?: für funk)?(?: \d{4})?
    | sous titrage (?:st \d{3}|société radio canada)
    | субтитры (?:сделал|делал|создавал|подогнал|добавил) \S*dimatorzok | редактор субтитров \S+ \S+ корректор \S+ \S+
    | (?:undertekster|undertexter|teksting|tekstet) (?:av|af|fra|från) nicolai winther | altyazı m k
    | transcri(?:bed|ption) by (?:castingwords|https otter ai|eso)(?: \S+){0,4}
    | 请不吝点赞(?: ?\S+(?: \S+){0,7})? | mbc 뉴스 \S+ | copyright (?:wdr|swr|ard|zdf) \d{4}
"""  # noqa: RUF001 - letters as they are written
"""Who made the subtitles, by name: nobody answers that."""
CREDIT = r"""
    (?:www )?amara org
    | (?:sub)?title[ds]? by(?: \S+){1,4} | (?:subtitles|captions) (?:created |made )?by(?: \S+){1,5}
    | untertitel(?:ung)? (?:im auftrag )?(?:des|von|der|durch)(?: \S+){1,5}
    | sous titr(?:es|age) (?:st|par|réalisés|société|radio)(?: \S+){0,6}
    | субтитры (?:сделал|делал|создавал|подогнал|добавил)(?: \S+){1,3} | редактор субтитров(?: \S+){1,6}
    | (?:undertekster|undertexter|teksting|tekstet) (?:av|af|fra|från)(?: \S+){1,4}
    | 字幕 ?(?:by|由|製作|制作)(?: ?\S+(?: \S+){0,3})?
"""
"""As a credit of subtitles is worded; people say it too: "subtitles by default"."""


def _one(*tables: str) -> str:
    """Of those tables. No text may be read in two ways, which would double the time for each time it is repeated."""
    either = "|".join(re.sub(r"\s*\n\s*", "", table).strip() for table in tables)
    return re.sub(r" *\| *", "|", f"(?:{either})")


def _several(*tables: str) -> re.Pattern[str]:
    return re.compile(rf"{_one(*tables)}(?: {_one(*tables)})*")


SIGN_OFFS, VIDEOS = _several(POLITE, VIDEO), _several(VIDEO)
CREDITED, CREDITS = re.compile(_one(MAKERS)), re.compile(_one(MAKERS, CREDIT))
BEGINNINGS = (
    *("thank you so much for watching", "thank you for watching", "thanks for watching", "thank you very much"),
    *("please like and subscribe", "please subscribe", "dont forget to subscribe", "see you in the next video"),
    *("see you next time", "subtitles by the amara org community", "subtitled by", "transcription by castingwords"),
    *("vielen dank für das zuschauen", "vielen dank für ihre aufmerksamkeit", "danke fürs zuschauen"),
    *("untertitel im auftrag des zdf", "untertitelung des zdf", "untertitel der amara org community"),
    *("merci davoir regardé", "sous titres réalisés par", "sous titrage st", "abonnez vous"),
    *("gracias por ver el video", "suscríbete al canal", "grazie per la visione", "iscrivetevi al canale"),
    *("obrigado por assistir", "inscreva se no canal", "bedankt voor het kijken", "ondertiteling amara org"),
    *("спасибо за просмотр", "продолжение следует", "субтитры сделал", "ご視聴ありがとうございました", "请不吝点赞"),
)
"""The usual ones, to know them while they grow."""
LONGEST = 200
"""Characters; the longest of those tables have half as many."""
NO_LETTER = re.compile(r"[\W_]+")


def signs_off(text: str) -> bool:
    """Whether a text is nothing but known sign-offs, which humans may say too."""
    return len(text) <= LONGEST and SIGN_OFFS.fullmatch(_plain(text)) is not None


def is_credit(text: str) -> bool:
    """Whether a text is worded as the credit of a film's subtitles, which humans may say too."""
    return len(text) <= LONGEST and CREDITS.fullmatch(_plain(text)) is not None


def names_makers(text: str) -> bool:
    """Whether a text is a known credit of subtitles, name and all, which nobody says."""
    return len(text) <= LONGEST and CREDITED.fullmatch(_plain(text)) is not None


def may_be_noise(text: str) -> bool:
    """Whether a text that may still grow is a known sign-off or credit, or the beginning of a usual one."""
    plain = _plain(text[: LONGEST + 1])
    return signs_off(text) or is_credit(text) or (bool(plain) and any(each.startswith(plain) for each in BEGINNINGS))


def quickest(text: str) -> float:
    """Seconds of sound that a sign-off has at least."""
    plain = _plain(text)
    each = VIDEO_SECONDS if VIDEOS.fullmatch(plain) or CREDITS.fullmatch(plain) else POLITE_SECONDS
    return each * sum(character.isalnum() for character in plain)


def _plain(text: str) -> str:
    return NO_LETTER.sub(" ", text.casefold().replace("'", "").replace("’", "")).strip()  # noqa: RUF001
