"""Which one of several choices a reply names, and when it names none."""

from __future__ import annotations

import pytest

from mcp_voice.words import choice_by_key, named_choice, names_a_choice_completely

# choices: the choice that is named (None: none is), the replies, parted by bars
REPLIES: dict[tuple[str, ...], dict[str | None, str]] = {
    ("Postgres", "MySQL"): {
        "Postgres": (
            "postgres|Postgres.|post gres|postgress|postgres not mysql|Postgres, not MySQL."
            "|I don't know, maybe postgres|no, postgres|postgres instead of mysql"
            "|I'd go with Postgres because it is what we know|the first|one|number one"
            "|postgres is better than mysql|I said postgres|one please|yes, one|use the first"
            "|yes go ahead with the first option|you know better than me, postgres"
        ),
        "MySQL": (
            "my sequel|My SQL, please|not Postgres, MySQL|not postgres mysql|Postgres, no wait, MySQL"
            "|postgres no wait mysql|use mysql rather than postgres|don't use postgres use mysql"
            "|postgres is not an option, mysql|two|option two|the second one|number 2|second"
            "|the second of them|let's go with the second option|I'd take the latter|postgres, actually mysql"
            "|no way, go with mysql|the second one because it's faster|postgres, on second thought mysql"
            "|I want the second"
        ),
        None: (
            "not MySQL|either Postgres or MySQL|neither postgres nor mysql|postgres or mysql|both"
            "|I don't think postgres is right|i don't know|no postgres|what about postgres?"
            "|is postgres faster|postgres isn't an option|it depends, postgres if it's cheap|option 3"
            "|the third|give me a second|wait a second|first of all I need to think|yes|no|sure|none of them"
            "|whatever you want|postgres and mysql actually|Postgres. No, wait.|mongo|...|I like that one"
            "|this one|the first one is broken|I don't like the first one|postgres is too slow"
            "|at first I want to think|hold on a second|in two hours|two hours|number|the first or the second"
            "|not the first one|the second one not the first|postgres, no, the second one|the one I sent you"
            "|it's up to you|I don't care"
        ),
    },
    ("red", "green", "blue"): {
        "red": "the red one|reds",
        "green": "the greens|neither red nor blue but green|green, not red or blue|the middle one|2.",
        "blue": "the last one|the third one please|a blue one I think|the last one please",
        None: "not red|anything but red|two or three",
    },
    ("Postgres", "Postgres with replicas", "MySQL"): {
        "Postgres": "postgres",
        "Postgres with replicas": "postgres with replicas|Postgres with replica|with replicas",
        None: "no replicas",
    },
    ("Yes", "No"): {
        "Yes": (
            "yes|Yeah.|yep|sure|ok|okay|go ahead|please do|of course|absolutely|do it|yes please go ahead"
            "|yes we should deploy now|I think so|uh huh|Mm-hmm|no wait yes|no, I mean yes|yes, no problem"
        ),
        "No": (
            "no|nope|nah|don't|don't do it|please don't|not now|never|of course not|I don't think so"
            "|no thank you|no, we should wait for the tests|no way|absolutely not"
        ),
        None: (
            "yes no|no problem|I have no idea|I don't know|not sure|yes but only after lunch|maybe"
            "|sure, but not now|okay so what does it mean|are you sure|right so|I don't mind|no wait|ja"
        ),
    },
    ("yes", "no", "monday", "friday"): {
        "yes": "yes|yeah|sure",
        "no": "no|nope|no, not monday",
        "monday": "Monday|on monday, please|monday, not friday|not friday, monday",
        None: "no Monday|no, Monday|Monday, no|nah, Monday|nope monday|yes, Monday|yeah monday|monday or friday",
    },
    ("Yes, deploy", "No, wait"): {
        "Yes, deploy": "Yes|go ahead",
        "No, wait": "no",
    },
    ("Deploy", "Don't deploy"): {
        "Deploy": "deploy",
        "Don't deploy": "don't deploy|do not deploy please",
    },
    ("10", "20", "30"): {
        "20": "twenty|20|the second one|about twenty",
        "30": "thirty please",
        None: "two|twenty five|ten or twenty",
    },
    ("Deploy to staging", "Deploy to production"): {
        "Deploy to staging": "staging",
        "Deploy to production": "production please",
        None: "deploy|to staging first then production|not production",
    },
    ("Plan A", "Plan B"): {
        "Plan A": "plan a",
        "Plan B": "plan b please|b",
    },
    ("Python 3.10", "Python 3.11"): {
        "Python 3.11": "python three point eleven",
        None: "python three eleven",
    },
    ("port 8080", "port 8081"): {
        "port 8081": "port 8081",
        None: "8082",
    },
    ("C", "C++", "C#"): {
        "C": "c",
        "C++": "c plus plus",
        "C#": "C sharp",
    },
    ("C#", "Go"): {
        "C#": "c sharp|C# please",
        None: "C",
    },
    ("F", "F♯", "B♭", "B"): {
        "F": "F|the F",
        "F♯": "F sharp|F♯|f#|F-sharp please|I'd say F sharp|F ♯",
        "B♭": "B flat|b-flat|B♭, please",
        "B": "B",
        None: "G sharp|F flat|not F sharp",
    },
    ("F♯", "G"): {
        "F♯": "F sharp",
        None: "F|G flat",
    },
    ("F", "G"): {
        None: "F sharp|F♯|G♭",
    },
    ("A♭", "A"): {
        "A♭": "A flat|A flat please|A♭",
        "A": "A",
    },
    ("A", "B"): {
        "A": "A",
        "B": "B is a natural choice",
        None: "A flat|B flat",
    },
    ("F♯ minor", "F minor"): {
        "F♯ minor": "F sharp minor|F# minor",
        "F minor": "F minor",
    },
    ("A flat", "A house"): {
        "A flat": "a flat|the flat|flat, please",
        "A house": "a house",
    },
    ("flat", "house"): {
        "flat": "a flat|the flat",
    },
    ("On", "Off"): {
        "Off": "turn it off",
        None: "I'd like to go on with the meeting",
    },
    ("Now", "Later"): {
        "Later": "later",
        None: "now let me see",
    },
    ("complete", "abort"): {
        None: "incomplete",
    },
    ("Postgres", "MySQL", "Neither"): {
        "Neither": "neither",
    },
    ("A", "B", "Both"): {
        "Both": "both of them",
    },
    ("Grün", "Blau"): {
        "Grün": "grün",
    },
    ("Wait", "Deploy"): {
        "Wait": "wait|let's wait",
    },
    ("100", "200"): {
        "200": "two hundred",
    },
    ("1", "2"): {
        "2": "2",
    },
}

REPLIES |= {
    ("Approve", "Reject", "Ask me later"): {
        "Approve": "approve it|approved",
        "Reject": "I'd reject that|rejected",
        "Ask me later": "ask me later|later please",
        None: "I can't approve this|why should I approve it",
    },
    ("Rolling update", "Blue-green", "Canary"): {
        "Rolling update": "a rolling one|let's do a rolling update",
        "Blue-green": "blue green|bluegreen deployment|blue",
        "Canary": "canary",
        None: "canary first, then rolling update|definitely not canary",
    },
    ("small", "medium", "large"): {
        "large": "not small, large|large I guess",
        None: "not too large|any size but large|something between small and medium|smaller",
    },
    ("Yes", "No", "Not sure"): {
        "Yes": "yes I'm sure|correct|sure thing",
        "Not sure": "not sure|I'm not sure",
        None: "I am not really sure|no I'm not sure|yes and no",
    },
    ("3000", "8080", "2026"): {
        "3000": "three thousand|the first",
        "8080": "eight thousand and eighty|port 8,080",
        "2026": "two thousand twenty six|two thousand and twenty six",
        None: "eighty eighty|3001|zero|one two|two thousand",
    },
    ("Version 2.5", "Version 3", "Version 21.21"): {
        "Version 2.5": "two point five",
        "Version 21.21": "version twenty one point twenty one",
        None: "version two|version two point|a million",
    },
    ("Anna", "John Smith", "Peter"): {
        "John Smith": "john|John Smith please",
        "Anna": "not john, ask anna",
        None: "anna or peter|mr smith|Hannah",
    },
}

DATABASES = ("Postgres", "Postgres with replicas", "MySQL")


@pytest.mark.parametrize("choices", REPLIES, ids="-".join)
def test_a_reply_names_the_choice_that_is_meant_or_none(choices: tuple[str, ...]) -> None:
    """Names, places, yes and no, denials, corrections and small errors are understood; nothing is guessed."""
    for choice, replies in REPLIES[choices].items():
        assert {text: named_choice(text, choices) for text in replies.split("|")} == dict.fromkeys(
            replies.split("|"), choice
        )


def test_without_words_or_choices_nothing_is_named() -> None:
    """Silence names nothing, and where nothing is offered nothing is named."""
    assert named_choice("", DATABASES) is None
    assert named_choice("Postgres", []) is None
    assert named_choice("a", ["", "the"]) is None


def test_the_choice_comes_back_as_it_was_given() -> None:
    """The caller compares with what it offered, so spaces and case stay."""
    assert named_choice("green", [" Green! ", "Red"]) == " Green! "


def test_choices_that_sound_the_same_are_not_told_apart() -> None:
    """What the ear cannot tell apart is not guessed."""
    assert named_choice("my sql", ["MySQL", "my-sql"]) is None


@pytest.mark.parametrize(
    ("keys", "choices", "choice"),
    [
        ("2", ("red", "green"), "green"),
        ("2#", ("red", "green"), "green"),
        ("10", tuple("abcdefghijk"), "j"),
        ("3", ("red", "green"), None),
        ("0", ("red", "green"), None),
        ("", ("red", "green"), None),
        ("#", ("red", "green"), None),
        ("1*2", ("red", "green"), None),
        ("20", ("10", "20"), "20"),
        ("2", ("10", "20"), "20"),
        ("2", ("2", "4"), None),
    ],
)
def test_a_key_names_the_choice_at_its_place(keys: str, choices: tuple[str, ...], choice: str | None) -> None:
    """The second key is the second choice, unless that could as well be a number among the choices."""
    assert choice_by_key(keys, choices) == choice


@pytest.mark.parametrize("text", ["MySQL", "my sequel please", "the last one", "Postgres with replicas", "number two"])
def test_a_choice_named_completely_ends_the_turn(text: str) -> None:
    """Nothing that could follow would change the choice."""
    assert names_a_choice_completely(text, DATABASES)


@pytest.mark.parametrize("text", ["Postgres", "MySQL because", "MySQL and", "Postgres with", "hm", "MySQL or", "my"])
def test_a_choice_that_may_go_on_does_not_end_the_turn(text: str) -> None:
    """The longer choice, or the rest of the sentence, may still come."""
    assert not names_a_choice_completely(text, DATABASES)


def test_a_choice_that_reads_like_a_request_for_time_is_complete() -> None:
    """"Wait" is an answer where it was offered."""  # fmt: skip
    assert names_a_choice_completely("Wait.", ["Wait", "Deploy"])


@pytest.mark.parametrize(
    ("reply", "choices", "language", "choice"),
    [
        ("fa dièse", ["Fa♯", "Fa"], "fr", "Fa♯"),
        ("Fa.", ["Fa♯", "Fa"], "fr", "Fa"),
        ("si bemol, por favor", ["Si♭", "Si"], "es", "Si♭"),
        ("F♯", ["F♯", "F"], "de", "F♯"),
        ("F sharp", ["F♯", "F"], "de", "F♯"),
        ("F", ["F♯", "F"], "de", "F"),
        ("F", ["F♯", "G"], "de", None),
        ("F♯", ["F♯", "F"], "ja", "F♯"),
    ],
)
def test_a_note_is_a_name_of_its_own_in_any_language(
    reply: str, choices: list[str], language: str, choice: str | None
) -> None:
    """Without its sign it is another one."""
    assert named_choice(reply, choices, language=language) == choice
