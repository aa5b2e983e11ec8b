"""What is said when a telephone is picked up: a human's greeting, or the announcement of a mailbox."""

from __future__ import annotations

from mcp_voice.words.languages import primary
from mcp_voice.words.languages.lexicon import said_set
from mcp_voice.words.said import anywhere, said_words, unbroken

__all__ = ["asks_for_a_message", "greets_on_the_phone", "speaks_of_a_mailbox"]

GREETINGS = {
    "en": said_set("""
        hello|hi|hey|hello hello|hello there|hi there|yes hello|good morning|good afternoon|good evening|who is this
        who's this|who's there|who is there|who is calling|who's calling|hello who is this|hello who's this|speaking
        hello is anybody there|hello can you hear me
    """),
    "de": said_set(
        "hallo|hallo hallo|ja hallo|guten tag|guten morgen|guten abend|grüß gott|wer ist da|hallo wer ist da"
    ),
    "fr": said_set("allô|allo|oui allô|oui allo|allô allô|bonjour|bonsoir|qui est à l'appareil|allô qui est là"),
    "es": said_set("hola|aló|diga|dígame|sí dígame|sí diga|hola hola|buenos días|buenas tardes|quién es|quién habla"),
    "it": said_set("pronto|sì pronto|pronto pronto|pronto chi parla|chi parla|buongiorno|buonasera"),
    "nl": said_set("hallo|hallo hallo|goedemorgen|goedemiddag|goedenavond|met wie spreek ik|hallo met wie spreek ik"),
    "pt": said_set("alô|alô alô|sim alô|está lá|estou|olá|oi|bom dia|boa tarde|boa noite|quem fala"),
}
"""The whole of what somebody says who does not know yet who is calling."""
TONES = said_set("""
    after the tone|after the beep|after the signal|at the tone|at the beep|at the sound of the tone
    nach dem ton|nach dem piepton|nach dem signal|nach dem signalton|nach dem pfeifton|nach dem piep
    après le bip|après le bip sonore|après le signal|après le signal sonore|après la tonalité
    después de la señal|después del tono|tras la señal|tras el tono|después de oír la señal
    dopo il segnale|dopo il segnale acustico|dopo il bip|dopo il tono
    na de toon|na de piep|na de pieptoon|na het signaal
    após o sinal|após o bipe|após o bip|depois do sinal|após o sinal sonoro|após o tom
""")
"""What only a machine says, in any language: no answer to a question has it."""
MAILBOXES = said_set("""
    leave a message|leave me a message|leave us a message|leave your message|leave your name|record your message
    leave a detailed message|is not available|isn't available|is unavailable|are not available|not available right now
    not available to take your call|can't come to the phone|cannot come to the phone|unable to take your call
    can't take your call|cannot take your call|unable to answer|voicemail|voice mail|mailbox|mail box
    forwarded to voice|has been forwarded to|cannot be reached|the number you have dialed|the person you are calling
    the person you are trying to reach|the subscriber you have called|please try again later|answering machine
    mailbox von|anrufbeantworter|nicht erreichbar|hinterlassen sie|hinterlass|hinterlasse|eine nachricht hinterlassen
    ihre nachricht|zur zeit nicht|der gewünschte gesprächspartner|der angerufene teilnehmer|nicht persönlich
    messagerie|boîte vocale|répondeur|laissez un message|laisser un message|laissez moi un message|votre message
    n'est pas disponible|votre correspondant|pas disponible pour le moment
    buzón de voz|contestador|deje un mensaje|deje su mensaje|deja un mensaje|deja tu mensaje|no está disponible
    no se encuentra disponible|el número que usted marcó|el abonado
    segreteria telefonica|casella vocale|lasciate un messaggio|lasciare un messaggio|lascia un messaggio
    non è disponibile|non è al momento raggiungibile|non è raggiungibile|il cliente da lei chiamato
    voicemailbox|antwoordapparaat|spreek een bericht in|laat een bericht achter|een bericht inspreken
    is niet beschikbaar|niet bereikbaar|uw bericht
    caixa postal|correio de voz|caixa de mensagens|deixe sua mensagem|deixe a sua mensagem|deixe uma mensagem
    não está disponível|não se encontra disponível|grave sua mensagem|o número que marcou
""")
"""What a mailbox says of itself and of whom it stands for; a human may, too, but hardly as the first thing."""
LONGEST_PHRASE = max(len(phrase.split()) for phrase in TONES | MAILBOXES)


def greets_on_the_phone(text: str, *, language: str = "en") -> bool:
    """Whether the text is nothing but what somebody says who picks up, in English or that language (BCP 47)."""
    said = " ".join(unbroken(said_words(text)))
    return said in GREETINGS["en"] or said in GREETINGS.get(primary(language), ())


def speaks_of_a_mailbox(text: str) -> bool:
    """Whether the text has words of a mailbox's announcement, in any language of which we have some."""
    return _has(text, TONES | MAILBOXES)


def asks_for_a_message(text: str) -> bool:
    """Whether the text names the tone after which one is to speak, which no human does who answers a question."""
    return _has(text, TONES)


def _has(text: str, phrases: frozenset[str]) -> bool:
    return anywhere(unbroken(said_words(text)), phrases, longest=LONGEST_PHRASE)
