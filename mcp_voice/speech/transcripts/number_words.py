"""Words that are read out in rows: numbers and spelled letters, in the languages of which we have words."""

from __future__ import annotations

__all__ = ["is_read_out"]

LONGEST = 40
"""Letters of a number in one word: "siebenhundertsiebenundsiebzig" has 29."""
NUMBERS = frozenset(
    """
    zero oh nought one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million
    null ein eins zwei zwo drei vier fünf sechs sieben acht neun zehn elf zwölf sechzehn siebzehn zwanzig dreißig
    dreissig vierzig fünfzig sechzig siebzig achtzig neunzig hundert tausend
    zéro un une deux trois quatre cinq sept huit neuf dix onze douze treize quatorze quinze seize vingt vingts trente
    quarante cinquante soixante septante huitante octante nonante cent cents mille
    cero uno una dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete
    dieciocho diecinueve veinte veinti veintiún veintidós veintitrés veintiséis treinta cuarenta cincuenta sesenta
    setenta ochenta noventa cien ciento cientos doscientos trescientos quinientos setecientos novecientos mil
    due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici diciassette
    diciotto diciannove venti vent trenta trent quaranta quarant cinquanta cinquant sessanta sessant settanta settant
    ottanta ottant novanta novant cento mila tré
    nul een één twee drie vier vijf zes zeven negen tien elf twaalf dertien veertien vijftien zestien zeventien
    achttien negentien twintig dertig veertig vijftig zestig zeventig tachtig negentig honderd duizend
    um uma meia dois duas três quatro sete oito dez onze doze treze catorze quatorze quinze dezesseis dezasseis
    dezessete dezassete dezoito dezenove dezanove vinte trinta quarenta cinquenta sessenta setenta oitenta noventa
    cem cento duzentos trezentos quinhentos
    double triple point dot dash minus komma punkt virgule coma virgola ponto
    """.split()  # noqa: SIM905
)
JOINERS = frozenset("and und et y e en s".split())  # noqa: SIM905
"""Between two numbers, also within a word: "vierundzwanzig"."""
SPELLED = frozenset(
    """
    alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike november oscar papa
    quebec romeo sierra tango uniform victor whiskey whisky xray yankee zulu
    """.split()  # noqa: SIM905
)
"""The spelling alphabet of ICAO and ITU."""
PARTS = NUMBERS | JOINERS
LENGTHS = tuple(sorted({len(part) for part in PARTS}))


def is_read_out(phrase: list[str]) -> bool:
    """Whether words, in lower case and without signs, are nothing but numbers or nothing but spelled letters."""
    if all(word in SPELLED for word in phrase):
        return True
    numbers = [word for word in phrase if word not in JOINERS]
    return bool(numbers) and all(_is_number(word) for word in numbers)


def _is_number(word: str) -> bool:
    if word.isdigit() or word in NUMBERS:
        return True
    if len(word) > LONGEST:
        return False
    ends = {0}
    for start in range(len(word)):
        if start in ends:
            ends |= {start + length for length in LENGTHS if word[start : start + length] in PARTS}
    return len(word) in ends
