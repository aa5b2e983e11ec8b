"""English words by what they ask to follow them; `mcp_voice.words.english` has the rules that use them."""

from __future__ import annotations

from mcp_voice.words.text import phrase_set, word_set

__all__ = [
    "ADVERBS",
    "ANSWERS",
    "ATTRIBUTES",
    "ATTRIBUTES_AFTER_THE",
    "AUXILIARIES",
    "BEFORE_AN_OPEN_ADVERB",
    "BEFORE_AN_OPEN_PRONOUN",
    "BEFORE_A_LABEL",
    "BEFORE_A_PLAIN_DOT",
    "BREAKS",
    "CONTRACTIONS",
    "LABELS",
    "LEADS",
    "NEGATIVES",
    "NOUN_OPENERS",
    "OBJECT_VERBS",
    "OPENERS",
    "OPEN_ADVERBS",
    "PARTICLES",
    "POINTING",
    "PREPOSITIONS",
    "PRONOUNS",
    "QUANTITIES",
    "QUESTION_WORDS",
    "RELATIVES",
    "SAYING",
    "STRANDING",
    "SUBJECTS",
    "SUBORDINATORS",
    "WANTING",
    "WHOLE_CLAUSES",
]

# Words that may stand before an answer and change nothing of whether it is whole.
LEADS = word_set("""
    yes yeah yep yup no nope nah ok okay sure right alright well so oh ah and but because actually honestly
""")
ANSWERS = word_set("yes yeah yep yup no nope nah")

PREPOSITIONS = word_set("""
    of to for with from at by in on about without after before since through over under per near
""")
SUBJECTS = word_set("i we he she they")
PRONOUNS = SUBJECTS | word_set("it you this that these those there")
CONTRACTIONS = frozenset(
    f"{word}'{ending}"
    for word in ("i", "you", "we", "they", "he", "she", "it", "that", "there", "here", "what", "who", "where", "how")
    for ending in ("s", "m", "re", "ll", "d", "ve")
) | {"let's", "lets", "this'll"}
MODALS = word_set("will would can could should shall may might must")
AUXILIARIES = MODALS | word_set("do does did is are am was were be been being have has had")
NEGATIVES = word_set("""
    don't doesn't didn't won't wouldn't can't cannot couldn't shouldn't isn't aren't wasn't weren't haven't hasn't
    hadn't
""")
SUBORDINATORS = word_set("""
    if because cause when whenever whether unless although though while since until so and but think thinks thought
    believe hope guess assume suppose mean means say said maybe perhaps once where whereas sure that
""")
# After these a verb or a preposition at the end has its object already: "what we need", "the one I asked for".
RELATIVES = word_set("""
    what whatever which whichever who whom whoever where wherever how one ones thing things stuff way all everything
    anything something nothing someone anyone somebody anybody place much many than as none that's
""")
OBJECT_VERBS = word_set("""
    want wants wanted need needs like prefer prefers choose pick take change make makes put set add get give gives
    have keep say call create send use uses require requires include includes contain contains suggest recommend
    propose replace rename move bring switch increase reduce got buy has had build write find show let wonder
    wondering thinking enable disable install mean means tried fix select called named
""")
# Verbs that introduce what is thought, said or hoped.
SAYING = word_set("""
    think guess suppose believe assume mean hope say said says thought suggest figure reckon imagine feel
""")
ADVERBS = word_set("""
    really actually probably definitely always usually currently mostly basically simply rather maybe perhaps still
    only not more less too already first certainly absolutely generally often sometimes never mainly normally
    typically pretty fairly totally completely kinda most likely personally gladly
""")
ATTRIBUTES = word_set("""
    main whole entire actual own exact current original existing only new big bigger small smaller different simple
    simpler better single separate dedicated quick quicker short shorter longer good faster slower cheaper dark
    light certain specific real proper nice great particular similar bright larger
""")
# Words that a number or a name follows.
LABELS = word_set("number option version port line step page item column ticket issue release variant room point dot")

# Whole sentences (after leading words) that only open one.
OPENERS = phrase_set("""
    first of all|for example|for instance|in my opinion|in my view|on the one hand|on the other hand|in that case
    in this case|to be honest|to be fair|by the way|the thing|the problem|the reason|the main reason|the question
    the main thing|the issue|the point|as i said|like i said|personally|honestly|basically|actually
    ideally|anyway|in general|generally|let me|let us|first off|so far|at the moment|on top of that|also|only|make sure
    i decided|i would say|my suggestion|my idea|my preference|the best option|the only problem|i would|please let
    it looks|it seems|it sounds|that sounds|it feels|it means|that means|which means|could you please|can you please
    would you please|i would please|please could you|please can you|rather|even|just
    """)

# What may stand before a preposition that is left alone once its object has been named.
STRANDING: dict[str, frozenset[str]] = {
    "for": word_set("""
        looking look ask asked asking wait waiting pay paid pays search searching hoping hope vote stand aim hoped
        care planned plan it used came go going prepared
    """),
    "with": word_set("""
        go going start started live work working deal agree stick come comfortable happy familiar talk talking spoke
        begin began wrong help stuck with it
    """),
    "about": word_set("""
        talk talking talked think thinking thought tell told know worry worried hear heard care ask asked asking
        complain mention forgot read it is was concerned spoke all
    """),
    "to": word_set("""
        talk talking listen refer referring belong used point connect speak send sent give write come go spoke
        talked
    """),
    "on": word_set("""
        work working worked depend depends rely count run runs running base settle focus click bet agree agreed
        based it decided stuck is are
    """),
    "at": word_set("look looking looked aim aiming work good arrive"),
    "of": word_set("think thinking know hear heard rid care made aware proud afraid sure thought capable part"),
    "in": word_set("interested believe live log come it is are was"),
    "from": word_set("come comes came get gets hear coming borrow taken it started are you is"),
    "by": word_set("meant mean go stand stop drop come"),
    "without": word_set("do live with or"),
    "through": word_set("go come get went it"),
    "after": word_set("looking day week month year right soon shortly one ever thing"),
    "before": word_set("never ever like as seen day week month year night one done asked had used it that said than"),
    "since": word_set("ever long"),
    "over": word_set("start it all move take go think is are hand them that's game left come"),
    "under": word_set("go"),
    "near": word_set("is are it"),
}

# Verb and particle that are whole: "go on", "turn it on", "log in".
PARTICLES = phrase_set("""
    go on|come on|carry on|move on|keep on|later on|now on|early on|so on|and on
    is on|it's on|i'm on|both on|go in|come in|log in|check in|sign in|opt in|plug in|all in|i'm in|me in|us in|join in
    chip in|built in|step in|stand by|stop by|go by|drop by|near by|get by|passing by|go through|carry through
    it through|ever since|right after|soon after|the one after|the day after|the week after|day before|week before
    do without|kind of|sort of|feel like it|as well|stuff like|taken care of|go for|paid for|start over|it over|all over
    think it over|want in|count me in|bring it on|try on|get on|get in|tune in|fill in|give in
    """)

BREAKS = frozenset({"is", "was", "because", "and", "but", "if", "so"})
"""Before them the object of a verb at the end is no longer looked for."""
NOUN_OPENERS = word_set("no any the a an this that my our data phone first last next")
"""After them what may be a verb is a noun: "no need"."""
POINTING = word_set("the this any those")
BEFORE_A_LABEL = word_set("use take with for choose pick option port on is version and say")
BEFORE_A_PLAIN_DOT = word_set("the a good no that this some my your")
WANTING = word_set("want need have like use")
"""After them "to" opens: "I want to"."""
OPEN_ADVERBS = word_set("only still not pretty fairly most")
"""Those that open a sentence of one word."""
BEFORE_AN_OPEN_ADVERB = word_set("it you and or but because so a")
BEFORE_AN_OPEN_PRONOUN = word_set("and or but that so sure maybe perhaps")
WHOLE_CLAUSES = word_set("and or but say mean until since that so maybe")
"""Those of `SUBORDINATORS` after which a pronoun is whole: "and you"."""
ATTRIBUTES_AFTER_THE = word_set("main whole entire actual current existing exact only original")
QUESTION_WORDS = word_set("which what who where when why how whom either")
QUANTITIES = word_set("some several many certain other his")
