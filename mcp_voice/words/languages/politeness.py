"""Please and thank you in languages that have no file here: beside these, a choice is still named exactly."""

from __future__ import annotations

from mcp_voice.words.languages.lexicon import said_set

__all__ = ["AFFIXES", "EVERYWHERE", "POLITENESS"]

EVERYWHERE = said_set("please|thanks|thank you|thank you very much|ok|okay")
# By language, because a "thank you" of one ("tak", Danish) is a "not" of another (Malay).
POLITENESS = {
    "ar": said_set("من فضلك|لو سمحت|شكرا|شكراً"),
    "bg": said_set("моля|благодаря"),
    "ca": said_set("si us plau|sisplau|gràcies"),
    "cs": said_set("prosím|děkuji|díky"),
    "cy": said_set("os gwelwch yn dda|diolch"),
    "da": said_set("tak|mange tak|venligst"),
    "el": said_set("παρακαλώ|ευχαριστώ"),
    "et": said_set("palun|aitäh"),
    "eu": said_set("mesedez|eskerrik asko"),
    "fi": said_set("kiitos|ole hyvä"),
    "gl": said_set("por favor|grazas"),
    "he": said_set("בבקשה|תודה"),
    "hi": said_set("कृपया|धन्यवाद|शुक्रिया"),
    "hr": said_set("molim|hvala"),
    "hu": said_set("kérem|kérlek|köszönöm"),
    "id": said_set("tolong|terima kasih"),
    "is": said_set("takk|takk fyrir|vinsamlegast"),
    "ja": said_set("お願いします|ありがとう|ありがとうございます"),
    "ko": said_set("부탁해요|부탁합니다|부탁드립니다|감사합니다|고마워요"),
    "lt": said_set("prašau|ačiū"),
    "lv": said_set("lūdzu|paldies"),
    "nb": said_set("takk|tusen takk|vær så snill|vennligst"),
    "no": said_set("takk|tusen takk|vær så snill|vennligst"),
    "pl": said_set("proszę|poproszę|dziękuję"),
    "ro": said_set("vă rog|te rog|mulțumesc"),
    "ru": said_set("пожалуйста|спасибо"),
    "sk": said_set("prosím|ďakujem"),
    "sl": said_set("prosim|hvala"),
    "sr": said_set("molim|hvala|молим|хвала"),
    "sv": said_set("tack|tack så mycket|snälla"),
    "th": said_set("ครับ|ค่ะ|ขอบคุณ"),
    "tr": said_set("lütfen|teşekkürler|teşekkür ederim"),
    "uk": said_set("будь ласка|дякую"),
    "vi": said_set("làm ơn|cảm ơn|xin"),
    "zh": said_set("请|請|谢谢|謝謝"),
}
# The same where words are written without a space between them; the longest first.
AFFIXES = {
    "ja": ("でお願いします", "をお願いします", "お願いします", "です"),
    "ko": ("이요", "요"),
    "th": ("ครับ", "ค่ะ"),
    "zh": ("谢谢", "謝謝", "请", "請"),
}
