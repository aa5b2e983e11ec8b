"""English: what is known of every language; `kinds` and the others have what only its own rules use."""

from __future__ import annotations

from mcp_voice.words.languages.en.endings import ELLIPTIC, OPEN, TIME, WHOLE
from mcp_voice.words.languages.en.numbers import NUMBERS
from mcp_voice.words.languages.lexicon import Consent, Lexicon, said_set
from mcp_voice.words.text import phrase_set, word_set

__all__ = ["ENGLISH"]

FILLERS = word_set("um uh umm uhm er err erm ehm eh hm hmm hmmm mm mmm")

ENGLISH = Lexicon(
    dangling=word_set("""
        the a an my your our their its every whose and or nor but because cause 'cause if unless although whereas
        whether than plus into onto among amongst between during despite except per regarding concerning towards toward
        upon via against beside beyond versus as until till unlike amid very such also just even almost nearly merely
        quite extremely slightly somewhat gonna wanna gotta tryna becomes seems depending based according due using
        making adding having putting slash underscore
    """),
    openings=OPEN,
    whole=ELLIPTIC,
    closings=WHOLE,
    requests=TIME,
    beside_requests=FILLERS | {"please"},
    fillers=FILLERS,
    answering_fillers=word_set("mm mmm"),
    hesitant=word_set("ah well so"),
    beside_hesitation=word_set("oh and but like actually"),
    yes=word_set("yes yeah yep yup ok okay"),
    no=word_set("no nope nah"),
    denials=word_set("not never don won without stop cancel neither nor avoid"),
    exceptions=word_set("except"),
    doubts=word_set("maybe perhaps"),
    conditions=word_set("but if unless"),
    courtesy=word_set("""
        please thank thanks you and i we oh well so just um very much it that thats lets with now then a good great
        man sir totally really
    """),
    around=word_set("""
        i we would will like go going with ahead for take pick choose use want prefer think guess say it that this is
        be to by please one thank thanks ok yes yeah yep well so just definitely probably lets let me my answer option
        choice number the a an in on of at them can you do have keep leave turn switch make set should actually then
        sure right oh 1 maybe had rather give get favorite best and put color
    """),
    reasons=word_set("because"),
    consent=Consent(
        yes=word_set("yes yeah yep yup yea aye"),
        no=word_set("no nope nah"),
        courtesy=word_set("""
            send it to now off out ahead go email mail e message that this them her him good great perfect all is can
            could will would do on then want like am sure fine yes please away right again way and for of my
        """),
    ),
    digits=word_set("zero oh one two three four five six seven eight nine double triple nought"),
    numbers=NUMBERS,
    number_joiners=word_set("and s"),
    before_numbers=word_set("um uh er yes yeah ok okay so well it s is the number code my"),
    one_letter_words=word_set("a i o"),
    signs=word_set("dot dash hyphen underscore slash"),
    before_signs=word_set("the a"),
    symbols=(("@", "at"), (".", "dot"), ("_", "underscore"), ("-", "dash"), ("+", "plus")),
    more_symbols=(
        (".", "point"),
        (".", "period"),
        ("_", "under score"),
        ("-", "hyphen"),
        ("-", "minus"),
        ("@", "at sign"),
    ),
    notes=word_set("a b c d e f g"),
    sharps=word_set("sharp"),
    flats=word_set("flat"),
    story_endings=phrase_set("""
        that's all|that is all|that's it|that is it|that's everything|that is everything|that's about it
        that's pretty much it|that's the whole story|that's what happened|i'm done|i am done|the end|that was it
        that was all|nothing else|nothing more
    """),
    before_story_ending=phrase_set(
        "and|so|well|okay|ok|yeah|yes|um|uh|i think|i guess|i believe|and i think|and i guess|so yeah"
    ),
    joining="and",
    greetings=said_set("""
        hello|hi|hey|hello hello|hello there|hi there|yes hello|good morning|good afternoon|good evening|who is this
        who's this|who's there|who is there|who is calling|who's calling|hello who is this|hello who's this|speaking
        hello is anybody there|hello can you hear me
    """),
    tones=said_set("""
        after the tone|after the beep|after the signal|at the tone|at the beep|at the sound of the tone
    """),
    mailboxes=said_set("""
        leave a message|leave me a message|leave us a message|leave your message|leave your name|record your message
        leave a detailed message|is not available|isn't available|is unavailable|are not available
        not available right now|not available to take your call
        can't come to the phone|cannot come to the phone|unable to take your call
        can't take your call|cannot take your call|unable to answer|voicemail|voice mail|mailbox|mail box
        forwarded to voice|has been forwarded to|cannot be reached|the number you have dialed|the person you are calling
        the person you are trying to reach|the subscriber you have called|please try again later|answering machine
    """),
    cut_off="Sorry, I was cut off.",
)
