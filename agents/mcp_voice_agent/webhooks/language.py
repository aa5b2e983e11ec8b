"""What the tools themselves say in each language; what they hear in it is in `mcp_voice.words`."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ENGLISH", "LANGUAGES", "Language", "language_of"]


@dataclass(frozen=True, slots=True)
class Language:
    """One language."""

    tag: str
    """BCP 47."""
    email: str
    copy: str
    """What follows the recipient in it where others get a copy."""
    action: str
    done: str
    sorry: str
    in_doubt: str
    busy: str


ENGLISH = Language(
    tag="en",
    email="E-mail to {recipient}, subject: {subject}. Shall I send it?",
    copy=", with a copy to {copies}",
    action="{action}: {values}. Shall I do it?",
    done="That is done.",
    sorry="I am sorry, that did not work just now.",
    in_doubt="I am sorry, I cannot tell whether that went through.",
    busy="I am sorry, that is too much at once. Please ask me again in a minute.",
)
LANGUAGES = {
    "en": ENGLISH,
    "de": Language(
        tag="de",
        email="E-Mail an {recipient}, Betreff: {subject}. Soll ich sie senden?",
        copy=", in Kopie an {copies}",
        action="{action}: {values}. Soll ich das tun?",
        done="Das ist erledigt.",
        sorry="Es tut mir leid, das hat gerade nicht geklappt.",
        in_doubt="Es tut mir leid, ich weiß nicht, ob das angekommen ist.",
        busy="Es tut mir leid, das ist zu viel auf einmal. Bitte fragen Sie in einer Minute noch einmal.",
    ),
    "es": Language(
        tag="es",
        email="Correo para {recipient}, asunto: {subject}. ¿Lo envío?",
        copy=", con copia para {copies}",
        action="{action}: {values}. ¿Lo hago?",
        done="Ya está hecho.",
        sorry="Lo siento, ahora no ha funcionado.",
        in_doubt="Lo siento, no sé si ha llegado.",
        busy="Lo siento, es demasiado a la vez. Inténtelo de nuevo en un minuto.",
    ),
    "fr": Language(
        tag="fr",
        email="E-mail à {recipient}, objet : {subject}. Est-ce que je l'envoie ?",
        copy=", en copie à {copies}",
        action="{action} : {values}. Est-ce que je le fais ?",
        done="C'est fait.",
        sorry="Je suis désolé, cela n'a pas marché.",
        in_doubt="Je suis désolé, je ne sais pas si c'est passé.",
        busy="Je suis désolé, c'est trop à la fois. Redemandez-moi dans une minute.",
    ),
    "it": Language(
        tag="it",
        email="E-mail a {recipient}, oggetto: {subject}. La invio?",
        copy=", in copia a {copies}",
        action="{action}: {values}. Lo faccio?",
        done="Fatto.",
        sorry="Mi dispiace, adesso non ha funzionato.",
        in_doubt="Mi dispiace, non so se è andata a buon fine.",
        busy="Mi dispiace, è troppo tutto insieme. Me lo richieda tra un minuto.",
    ),
    "nl": Language(
        tag="nl",
        email="E-mail aan {recipient}, onderwerp: {subject}. Zal ik hem versturen?",
        copy=", met een kopie aan {copies}",
        action="{action}: {values}. Zal ik dat doen?",
        done="Dat is gebeurd.",
        sorry="Het spijt me, dat lukte nu niet.",
        in_doubt="Het spijt me, ik weet niet of dat is aangekomen.",
        busy="Het spijt me, dat is te veel tegelijk. Vraag het me over een minuut nog eens.",
    ),
    "pt": Language(
        tag="pt",
        email="E-mail para {recipient}, assunto: {subject}. Posso enviar?",
        copy=", com cópia para {copies}",
        action="{action}: {values}. Posso fazer isso?",
        done="Está feito.",
        sorry="Desculpe, não funcionou agora.",
        in_doubt="Desculpe, não sei se chegou.",
        busy="Desculpe, é demais de uma vez. Peça de novo daqui a um minuto.",
    ),
}


def language_of(tag: str) -> Language:
    """The language of a BCP 47 tag, of which the primary subtag counts; English for any that we do not know."""
    return LANGUAGES.get(tag.replace("_", "-").partition("-")[0].casefold(), ENGLISH)
