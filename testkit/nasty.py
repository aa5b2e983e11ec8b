"""Texts that nobody says, but anybody may send: long, repeated, ambiguous, and in odd characters."""

from __future__ import annotations

__all__ = ["CHOICES", "TEXTS"]

LONG = 20_000
HUGE = 1_000_000
REPEATED = (
    "1 ", "12", "0", "1, ", "1st ", "9th ", "-1 ", "3.5 ", "1,000", "1.", "one ", "one two ", "one hundred ",
    "a hundred ", "hundred ", "million ", "one million ", "twenty ", "forty two ", "and ", "one and ", "point ",
    "one point ", "three point one four ", "first ", "the first one ", "second ", "last ", "the latter ", "middle ",
    "option ", "option 1 ", "number 2 ", "no ", "yes ", "no yes ", "yes no ", "not ", "not not ", "no not ", "never ",
    "no, ", "no. ", "no? ", "wait ", "no wait ", "hold on ", "i mean ", "scratch that ", "sorry ", "actually ",
    "let me think ", "um ", "uh huh ", "mm-hm ", "hm", "the ", "a ", "of ", "because ", "if ", "and then ", "i ",
    "i think ", "i do not know ", "what i want ", "know what is ", "the one i ", "want to ", "it depends on ", "i'd ",
    "don't ", "won't ", "can't ", "let's ", "'", "n't", "instead of ", "rather than ", "but ", "or ", "nor ",
    "red ", "red, ", "not red ", "no red ", "red not ", "Postgres ", "Postgras ", "Postgres no ", "mysql my sql ",
    "deploy to staging ", "deploy ", "aaaaaaaaaa ", "abababab ", "a", "ab", "x ", "please ", "please do ", "ok ",
    "(", "((", "()", "[", "[]", "{(", "<", '"', "?", "!", ".", "..", "…", ",", ", ", "-", "--", "—", ":", "; ",
    "? ! ", ". . ", "\n", "\n\n", "\r\n", "\t", " ", "\u00a0", "\u3000", "c++ ", "c# ", "&", "%", "+", "@", "/", "_",
    "\u0301", "\u0301\u0323", "e\u0301", "\u200b", "\u200d", "\u202e", "\u202e\u202c", "\u0130", "i\u0307", "ß", "ﬃ",
    "\ufdfa", "\u1e9e", "ŉ", "ΐ", "½", "²", "①", "٣ ", "१", "Ⅻ ", "ǆ", "א", "א ב ", "שלום ", "مرحبا ", "是", "好的。",
    "ありがとう", "각", "ก็", "👍", "👩‍👩‍👧‍👦", "\ud7ff", "\U0010ffff", "\x00", "\x1b[31m", "\x7f", "\ufeff", "\ufffd",
    "<b>", "&lt;", "${x}", "%s", "{0}", "\\", "\\u0000", "a.b.", "1.a", "a1", "1a2b", "don't know what ",
)  # fmt: skip
WHOLE = (
    *(each * (LONG // len(each)) for each in REPEATED),
    *(each * (HUGE // len(each)) for each in ("1 ", "no yes ", "not ", "a", ".", "red ", " ", "(")),
    *(each * (HUGE // len(each)) for each in ("\u0301\u0323", "\ufdfa")),
    # Just short enough to be searched.
    *((each * 1_000)[:1_000] for each in REPEATED),
    *((each * 1_000)[:999] + "the" for each in ("one hundred ", "the first one ", "red ", "aaaaaaaaaa ", ", ", "not ")),
    " ".join(str(number) for number in range(5_000)),
    " ".join("ab"[number % 2] * (number % 97) for number in range(2_000)),
    "first " + "of all " * 3_000,
    "the " + " " * LONG + "second",
    "red" + "." * LONG + "x",
    "yes" + "," * LONG + "no",
    ("(" * 500) + "red" + (")" * 500),
    "9" * 5_000 + "th",
    "1" + "0" * 5_000,
    "bye " * 45 + "tomorrow then",
    "and subscribe " * 14 + "x",
    "see you next time " * 10 + "x",
    "thank you so much " * 11 + "x",
    "amara org " * 17 + "a b c d e",
    "请不吝点赞" + "a" * 100 + " b c d e f g h i j k",
    "字幕" + "a" * 100 + " b c d e f g h i j k",
)  # fmt: skip
TEXTS = tuple(dict.fromkeys(WHOLE))

LONG_NAMES = tuple(
    f"Deploy release {number} of the payment service to the staging environment in Frankfurt, then run all checks"[:100]
    for number in range(30)
)
CHOICES: tuple[tuple[str, ...], ...] = (
    ("1",),
    ("yes", "no"),
    ("1", "2", "10"),
    ("red", "green", "Postgres"),
    tuple(str(number) for number in range(1, 11)),
    LONG_NAMES[:10],
    LONG_NAMES,
    tuple("a" * (71 + number) for number in range(30)),
    tuple(" ".join("a" * (1 + (number + place) % 5) for place in range(25))[:100] for number in range(30)),
    tuple(("ab" * 50)[number : number + 70] for number in range(30)),
    tuple(
        f"one hundred and {word} of them"
        for word in ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    ),
)
"""From one to thirty, of up to a hundred characters."""
