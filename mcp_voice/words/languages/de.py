"""German. `Lexicon` tells what each field holds."""

from __future__ import annotations

from mcp_voice.words.languages.lexicon import Consent, Lexicon, endings, said_set, sentences
from mcp_voice.words.text import phrase_set, word_set

__all__ = ["GERMAN"]

GERMAN = Lexicon(
    dangling=word_set("""
        der die das den dem des ein eine einen einem einer eines mein meine meinen meinem dein deine unser unsere
        unseren ihr ihre kein keine keinen und oder aber denn weil dass ob wenn obwohl damit sondern als falls bevor
        nachdem während in im auf für von vom zu zum zur bei beim nach über unter gegen ohne um durch zwischen wegen
        seit bis pro per ich wir er sie man ist sind bin war wäre hat hätte haben habe wird würde würden werde kann
        könnte können muss müssen soll sollte sollten sollen will wollen möchte möchten brauche brauchen nehme sehr
        ziemlich etwa ungefähr sowie heißt heisst denke glaube sagen entweder weder
    """),
    fillers=word_set("äh ähm öh öhm hm hmm mh also"),
    openings=endings("""
        ich meine|das heißt|zum beispiel|es kommt darauf an ob|eine art|anstatt|auf keinen
    """),
    whole=sentences("""
        das|die|der|den|ich|wir|sie|nach|das ist es|ja ich will|sie ist|er ist|ich bin|wir sind|ja wir sollten|du
    """),
    closings=endings("""
        ja das|genau das|nur das|mach das|mache das|nimm das|nimm die|nimm den|ich das|wir das|mit das|ja die
        ja ich kann|ja wir können|ja das ist|was das ist|wer das ist|wo das ist|ja es ist|nein ist es nicht
        ja ist es|wie das ist|was ich möchte|was wir brauchen|die wir brauchen|den ich meine|die ich meine
        das ich meine|machen wir|nehmen wir|das kann ich|das glaube ich|glaube ich|denke ich|das denke ich|meine ich
        weiß ich|das will ich|das möchte ich|mehr als genug|schau nach|ab und zu
        es ein|das ein|ihn ein|schalt ein|hör zu|mach zu|um die ecke|er hat
        das hat
    """),
    requests=endings("""
        warte|warte mal|moment|moment mal|einen moment|einen moment bitte|einen augenblick|eine sekunde|sekunde
        lass mich überlegen|lass mich nachdenken|lass mich kurz überlegen|mal sehen|kleinen moment
    """),
    yes=said_set("""
        ja|jawohl|jo|jap|klar|gern|gerne|sicher|natürlich|genau|richtig|stimmt|passt|okay|ok|oke|in ordnung
        auf jeden fall
        einverstanden|unbedingt|na klar|aber ja|ja klar|selbstverständlich|mach das|mach es|machen wir|tu das|nur zu
    """),
    no=said_set("""
        nein|nee|ne|nö|nicht nötig|auf keinen fall|auf gar keinen fall|keinesfalls|niemals|lieber nicht|besser nicht
        bitte nicht|eher nicht|natürlich nicht|jetzt nicht|noch nicht|heute nicht
    """),
    denials=said_set("""
        nicht|nich|nix|nichts|kein|keine|keinen|keinem|keiner|keines|keins|nie|niemals|nein|nee|nö|weder|keinesfalls
        keineswegs|nimmer|gegen|ohne|stopp|stop|halt|aufhören|hör auf|hören sie auf|lass|lasst|lassen sie|vergiss
        vergessen sie|abbrechen|verbieten|verboten|abraten|vermeide|vermeiden|weg mit|schluss mit|genug|bloß|warte
        unmöglich|falsch|schlecht|fehler|hasse|ablehnen|verzichten
    """),
    exceptions=said_set("""
        außer|ausser|ausgenommen|bis auf|mit ausnahme|statt|anstatt|anstelle|sonst|abgesehen von|andere|anderes
        andersrum|lieber als|besser als|nach|vor|von wegen
    """),
    doubts=said_set("""
        vielleicht|eventuell|möglicherweise|womöglich|unsicher|keine ahnung|weiss nicht|weiss ich nicht|weiss es nicht
        jein|ob|mal sehen
        zweifel
        zweifle|bezweifle|egal|schwierig|schwer zu sagen|kommt darauf an|kommt drauf an|hängt davon ab|später
    """),
    conditions=said_set(
        "wenn|falls|sofern|solange|erst wenn|nur|vorausgesetzt|es sei denn|aber|jedoch|allerdings|obwohl"
    ),
    also_english=word_set("egal halt nix stop"),
    courtesy=said_set("""
        bitte|danke|dankeschön|danke schön|vielen dank|bitteschön|bitte schön|bitte sehr|danke sehr|dank|gerne|gern
        äh|ähm|öh|hm|hmm|ach|oh|mal
    """),
    around=said_set("""
        ich|wir|du|sie|es|das|die|der|den|dem|ein|eine|einen|einmal|nehme|nehmen|nimm|nehmt|wähle|wählen|wähl|will
        wollen|möchte|möchten|mag|hätte|gern|gerne|lieber|liebsten|am|würde|würden|bevorzuge|brauche|brauchen|denke
        glaube|meine|finde|sage|sagen|wäre|ist|sind|bin|für|mit|und|dann|also|so|mach|mache|machen|machst|mir|uns|mich
        jetzt|gleich|sofort|eben|doch|einfach|gut|besser|beste|besten|bestes|super|prima|toll|perfekt|ganz|klar|wohl
        auch|sollen|sollten|sollte|verwenden|verwende|benutzen|nutzen|benutze|meiner|meinung|antwort|wahl|option
        variante|entscheide|entschieden|los|geht|hier|da|schon|definitiv|auf jeden fall|bleibe|bleiben|lass uns|setze
        setzen|plädiere|stimme|dafür|favorit|vorschlag|schlage|meiner meinung nach|schlage vor|bleibe bei|bleiben bei
        entscheide mich für
    """),
    reasons=said_set("weil|denn"),
    asking=word_set("""
        ist sind wäre soll sollen sollten sollte kann können
        könnten wird werden hat habt würde würden möchtest willst wollen
    """),
    consent=Consent(
        yes=said_set("ja|jo|jawohl|jap"),
        commands=said_set("""
            mach das|machen sie das|tu das|tun sie das|abschicken|absenden|senden|schicken|sende|schick|schicke
            senden sie|schicken sie
        """),
        why_not=said_set("warum nicht|warum eigentlich nicht|wieso nicht"),
        no=said_set("""
            nein|nee|nö|nicht|stopp|stop|halt|abbrechen|lass es|lassen sie es|lieber nicht|auf keinen fall|niemals
            noch|keinesfalls|vergiss es
        """),
        courtesy=said_set("""
            bitte|danke|schön|sehr|das|ist|so|die|sie|ab|e-mail|mail|los|jetzt|gut|super|prima|doch|mal|na
            kein problem|keine frage|ohne frage
        """),
    ),
    digits=word_set("null eins zwei zwo drei vier fünf sechs sieben acht neun"),
    numbers=word_set("""
        ein zehn elf zwölf sechzehn siebzehn zwanzig dreißig dreissig vierzig fünfzig sechzig siebzig achtzig neunzig
        hundert tausend minus komma punkt
    """),
    number_joiners=word_set("und"),
    before_numbers=word_set("äh ähm ja"),
    one_letter_words=word_set("ein"),
    signs=said_set("at|ät|klammeraffe|punkt|unterstrich|bindestrich|minus|schrägstrich|doppelpunkt"),
    symbols=(("@", "at"), (".", "punkt"), ("_", "unterstrich"), ("-", "bindestrich"), ("+", "plus")),
    notes=word_set("a b c d e f g"),
    sharps=word_set("sharp"),
    flats=word_set("flat"),
    story_endings=phrase_set("""
        das war's|das wars|das war es|das war alles|das ist alles|das wäre alles|mehr nicht|mehr war nicht
        mehr weiß ich nicht|ich bin fertig|ende
    """),
    before_story_ending=phrase_set("und|ja|also|so|ich glaube|ich denke|ja und|okay|tja"),
    joining="und",
    greetings=said_set(
        "hallo|hallo hallo|ja hallo|guten tag|guten morgen|guten abend|grüß gott|wer ist da|hallo wer ist da"
    ),
    tones=said_set("""
        nach dem ton|nach dem piepton|nach dem signal|nach dem signalton|nach dem pfeifton|nach dem piep
    """),
    mailboxes=said_set("""
        mailbox von|anrufbeantworter|nicht erreichbar|hinterlassen sie|hinterlass|hinterlasse
        eine nachricht hinterlassen|ihre nachricht
        zur zeit nicht|der gewünschte gesprächspartner|der angerufene teilnehmer|nicht persönlich
    """),
    cut_off="Entschuldigung, ich wurde unterbrochen.",
)
