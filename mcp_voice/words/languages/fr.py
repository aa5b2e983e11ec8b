"""French. `Lexicon` tells what each field holds."""

from __future__ import annotations

from mcp_voice.words.languages.lexicon import Consent, Lexicon, endings, said_set, sentences
from mcp_voice.words.text import phrase_set, word_set

__all__ = ["FRENCH"]

FRENCH = Lexicon(
    dangling=word_set("""
        le la les un une des du de au aux mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs ce cet
        cette ces et ou mais car parce que qui si quand comme lorsque puisque donc ni à en dans sur sous avec sans
        pour par chez vers entre contre depuis jusque je j on nous il elle ils elles est sont suis était serait a
        ont ai avait avons peut pourrait pouvons doit devrait devons veux veut voulons voudrais aimerais faut très
        chaque c'est qu j'ai j'aimerais d'un d'une qu'il qu'on qu'elle s'il quelques
    """),
    fillers=word_set("euh heu hum hem ben hmm bah"),
    openings=endings("""
        c'est à dire|par exemple|il faut|on va|je vais|je pense|je crois|est ce que|parce qu|à cause de
    """),
    whole=sentences("""
        si|plus|moins|assez|trop|il faut|je pense|non plus|en plus|oui je veux|je veux|on peut|oui on peut|à qui
    """),
    closings=endings("""
        ce que je veux|celui que je veux|celle que je veux|si tu veux|comme tu veux|ce qu'il faut|oui il est|à nous
        pour nous|avec nous|avec elle|pour elle|avec elles|moi non plus|un de plus|en plus|de plus|rien de plus
        plus ou moins|au moins|du moins|où il est|où elle est|comme il est|ce que c'est|je pense que si|allons y
        vas y|oui c'est|tant mieux|moi je pense|pas assez|c'est assez|c'est trop|pas trop|pas plus|comme ça l'est
        ce que je pense|oui on devrait
    """),
    requests=endings("""
        attends|attendez|un instant|un moment|une seconde|une minute|laisse moi réfléchir|laissez moi réfléchir
        je réfléchis|voyons|attends une seconde|un instant s'il vous plaît
    """),
    yes=said_set("""
        oui|ouais|ouaip|d'accord|bien sûr|vas-y|vas y|allez-y|allez y|parfait|exact|exactement|c'est ça|volontiers
        okay|ok
        certainement|tout à fait|absolument|entendu|évidemment|avec plaisir|mais oui|oui oui|bien entendu
    """),
    no=said_set("""
        non|nan|non non|jamais|pas du tout|surtout pas|absolument pas|bien sûr que non|certainement pas|pas maintenant
        pas encore|mais non|hors de question|pas question|plutôt pas
    """),
    denials=said_set("""
        ne|n|pas|non|nan|jamais|aucun|aucune|rien|ni|nul|nulle|sans|plus|guère|point|surtout pas|hors de question|contre
        arrête|arrêtez|arrêter|stop|annule|annulez|évite|évitez|éviter|oublie|oubliez|laisse tomber|laissez tomber
        interdit
        refuse|refuser|déconseille|erreur|mauvais|mauvaise|bof|assez|fini|attends|attendez|impossible|déteste|faux|pire
    """),
    exceptions=said_set("""
        sauf|excepté|hormis|hors|à part|au lieu|à l'exception|plutôt que|autre|autrement|en dehors|tout mais
    """),
    doubts=said_set("""
        peut être|probablement pas|sais pas|sait pas|hésite|aucune idée|doute|pas sûr|pas sûre|éventuellement|possible
        possiblement|ça dépend|dépend|on verra|plus tard|bizarre|difficile
    """),
    conditions=said_set("si|seulement|uniquement|à condition|sous réserve|à moins|mais|quoique|cependant|sinon|quand"),
    also_english=word_set("assez bizarre fini impossible nan plus point possible refuse sans si stop"),
    courtesy=said_set("""
        s'il te plaît|s'il vous plaît|s'il te plait|s'il vous plait|merci|merci bien|merci beaucoup|je vous en prie
        je t'en prie|stp|svp|euh|heu|hum|hem|ben|bah|ah|oh|eh bien
    """),
    around=said_set("""
        je|j|on|nous|tu|vous|il|elle|c|ce|cela|ça|le|la|les|l|un|une|de|d|du|des|moi|prends|prend|prenons|prendre
        prendrai|prendrais|choisis|choisit|choisir|choisissons|préfère|préférerais|préférons|veux|voudrais|veut
        voulons|aimerais|aime|vais|va|allons|aller|avec|pour|pense|crois|dirais|dis|dit|est|serait|sera|alors|donc|et
        bon|bien|mieux|meilleur|meilleure|plutôt|très|super|génial|parfait|plaît|faut|fais|fait|faire|faisons|faites
        maintenant|tout de suite|mets|mettons|utilise|utiliser|utilisons|utilisez|devrait|devrions|option|choix
        réponse|mon|ma|ici|voilà|celui|celle|opte|reste|restons|en|y|suis|favori|définitivement|clairement|simplement
        ai|me|vote|vais à|reste sur|restons sur|allez|je pense que|je crois que|je dirais que|va pour
    """),
    reasons=said_set("parce que|parce qu|car|puisque|puisqu"),
    consent=Consent(
        yes=said_set("oui|ouais|ouaip"),
        assent=said_set("super|très bien"),
        commands=said_set("envoie|envoyez|faites|vas-y envoie|allez-y envoyez"),
        why_not=said_set("pourquoi pas|et pourquoi pas"),
        no=said_set("non|pas|jamais|annule|annulez|arrête|arrêtez|stop|laisse tomber|plutôt"),
        courtesy=said_set("""
            merci|très|bien|c'est|bon|le|la|mail|e-mail|maintenant|alors|pas de problème|pas de souci|sans problème
        """),
    ),
    digits=word_set("zéro un deux trois quatre cinq six sept huit neuf"),
    numbers=word_set("""
        une dix onze douze treize quatorze quinze seize vingt vingts trente quarante cinquante soixante septante
        huitante octante nonante cent cents mille virgule
    """),
    number_joiners=word_set("et"),
    before_numbers=word_set("euh oui"),
    one_letter_words=word_set("a à un y"),
    signs=said_set("arobase|at|point|tiret|tiret bas|underscore|slash|barre oblique|deux points"),
    before_signs=word_set("quel"),
    symbols=(("@", "arobase"), (".", "point"), ("_", "tiret bas"), ("-", "tiret"), ("+", "plus")),
    notes=word_set("do ré mi fa sol la si"),
    sharps=word_set("dièse"),
    flats=word_set("bémol"),
    story_endings=phrase_set("c'est tout|voilà tout|c'est fini|j'ai fini|rien d'autre|c'était tout"),
    before_story_ending=phrase_set("et|et puis|voilà|bon|oui|je crois que|je pense que|donc"),
    joining="et",
    greetings=said_set("allô|allo|oui allô|oui allo|allô allô|bonjour|bonsoir|qui est à l'appareil|allô qui est là"),
    tones=said_set("""
        après le bip|après le bip sonore|après le signal|après le signal sonore|après la tonalité
    """),
    mailboxes=said_set("""
        messagerie|boîte vocale|répondeur|laissez un message|laisser un message|laissez moi un message|votre message
        n'est pas disponible|votre correspondant|pas disponible pour le moment
    """),
    cut_off="Pardon, j'ai été coupé.",
)
