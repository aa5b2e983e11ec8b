"""English endings of several words, as patterns: one thought a line, `^` for the whole of it."""

from __future__ import annotations

import re

from mcp_voice.words.languages.lexicon import endings

__all__ = ["ELLIPTIC", "ELLIPTIC_WITH_YES", "OPEN", "THOUGHT", "TIME", "WHOLE"]

HE = r"(?:i|you|we|they|he|she|it)"
NP = r"(?:i|you|we|they|he|she|it|that|this|there|those|these|one|ones|all|both|none|neither)"
WH = r"(?:what|which|who|where|when|why|how)"
BE = r"(?:is|are|am|was|were)"
AUX = r"(?:will|would|can|could|should|may|might|must|do|does|did|have|has|had|is|are|am|was|were)"
WHILE = r"(?:a |one |half a )?(?:couple of |few |little )?(?:sec|second|moment|minute|bit|tick)s?"
KNOW = (
    r"(?:know|see|sure|remember|me|you|ask|check|depends on|idea|wonder|guess|explain|out|matter|care|understand|tell)"
)

TIME = endings(rf"""
    (?:hold|hang) on(?: {WHILE})?
    ^wait(?: wait)*
    (?:no|please|actually|sorry|and|but|just|okay|oh|so) wait
    wait {WHILE}
    (?:hold|hang) on a \w+
    bear with me(?: for)?(?: {WHILE})?
    (?:give|get) me(?: just)? {WHILE}(?: to think)?
    let me (?:just )?(?:think|see|check|look|look it up|find it|have a look)(?: (?:about|at|of) (?:it|this|that))?(?: for)?(?: {WHILE})?
    i(?:'m| am) (?:still )?thinking
    i need (?:to think|{WHILE})(?: (?:about it|to think|to think about it))?
    ^where was i
    how (?:do|should|shall|can) i (?:put|say) (?:this|it|that)
    ^(?:a|one|just a|just one) (?:sec|second|moment|minute)
    ^(?:that's a |that is a )?good question
""")  # noqa: E501 - one phrase, one line

# Whole, however they end.
WHOLE = endings(rf"""
    ^(?:kind of|sort of|like what|what for|why|how|who|when|where|what|which|sorry what)
    (?:think|hope|guess|suppose|believe|say|said|told me|if|not|why|how|do|or|even|very|just|quite) so
    (?:as|very|works?|working|went|going|pretty|oh|equally|really|did|do|it) well
    (?:as|let|how do|don't) you know|do you know|let you know|(?:if )?you know what i mean|what (?:do |did )?(?:you|i|we) (?:mean|meant)
    not (?:really|quite|exactly|actually)|(?:oh|no|yes) really|^really
    (?:or|maybe|why|course|rather|probably|definitely|better|hope|guess|think|certainly|absolutely|if|please) not
    (?:some|no|any|once|a bit|a little|much|lot|one|two|three|few|me|many|nothing) (?:more|less)|more or less
    at (?:the )?most|thank you|plus plus|no (?:use|need|change|need to)
    (?:like|as|than) (?:always|usual|before|already)|no need to|^(?:not|so|no) that i (?:know|can think|have heard) of
    as far as {HE} (?:know|can see|can tell|remember)
    (?:please|will|can|that'll|that will) do
    (?:there|here) (?:you|we|it|they) (?:are|go|is)|there you have it
    (?:if|as|when|whenever|whatever|whichever|wherever|however) (?:you|they) (?:want|like|prefer|wish|please|see fit)
    (?:if|when|whenever|unless|as|than) {HE} (?:want|need|like|have|had|used|wish|wanted|care|happen) to
    (?:if you|if we|if possible|as|than|whenever|all|much|soon|fast|many) {HE}? ?(?:can|may|must|should|have|has|do|does|did)
    {KNOW} {WH}(?: \w+){{1,4}} (?:{AUX}|be|being)
    (?:how|where|who|as|way|like|than|whatever|wherever|(?:that's|know|see|about) what) (?:{NP}|there) {BE}
    (?:as|than|way|how|where|what|like) .*(?:to be|used to|supposed to|going to|would be|should be|be)
    (?:{KNOW}|no matter|not|or|and|so|guess|show me|know|learn|that's) (?:why|how|what)|{KNOW} (?:who|when|where|which|which one)
    the time being|let it be|if need be|(?:what|nothing) to do|who knows
    (?:neither|nor|so) (?:do|did|am|have|would|can|should|will) {HE}|than (?:i|we|they|he|she)
    (?:i|we|they|he|she)(?: would|'d)(?: really)? (?:love|hate) to
    (?:one|it|that|this|them|me|us|you|him|her) (?:too|also|really|already|now)|already (?:did|do|have|has|are|is|am|was)
    (?:is|was|be|it's|not|are) (?:his|hers|mine|yours|ours|theirs)
    or (?:whatever|something|anything|so)|(?:i|we|they)(?: really)? (?:know|see)
    (?:ask|call) who|(?:hear|heard|seen|done|used|tried|met|said|had|did|do)(?: it| this| that| them)? before
    (?:how|not|too|so|that|as|very|this) (?:many|much|few)|(?:ask|tell|give|show|with|for|to|call|from) (?:her|him)
    (?:with|from|either of) either|where .* from|i(?: am|'m) in|^(?:on|in|before|after|over|under|through)
    ^you (?:choose|pick|say|call)|(?:it is|it's|that's|all|game) over
    (?:turn|switch|put|leave|keep|have|try|pull|take|bring|think|talk|hand|look|go) \w+(?: \w+)? (?:on|over)
    {WH} (?:\w+ )?{BE} (?:it|you|they|we|he|she|i|that|this|those|there)
    (?:been|was|were|is|be) (?:taken care of|paid for|dealt with|agreed on|asked for|worked on)
""")  # noqa: E501 - one thought, one line

# An answer by pronoun and auxiliary alone.
ELLIPTIC = endings(rf"""
    ^{HE} (?:do|does|did|is|are|am|can)
    ^(?:we|you|it|they|he|she) should|^(?:it|they|he|she) (?:will|could|might|may|must)
    ^you (?:could|may|must)|^it has|^we can't
    ^{HE} (?:wouldn't|shouldn't|isn't|aren't|wasn't|weren't|mustn't)
    ^(?:it |they )?(?:could|might|should|must|may|will) (?:not )?be
    ^(?:please |just )*(?:don't|do not)
    (?:ones?|both|all|neither|none|nobody|every(?:body|one)|else|somebody|someone) (?:do|does|did|can|should|would|will)
    ^(?:you |we )?(?:don't|won't|do not|didn't) have to|^you (?:don't|do not) need to
    ^(?:i|we) (?:don't|do not|didn't) (?:really )?want to
""")

# The same, but it opens a sentence ("I would like ...") unless yes or no came first, or a full stop was heard.
ELLIPTIC_WITH_YES = endings(rf"""
    ^{NP}(?: really| probably| definitely| certainly| already| never)? (?:{AUX}|\w+n't|cannot|should be|would be)
    ^{NP} {AUX} not|^{HE}'(?:m|s|re) not|^(?:that|there)'s not|^not|^{HE} (?:have|has|had) been
    ^(?:i|we) (?:really |don't |do |would )*want to|^(?:i|we) (?:don't )?(?:think|guess|suppose|believe)
""")

# They ask for more, whatever the last word alone would say.
OPEN = endings(rf"""
    ^(?:the|a|an|our|my|your|this|that|some|one) (?:old |new |first |main |only |other )?(?:thing|problem|issue|point|reason|question|idea) (?:{HE}|that|with|is|was)(?: (?:need|want|have|that))?
    (?:point|problem|thing|reason|fact|question|idea|issue)(?: with \w+)? (?:is|was) that
    (?:something|anything|one|ones|things?|those|someone|everything|version) (?:that|which|who)
    (?:what|how) about|(?:send|give|let|lend|buy|bring|make|help|get|let's) (?:me|us)|give (?:it|them|him|her)
    (?:make|put|set|call|name|turn|paint|rename) (?:it|them)|(?:change|set|turn) it to
    ^(?:please )?(?:make|turn|paint) (?:the|this|that|my|our) \w+(?: a bit| a little)?
    (?:would like|i'd like|want|need|like) (?:you|us|them|him|her)(?: to)?
    ^(?:if|unless) (?:the|a|an|our|my|your|this) \w+
    ^if(?! possible| necessary| needed| so| you| anything| any)(?: \w+){{2,4}}
    (?:because|although|while|when|whether|and|but|or) (?:the|our|my|your) (?:old |new )?\w+
    (?:is|are|was|be|it's|that's|they're) (?:a bit|a little|too|much|a lot|far|way|rather|kind of|sort of|so|more|most|less)
    (?:a|the|make it|be|something) (?:bit |little |much |lot )?(?:more|most|less|least)|make it a (?:little|bit)
    ^(?:{WH} )?(?:could|can|would|will|should|did|does|were|shall|am|has|have) {HE}(?: please| just)?|^(?:{WH} )?do (?:you|we|i|they)
    ^(?:is|are|was|were) {NP}(?: (?:any|a|some|the|an))?
    depends (?:on|upon)(?: {WH}| whether| if)?
    (?:in front|on top|instead|ahead|because|out|a lot|a couple|most|some|any|one|all|end|part|list|kind|number) of
    (?:according|next|close|similar|due|thanks|compared|related|back|up) to|as (?:\w+ )?as|as well as|^(?:just )?at least
    (?:and|or|but|so|because) (?:then|maybe|also|perhaps|probably|just|now)|^(?:and|but|so) then {HE}
    (?:there|here) (?:is|are|was|were|will be|should be)(?: (?:some|no|many|only|also))?|there's no
    (?:somewhere|something|anything|anywhere) (?:between|around|like|about|above|below)|(?:a|an) (?:few|couple|kind|sort) of
    i (?:was|am) (?:just |also )?(?:thinking|wondering|going|hoping|about)|i'm (?:just )?(?:wondering|hoping|afraid|trying)
    (?:the fact|except|such|given|provided|sure|means|now|so|only|case|thinking|said|says?|decided|told \w+|found|learned|heard|read|worried|glad|happy|guess is|idea is|assume) that
    (?:tell|remind|told|ask) \w+(?: (?!about |for |of |to |with |after |before |like |on )\w+)? that|you'd better|^(?:whoever|wherever|however)|^maybe (?:try|use|add|ask|make|just)
    i (?:think|guess|believe|suppose|hope|feel|mean|say|know|assume|suggest) (?:that|this|it|there|these|those)
    (?:you should|you could|you can|need to|want to|have to) ask
    ^(?:in case|you know|i know that|not only|not just|make sure)
""")  # noqa: E501 - one thought, one line

# A thought that nothing was said of yet, but its verb.
THOUGHT = re.compile(
    r"^(?:i|we|they|you|he|she)(?:'d|'ll)?(?: (?:don't|do|would|just|really|also|still|was|can))* \w+$"
)
