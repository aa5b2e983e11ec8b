"""Dutch. `Lexicon` tells what each field holds."""

from __future__ import annotations

from mcp_voice.words.languages.lexicon import Consent, Lexicon, endings, said_set, sentences
from mcp_voice.words.text import phrase_set, word_set

__all__ = ["DUTCH"]

DUTCH = Lexicon(
    dangling=word_set("""
        de het een mijn jouw zijn haar ons onze hun en of maar want omdat dat als hoewel terwijl zodat dus van in op
        aan met voor bij naar uit over onder tegen zonder om door tussen tot sinds te ik we wij hij ze is ben was
        waren heeft hebben heb had kan kunnen zou zouden moet moeten wil willen zal zullen wordt worden mag gebruik
        gebruiken neem heel erg zeer ongeveer elke ieder geen dan
    """),
    fillers=word_set("eh ehm uh uhm euh hmm nou"),
    openings=endings("""
        ik bedoel|ik denk|bijvoorbeeld|dat wil zeggen|het hangt af van|in plaats van|ik zou|ik denk dat
    """),
    whole=sentences("""
        dat|het|ik|wij|geen|zo is het|dat is het|ja dat is het|uit|aan|op|door|over|waarom dan|ja ik wil|ja dan
    """),
    closings=endings("""
        doe dat|doe het|ja dat|precies dat|alleen dat|wat is dat|neem dat|met dat|geen van|zet het aan|zet het uit
        ga door|wat ik wil|die ik wil|wat we willen|als je wil
        ik denk het|hoe het is|wat het is|waar het is|ik ook|denk ik
        dat denk ik|dat is het|dat weet ik|zo is het|wat dan|wie dan|doe maar|nee dat is het|toe maar|ga maar
        ga je gang maar|log in|dan wel|goed dan|oké dan|liever dat|zet hem uit|zet hem aan|kom op|kom binnen
        kies maar|zeg maar|ik heb het|ik wil het|ik weet het|dat kan|ja dat kan|dat mag|ja dat mag|dat moet|weet ik
        hou op|zeker dat
    """),
    requests=endings("""
        wacht|wacht even|een moment|een moment alsjeblieft|momentje|een seconde|even denken|laat me denken
        laat me even denken|even kijken
    """),
    yes=said_set("""
        ja|jawel|jazeker|zeker|prima|oké|okay|ok|oke|graag|klopt|akkoord|doe maar|natuurlijk|precies|juist|absoluut
        uiteraard
        ga je gang|ja hoor|ja graag|goed|vooruit
    """),
    no=said_set("""
        nee|neen|nee nee|nooit|liever niet|beter niet|zeker niet|absoluut niet|in geen geval|natuurlijk niet|nu niet
        nog niet
        helemaal niet|vandaag niet|nee hoor|alsjeblieft niet
    """),
    denials=said_set("""
        niet|niks|niets|geen|nooit|nee|neen|nimmer|noch|zonder|tegen|allerminst|stop|stoppen|hou op|houd op|annuleer
        annuleren
        vermijd|vermijden|vermijdt|vergeet|laat|laten zitten|verboden|weiger|afraden|raad af|fout|slecht|slechter|wacht
        onmogelijk|genoeg|haat|verkeerd|afgeraden
    """),
    exceptions=said_set("""
        behalve|uitgezonderd|op na|in plaats|anders|ander|andere|met uitzondering|buiten|afgezien|liever dan|dit dan
        dat dan|die dan|deze dan|beter dan|meer dan|het dan
    """),
    doubts=said_set("""
        misschien|wellicht|mogelijk|eventueel|weet het niet|weet ik niet|twijfel|twijfels|betwijfel|geen idee|onzeker
        hangt af
        hangt ervan af|ligt eraan|maakt niet uit|of|we zien wel|later|moeilijk
    """),
    conditions=said_set("""
        als|alleen|slechts|tenzij|mits|indien|hoewel|echter|zolang|pas|, maar|ja maar
    """),
    also_english=word_set("genoeg later stop"),
    courtesy=said_set("""
        alsjeblieft|alstublieft|alsjeblief|dank je|dank u|dank je wel|dank u wel|dankjewel|dankuwel|bedankt|graag|aub
        eh|ehm|uh
        uhm|hm|ach|oh
    """),
    around=said_set("""
        ik|wij|we|je|jij|u|het|de|een|dat|dit|die|neem|nemen|nam|kies|kiezen|koos|wil|willen|zou|zouden|heb|hebben
        liever|liefst|graag|ga|gaan|gaat|met|denk|vind|zeg|is|zijn|ben|wordt|dan|dus|zo|goed|beter|best|beste|prima
        mij|me|ons|mijn|nu|meteen|gewoon|gebruik|gebruiken|doe|doen|maak|maken|moeten|optie|antwoord|keuze|hier|en|erg
        heel|favoriet|zeker|duidelijk|stem|bij|blijf|blijven|lijkt|lijken|wel|geef|voorkeur|nodig|even|hou|houd
        ben voor|zijn voor|stem voor|kies voor|kiezen voor|ga voor|gaan voor|ga met|voorkeur aan|maar|laten we
    """),
    reasons=said_set("omdat|want|aangezien"),
    asking=word_set("is zijn zou zouden zal zullen moet moeten kan kunnen wil willen wordt heeft hebben"),
    consent=Consent(
        yes=said_set("ja|jawel|jazeker"),
        assent=said_set("is goed|het is goed|dat is goed"),
        commands=said_set("verstuur|stuur|versturen|sturen|stuur maar|doe het maar|doe dat maar"),
        why_not=said_set("waarom niet|waarom ook niet"),
        no=said_set("nee|neen|niet|nooit|stop|annuleer|laat maar|liever niet|nog|geen"),
        courtesy=said_set("dank|je|u|wel|dat|is|hem|maar|de|e-mail|mail|nu|zo|hoor|geen probleem|geen punt"),
    ),
    digits=word_set("nul een één twee drie vier vijf zes zeven acht negen"),
    numbers=word_set("""
        tien elf twaalf dertien veertien vijftien zestien zeventien achttien negentien twintig dertig veertig vijftig
        zestig zeventig tachtig negentig honderd duizend
    """),
    number_joiners=word_set("en"),
    before_numbers=word_set("uh ja"),
    one_letter_words=word_set("u een"),
    signs=said_set("apenstaartje|at|punt|streepje|koppelteken|underscore|liggend streepje|schuine streep|dubbele punt"),
    symbols=(("@", "apenstaartje"), (".", "punt"), ("_", "underscore"), ("-", "streepje"), ("+", "plus")),
    notes=word_set("a b c d e f g"),
    sharps=word_set("sharp"),
    flats=word_set("flat"),
    story_endings=phrase_set("dat is alles|dat was het|dat was alles|meer niet|ik ben klaar"),
    before_story_ending=phrase_set("en|ja|nou|dus|ik denk|oké"),
    joining="en",
    greetings=said_set(
        "hallo|hallo hallo|goedemorgen|goedemiddag|goedenavond|met wie spreek ik|hallo met wie spreek ik"
    ),
    tones=said_set("na de toon|na de piep|na de pieptoon|na het signaal"),
    mailboxes=said_set("""
        voicemailbox|antwoordapparaat|spreek een bericht in|laat een bericht achter|een bericht inspreken
        is niet beschikbaar|niet bereikbaar|uw bericht
    """),
    cut_off="Sorry, ik werd onderbroken.",
)
