"""Please and thank you in languages that have no file here: beside these, a choice is still named exactly."""

from __future__ import annotations

from mcp_voice.words.languages.lexicon import said_set

__all__ = ["AFFIXES", "EVERYWHERE", "POLITENESS"]

EVERYWHERE = said_set("please|thanks|thank you|thank you very much|ok|okay")
# By language, because a "thank you" of one ("tak", Danish) is a "not" of another (Malay).
POLITENESS = {
    "ar": "من فضلك|لو سمحت|شكرا|شكراً",
    "bg": "моля|благодаря",
    "ca": "si us plau|sisplau|gràcies",
    "cs": "prosím|děkuji|díky",
    "cy": "os gwelwch yn dda|diolch",
    "da": "tak|mange tak|venligst",
    "el": "παρακαλώ|ευχαριστώ",
    "et": "palun|aitäh",
    "eu": "mesedez|eskerrik asko",
    "fi": "kiitos|ole hyvä",
    "gl": "por favor|grazas",
    "he": "בבקשה|תודה",
    "hi": "कृपया|धन्यवाद|शुक्रिया",
    "hr": "molim|hvala",
    "hu": "kérem|kérlek|köszönöm",
    "id": "tolong|terima kasih",
    "is": "takk|takk fyrir|vinsamlegast",
    "ja": "お願いします|ありがとう|ありがとうございます",
    "ko": "부탁해요|부탁합니다|부탁드립니다|감사합니다|고마워요",
    "lt": "prašau|ačiū",
    "lv": "lūdzu|paldies",
    "nb": "takk|tusen takk|vær så snill|vennligst",
    "no": "takk|tusen takk|vær så snill|vennligst",
    "pl": "proszę|poproszę|dziękuję",
    "ro": "vă rog|te rog|mulțumesc",
    "ru": "пожалуйста|спасибо",
    "sk": "prosím|ďakujem",
    "sl": "prosim|hvala",
    "sr": "molim|hvala|молим|хвала",
    "sv": "tack|tack så mycket|snälla",
    "th": "ครับ|ค่ะ|ขอบคุณ",
    "tr": "lütfen|teşekkürler|teşekkür ederim",
    "uk": "будь ласка|дякую",
    "vi": "làm ơn|cảm ơn|xin",
    "zh": "请|請|谢谢|謝謝",
}
# The same where words are written without a space between them; the longest first.
AFFIXES = {
    "ja": ("でお願いします", "をお願いします", "お願いします", "です"),
    "ko": ("이요", "요"),
    "th": ("ครับ", "ค่ะ"),
    "zh": ("谢谢", "謝謝", "请", "請"),
}
