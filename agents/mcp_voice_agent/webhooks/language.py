"""What the tools themselves say, and what they take for a yes or a no, in each language."""

from __future__ import annotations

from dataclasses import dataclass

from mcp_voice.words.agreement import Phrases

__all__ = ["ENGLISH", "LANGUAGES", "Language", "language_of"]


@dataclass(frozen=True, slots=True)
class Language:
    """One language; everything that is heard is in lower case, with its accents."""

    email: str
    copy: str
    """What follows the recipient in it where others get a copy."""
    action: str
    symbols: tuple[tuple[str, str], ...]
    """The signs of an address, each with the word by which it is spoken."""
    done: str
    sorry: str
    in_doubt: str
    busy: str
    phrases: Phrases | None = None
    """None for English, which `mcp_voice.words` knows better."""


ENGLISH = Language(
    email="E-mail to {recipient}, subject: {subject}. Shall I send it?",
    copy=", with a copy to {copies}",
    action="{action}: {values}. Shall I do it?",
    symbols=(("@", "at"), (".", "dot"), ("_", "underscore"), ("-", "dash"), ("+", "plus")),
    done="That is done.",
    sorry="I am sorry, that did not work just now.",
    in_doubt="I am sorry, I cannot tell whether that went through.",
    busy="I am sorry, that is too much at once. Please ask me again in a minute.",
)
LANGUAGES = {
    "en": ENGLISH,
    "de": Language(
        email="E-Mail an {recipient}, Betreff: {subject}. Soll ich sie senden?",
        copy=", in Kopie an {copies}",
        action="{action}: {values}. Soll ich das tun?",
        symbols=(("@", "at"), (".", "punkt"), ("_", "unterstrich"), ("-", "bindestrich"), ("+", "plus")),
        done="Das ist erledigt.",
        sorry="Es tut mir leid, das hat gerade nicht geklappt.",
        in_doubt="Es tut mir leid, ich weiß nicht, ob das angekommen ist.",
        busy="Es tut mir leid, das ist zu viel auf einmal. Bitte fragen Sie in einer Minute noch einmal.",
        phrases=Phrases.of(
            "de",
            yes="ja|jo|jawohl|jap",
            commands="""
                mach das|machen sie das|tu das|tun sie das|abschicken|absenden|senden|schicken|sende|schick|schicke
                senden sie|schicken sie
            """,
            why_not="warum nicht|warum eigentlich nicht|wieso nicht",
            no="""
                nein|nee|nö|nicht|stopp|stop|halt|abbrechen|lass es|lassen sie es|lieber nicht|auf keinen fall|niemals
                noch|keinesfalls|vergiss es
            """,
            courtesy="""
                bitte|danke|schön|sehr|das|ist|so|die|sie|ab|e-mail|mail|los|jetzt|gut|super|prima|doch|mal|na
                kein problem|keine frage|ohne frage
            """,
        ),
    ),
    "es": Language(
        email="Correo para {recipient}, asunto: {subject}. ¿Lo envío?",
        copy=", con copia para {copies}",
        action="{action}: {values}. ¿Lo hago?",
        symbols=(("@", "arroba"), (".", "punto"), ("_", "guion bajo"), ("-", "guion"), ("+", "más")),
        done="Ya está hecho.",
        sorry="Lo siento, ahora no ha funcionado.",
        in_doubt="Lo siento, no sé si ha llegado.",
        busy="Lo siento, es demasiado a la vez. Inténtelo de nuevo en un minuto.",
        phrases=Phrases.of(
            "es",
            yes="sí|si",
            assent="está bien|muy bien|estupendo|genial",
            commands="envíalo|envíelo|envíala|envíela|envía|envíe|mándalo|mándelo|manda|mande|hazlo|hágalo",
            why_not="por qué no|y por qué no|cómo no",
            no="no|nunca|cancela|cancelar|olvídalo|déjalo|mejor no|todavía",
            courtesy="""
                por favor|gracias|que|muy|bien|lo|el|correo|ahora|así|es|eso
                no hay problema|sin problema|ningún problema
            """,
        ),
    ),
    "fr": Language(
        email="E-mail à {recipient}, objet : {subject}. Est-ce que je l'envoie ?",
        copy=", en copie à {copies}",
        action="{action} : {values}. Est-ce que je le fais ?",
        symbols=(("@", "arobase"), (".", "point"), ("_", "tiret bas"), ("-", "tiret"), ("+", "plus")),
        done="C'est fait.",
        sorry="Je suis désolé, cela n'a pas marché.",
        in_doubt="Je suis désolé, je ne sais pas si c'est passé.",
        busy="Je suis désolé, c'est trop à la fois. Redemandez-moi dans une minute.",
        phrases=Phrases.of(
            "fr",
            yes="oui|ouais|ouaip",
            assent="super|très bien",
            commands="envoie|envoyez|faites|vas-y envoie|allez-y envoyez",
            why_not="pourquoi pas|et pourquoi pas",
            no="non|pas|jamais|annule|annulez|arrête|arrêtez|stop|laisse tomber|plutôt",
            courtesy="""
                merci|très|bien|c'est|bon|le|la|mail|e-mail|maintenant|alors|pas de problème|pas de souci|sans problème
            """,
        ),
    ),
    "it": Language(
        email="E-mail a {recipient}, oggetto: {subject}. La invio?",
        copy=", in copia a {copies}",
        action="{action}: {values}. Lo faccio?",
        symbols=(("@", "chiocciola"), (".", "punto"), ("_", "trattino basso"), ("-", "trattino"), ("+", "più")),
        done="Fatto.",
        sorry="Mi dispiace, adesso non ha funzionato.",
        in_doubt="Mi dispiace, non so se è andata a buon fine.",
        busy="Mi dispiace, è troppo tutto insieme. Me lo richieda tra un minuto.",
        phrases=Phrases.of(
            "it",
            yes="sì|si",
            assent="va benissimo|va bene così|certo che sì|ma certo",
            commands="inviala|invia|invii|mandala|manda|mandi|la mandi|la invii|lo faccia|fallo",
            why_not="perché no|come no",
            no="no|non|mai|annulla|ferma|fermati|lascia stare|meglio di no|ancora",
            courtesy="grazie|prego|molto|bene|la|e-mail|mail|pure|adesso|ora|così|non c'è problema|nessun problema",
        ),
    ),
    "nl": Language(
        email="E-mail aan {recipient}, onderwerp: {subject}. Zal ik hem versturen?",
        copy=", met een kopie aan {copies}",
        action="{action}: {values}. Zal ik dat doen?",
        symbols=(("@", "apenstaartje"), (".", "punt"), ("_", "underscore"), ("-", "streepje"), ("+", "plus")),
        done="Dat is gebeurd.",
        sorry="Het spijt me, dat lukte nu niet.",
        in_doubt="Het spijt me, ik weet niet of dat is aangekomen.",
        busy="Het spijt me, dat is te veel tegelijk. Vraag het me over een minuut nog eens.",
        phrases=Phrases.of(
            "nl",
            yes="ja|jawel|jazeker",
            assent="is goed|het is goed|dat is goed",
            commands="verstuur|stuur|versturen|sturen|stuur maar|doe het maar|doe dat maar",
            why_not="waarom niet|waarom ook niet",
            no="nee|neen|niet|nooit|stop|annuleer|laat maar|liever niet|nog|geen",
            courtesy="dank|je|u|wel|dat|is|hem|maar|de|e-mail|mail|nu|zo|hoor|geen probleem|geen punt",
        ),
    ),
    "pt": Language(
        email="E-mail para {recipient}, assunto: {subject}. Posso enviar?",
        copy=", com cópia para {copies}",
        action="{action}: {values}. Posso fazer isso?",
        symbols=(("@", "arroba"), (".", "ponto"), ("_", "sublinhado"), ("-", "hífen"), ("+", "mais")),
        done="Está feito.",
        sorry="Desculpe, não funcionou agora.",
        in_doubt="Desculpe, não sei se chegou.",
        busy="Desculpe, é demais de uma vez. Peça de novo daqui a um minuto.",
        phrases=Phrases.of(
            "pt",
            yes="sim",
            assent="ótimo|está ótimo|claro que sim",
            commands="envia|envie|enviar|manda|mande|mandar|faz|faça",
            why_not="por que não|por quê não|e por que não",
            no="não|nunca|cancela|cancelar|esquece|deixa|melhor não|ainda",
            courtesy="muito|bem|o|e-mail|agora|assim|sem problema|não há problema|não tem problema|nenhum problema",
        ),
    ),
}


def language_of(tag: str) -> Language:
    """The language of a BCP 47 tag, of which the primary subtag counts; English for any that we do not know."""
    return LANGUAGES.get(tag.replace("_", "-").partition("-")[0].casefold(), ENGLISH)
