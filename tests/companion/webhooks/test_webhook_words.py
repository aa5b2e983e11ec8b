"""What the tools take for a yes, and for an e-mail address."""

from __future__ import annotations

import pytest

from mcp_voice.words.languages import LEXICONS
from mcp_voice_agent.webhooks.address import spoken, written
from mcp_voice_agent.webhooks.consent import consent, names_in
from mcp_voice_agent.webhooks.language import LANGUAGES, language_of

BOB = names_in("bob at example dot com")


@pytest.mark.parametrize(
    "said",
    [
        "Yes.", "Yeah, send it.", "Sure, send it", "Send it.", "Please send it off", "Go ahead and send it",
        "Okay, go ahead.", "Looks good, send it", "That's right.", "Perfect.", "Great, send it off", "Uh huh",
        "Yes, that's correct, send it to Bob", "Yes, I would like you to send it", "why not", "Do it",
        "Absolutely, thank you", "Um, yes.", "No problem, yes", "Yes, yes, please.",
    ],
)  # fmt: skip
def test_a_plain_yes_is_a_yes(said: str) -> None:
    """People agree in many words; all of these mean one thing."""
    assert consent(said, verbs={"send"}, names=BOB) == "yes"


@pytest.mark.parametrize(
    "said",
    [
        "No.", "No, don't.", "Don't send it", "Do not send that", "Nope", "No thanks", "Cancel", "Stop!", "Never mind",
        "Forget it", "Not yet", "No, cancel it", "Please don't", "No, leave it", "Cancel it, don't send it",
    ],
)  # fmt: skip
def test_a_no_is_a_no(said: str) -> None:
    """It ends the matter, so that no later yes can be taken for an answer to it."""
    assert consent(said, verbs={"send"}, names=BOB) == "no"


@pytest.mark.parametrize(
    "said",
    [
        "Yes, but change the subject", "Yes and add Carol", "Yes, to Carol instead", "Yes, send it tomorrow",
        "Send it to Carol", "Send it later", "No, yes", "Maybe", "Not sure", "What was the subject?", "Yes?",
        "Make it dinner", "Actually, dinner", "Yes if he is in town", "Yes, and tell him I'm late", "Right, but no",
        "Yes, not yet", "I said tomorrow", "No, wait", "Yes. What time is it there?",
    ],
)  # fmt: skip
def test_a_yes_with_a_wish_beside_it_is_none(said: str) -> None:
    """An e-mail cannot be called back, so whatever may change it is asked about again."""
    assert consent(said, verbs={"send"}, names=BOB) == "unclear"


@pytest.mark.parametrize(
    "said", ["", "um", "Hmm.", "Hmmm.", "Err...", "Mmm.", "Hang on a second", "Wait", "Let me think"]
)
def test_a_sound_or_a_moment_to_think_is_no_answer(said: str) -> None:
    """The question stays open until there is one."""
    assert consent(said, verbs={"send"}, names=BOB) == ""


def test_to_cancel_what_is_to_be_cancelled_is_neither() -> None:
    """After "Cancel the order?" the words "cancel it" may mean either, so it is asked about again."""
    assert consent("Cancel it", verbs={"cancel", "order"}) == "unclear"
    assert consent("Yes, cancel it", verbs={"cancel", "order"}) == "unclear"
    assert consent("Yes", verbs={"cancel", "order"}) == "yes"


@pytest.mark.parametrize(
    ("tag", "yes", "no", "unclear"),
    [
        ("de-DE", "Ja, bitte, schick sie ab.", "Nein, noch nicht.", "Ja, aber ändere den Betreff."),
        ("es", "Sí, envíalo, por favor.", "No, gracias.", "Sí, y añade a Carla."),
        ("fr", "D'accord, envoyez-le.", "Non, pas encore.", "Oui, à Carole."),
        ("it", "Sì, inviala pure.", "No, grazie.", "Sì, ma cambia l'oggetto."),
        ("nl", "Ja, verstuur maar.", "Nee, nog niet.", "Ja, maar later."),
        ("pt_BR", "Sim, pode enviar.", "Não, obrigado.", "Sim, mas muda o assunto."),
    ],
)
def test_other_languages_have_their_own_yes(tag: str, yes: str, no: str, unclear: str) -> None:
    """The read-back is in the language of the conversation, and so is the answer."""
    language = language_of(tag)
    verdicts = [consent(said, language=language, verbs={"send"}, names=BOB) for said in (yes, no, unclear, " ")]
    assert verdicts == ["yes", "no", "unclear", ""]
    assert consent(f"{yes.rstrip('.')}?", language=language) == "unclear"


def test_every_language_of_the_turn_taking_is_known() -> None:
    """What can be listened to can be agreed in; any other language is asked in English."""
    assert {tag: language.tag for tag, language in LANGUAGES.items()} == {tag: tag for tag in LEXICONS}
    assert language_of("fi") is LANGUAGES["en"]
    for language in LANGUAGES.values():
        assert "X" in language.email.format(recipient="X", subject="Y")
        assert language.email.format(recipient="X", subject="Y").endswith("?")
        assert language.copy.format(copies="X").startswith(", ")
        assert language.copy.format(copies="X").endswith(" X")
        assert language.action.format(action="X", values="Y").endswith("?")


@pytest.mark.parametrize(
    ("heard", "address", "said"),
    [
        ("bob at example dot com", "bob@example.com", "bob at example dot com"),
        ("Bob@Example.COM.", "Bob@example.com", "Bob at example dot com"),
        ("b o b at example dot co dot uk", "bob@example.co.uk", "bob at example dot co dot uk"),
        ("bob underscore smith at mail dash one dot org", "bob_smith@mail-one.org",
         "bob underscore smith at mail dash one dot org"),
        ("bob plus news at example point com", "bob+news@example.com", "bob plus news at example dot com"),
        ("<mailto:bob@example.com>", "bob@example.com", "bob at example dot com"),
        ("bob@bücher.de", "bob@xn--bcher-kva.de", "bob at bücher dot de"),
    ],
)  # fmt: skip
def test_an_address_is_written_as_it_was_dictated(heard: str, address: str, said: str) -> None:
    """And it is read back in words that every voice says alike."""
    assert written(heard) == address
    assert spoken(address) == said


@pytest.mark.parametrize(
    "heard",
    [
        "bob", "bob@", "@example.com", "bob@example", "a@b@c.com", "bob@example.com\nBcc: eve@example.com",
        "bob..smith@example.com", f"{'x' * 65}@example.com", "bob@example.com, eve@example.com", "bob@-example.com",
        "bob@127.0.0.1", f"bob@{'a' * 250}.com", f"bob@{'a.' * 124}com", "bøb@example.com", "",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(heard: str) -> None:
    """A mail server would refuse it, or worse, take it for two."""
    with pytest.raises(ValueError, match=r"@|it "):
        written(heard)


@pytest.mark.parametrize("label", ["xn--99999999", "xn--a", "XN--0"])
def test_a_domain_that_stands_for_no_name_in_another_script_is_refused(label: str) -> None:
    """It cannot be read back, and ended the tool with an error that says nothing of the address."""
    for domain in (f"{label}.com", f"example.{label}"):
        with pytest.raises(ValueError, match=r"the part after the @ is not a"):
            written(f"bob@{domain}")


def test_an_address_is_spoken_in_the_language_of_the_conversation() -> None:
    """The names of the signs differ more than anything else in it."""
    italian = language_of("it")
    assert written("bob chiocciola esempio punto it", italian) == "bob@esempio.it"
    assert spoken("bob_b@esempio.it", italian) == "bob trattino basso b chiocciola esempio punto it"
