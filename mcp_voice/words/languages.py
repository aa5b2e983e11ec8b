"""Function words of languages other than English: enough to see that a sentence cannot be over, no grammar."""

from __future__ import annotations

from dataclasses import dataclass

from mcp_voice.words.text import phrase_set, word_set

__all__ = ["LEXICONS", "Lexicon"]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What a language's sentences end in; everything in lower case, with its accents."""

    dangling: frozenset[str]
    """Last words that ask for more: articles, prepositions, conjunctions, subject pronouns, auxiliaries."""
    fillers: frozenset[str]
    openings: frozenset[str]
    """Last words, more than one, that ask for more."""
    whole: frozenset[str]
    """Sentences that are whole though their last word is listed above."""
    closings: frozenset[str]
    """Endings, more than one word, that are whole all the same."""
    requests: frozenset[str]
    """Requests to wait."""


LEXICONS = {
    "de": Lexicon(
        dangling=word_set("""
            der die das den dem des ein eine einen einem einer eines mein meine meinen meinem dein deine unser unsere
            unseren ihr ihre kein keine keinen und oder aber denn weil dass ob wenn obwohl damit sondern als falls bevor
            nachdem während in im auf für von vom zu zum zur bei beim nach über unter gegen ohne um durch zwischen wegen
            seit bis pro per ich wir er sie man ist sind bin war wäre hat hätte haben habe wird würde würden werde kann
            könnte können muss müssen soll sollte sollten sollen will wollen möchte möchten brauche brauchen nehme sehr
            ziemlich etwa ungefähr sowie heißt heisst denke glaube sagen entweder weder
        """),
        fillers=word_set("äh ähm öh öhm hm hmm mh also"),
        openings=phrase_set("""
            ich meine|das heißt|zum beispiel|es kommt darauf an ob|eine art|anstatt|auf keinen
        """),
        whole=phrase_set("""
            das|die|der|den|ich|wir|sie|nach|das ist es|ja ich will|sie ist|er ist|ich bin|wir sind|ja wir sollten|du
        """),
        closings=phrase_set("""
            ja das|genau das|nur das|mach das|mache das|nimm das|nimm die|nimm den|ich das|wir das|mit das|ja die
            ja ich kann|ja wir können|ja das ist|was das ist|wer das ist|wo das ist|ja es ist|nein ist es nicht
            ja ist es|wie das ist|was ich möchte|was wir brauchen|die wir brauchen|den ich meine|die ich meine
            das ich meine|machen wir|nehmen wir|das kann ich|das glaube ich|glaube ich|denke ich|das denke ich|meine ich
            weiß ich|das will ich|das möchte ich|mehr als genug|schau nach|ab und zu
            es ein|das ein|ihn ein|schalt ein|hör zu|mach zu|um die ecke|er hat
            das hat
        """),
        requests=phrase_set("""
            warte|warte mal|moment|moment mal|einen moment|einen moment bitte|einen augenblick|eine sekunde|sekunde
            lass mich überlegen|lass mich nachdenken|lass mich kurz überlegen|mal sehen|kleinen moment
        """),
    ),
    "es": Lexicon(
        dangling=word_set("""
            el la los las un una unos unas mi tu su mis tus sus nuestro nuestra nuestros nuestras este estos estas y e o
            u pero porque que si aunque cuando como donde mientras pues sino de del a al en con por para sin sobre entre
            hasta desde hacia según contra es son soy era está están estoy fue sería ha han he había hay puede podría
            podemos debe debería debemos quiero quiere queremos quisiera necesito necesitamos prefiero usamos yo
            nosotros muy tan cada creo pienso me te se lo le les nos
        """),
        fillers=word_set("eh em este ehm hmm mmm"),
        openings=phrase_set("""
            o sea|es decir|por ejemplo|tengo que|hay que|vamos a|voy a|creo que|en vez de|depende de
        """),
        whole=phrase_set("""
            si|más|menos|este|yo|sí quiero|sí lo es|sí es|lo es|sí hay|no hay|él|lo|como|qué|así es|creo
        """),
        closings=phrase_set("""
            no lo es|sí lo hay|lo que quiero|lo que necesito|la que quiero|el que quiero|como está|cómo es|qué es
            quién es|dónde está|dónde es|así está|ya está|lo que es|un poco más|nada más|algo más|más o menos
            ni más ni menos|yo creo|eso creo|para qué|por qué|de más|uno más|una más|hazlo como quieras|lo que prefiero
            claro que si|lo sé|por lo menos|al menos|no más|no está|no puede|sí puede|sí podemos|no podemos|no es
            tú y yo
        """),
        requests=phrase_set("""
            espera|espere|un momento|un momento por favor|un segundo|dame un segundo|dame un momento|déjame pensar|a ver
            déjame ver
        """),
    ),
    "fr": Lexicon(
        dangling=word_set("""
            le la les un une des du de au aux mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs ce cet
            cette ces et ou mais car parce que qui si quand comme lorsque puisque donc ni à en dans sur sous avec sans
            pour par chez vers entre contre depuis jusque je j on nous il elle ils elles est sont suis était serait a
            ont ai avait avons peut pourrait pouvons doit devrait devons veux veut voulons voudrais aimerais faut très
            chaque c'est qu j'ai j'aimerais d'un d'une qu'il qu'on qu'elle s'il quelques
        """),
        fillers=word_set("euh heu hum hem ben hmm bah"),
        openings=phrase_set("""
            c'est à dire|par exemple|il faut|on va|je vais|je pense|je crois|est ce que|parce qu|à cause de
        """),
        whole=phrase_set("""
            si|plus|moins|assez|trop|il faut|je pense|non plus|en plus|oui je veux|je veux|on peut|oui on peut|à qui
        """),
        closings=phrase_set("""
            ce que je veux|celui que je veux|celle que je veux|si tu veux|comme tu veux|ce qu'il faut|oui il est|à nous
            pour nous|avec nous|avec elle|pour elle|avec elles|moi non plus|un de plus|en plus|de plus|rien de plus
            plus ou moins|au moins|du moins|où il est|où elle est|comme il est|ce que c'est|je pense que si|allons y
            vas y|oui c'est|tant mieux|moi je pense|pas assez|c'est assez|c'est trop|pas trop|pas plus|comme ça l'est
            ce que je pense|oui on devrait
        """),
        requests=phrase_set("""
            attends|attendez|un instant|un moment|une seconde|une minute|laisse moi réfléchir|laissez moi réfléchir
            je réfléchis|voyons|attends une seconde|un instant s'il vous plaît
        """),
    ),
    "it": Lexicon(
        dangling=word_set("""
            il lo la i gli le un uno una del dello della dei degli delle al allo alla ai agli alle nel nello nella nei
            nelle sul sullo sulla sui dal dallo dalla mio mia tuo tua suo sua nostro nostra questo quel quella e ed o
            oppure ma perché che se anche quando come dove mentre però quindi di a da in con su per tra fra senza sopra
            sotto verso fino io noi è sono era sarebbe ha hanno ho aveva può potrebbe possiamo deve dovrebbe dobbiamo
            voglio vuole vogliamo vorrei preferisco molto ogni c'è mi ti si ci
        """),
        fillers=word_set("ehm uhm mmm eh cioè"),
        openings=phrase_set("per esempio|penso che|credo che|dipende da|invece di|ho bisogno di|vuol dire"),
        whole=phrase_set("""
            si|più|meno|questo|sì lo è|sì è|lo è|così è|io|noi|sì c'è|non c'è|molto|come|dove|quando|sì lo voglio
        """),
        closings=phrase_set("""
            quello che voglio|quella che voglio|se vuole|come è|cos'è|che cos'è|chi è|dov'è|cosa è|lo voglio|di più
            più o meno|nient'altro|non molto|tocca a noi|con noi|per noi|per me|anche io|anch'io|lo so|non di più|va su
            credo di si|penso di si|credo di sì|usa questo|prendi questo|con questo|per questo|non può|si può|non c'è
            mi piace molto|uno in meno|non lo è|uno in più|grazie a te|che ora è|vai su
        """),
        requests=phrase_set("""
            aspetta|aspetti|un momento|un attimo|un secondo|fammi pensare|fammi vedere|vediamo|dammi un secondo
        """),
    ),
    "nl": Lexicon(
        dangling=word_set("""
            de het een mijn jouw zijn haar ons onze hun en of maar want omdat dat als hoewel terwijl zodat dus van in op
            aan met voor bij naar uit over onder tegen zonder om door tussen tot sinds te ik we wij hij ze is ben was
            waren heeft hebben heb had kan kunnen zou zouden moet moeten wil willen zal zullen wordt worden mag gebruik
            gebruiken neem heel erg zeer ongeveer elke ieder geen dan
        """),
        fillers=word_set("eh ehm uh uhm euh hmm nou"),
        openings=phrase_set("""
            ik bedoel|ik denk|bijvoorbeeld|dat wil zeggen|het hangt af van|in plaats van|ik zou|ik denk dat
        """),
        whole=phrase_set("""
            dat|het|ik|wij|geen|zo is het|dat is het|ja dat is het|uit|aan|op|door|over|waarom dan|ja ik wil|ja dan
        """),
        closings=phrase_set("""
            doe dat|doe het|ja dat|precies dat|alleen dat|wat is dat|neem dat|met dat|geen van|zet het aan|zet het uit
            ga door|wat ik wil|die ik wil|wat we willen|als je wil
            ik denk het|hoe het is|wat het is|waar het is|ik ook|denk ik
            dat denk ik|dat is het|dat weet ik|zo is het|wat dan|wie dan|doe maar|nee dat is het|toe maar|ga maar
            ga je gang maar|log in|dan wel|goed dan|oké dan|liever dat|zet hem uit|zet hem aan|kom op|kom binnen
            kies maar|zeg maar|ik heb het|ik wil het|ik weet het|dat kan|ja dat kan|dat mag|ja dat mag|dat moet|weet ik
            hou op|zeker dat
        """),
        requests=phrase_set("""
            wacht|wacht even|een moment|een moment alsjeblieft|momentje|een seconde|even denken|laat me denken
            laat me even denken|even kijken
        """),
    ),
    "pt": Lexicon(
        dangling=word_set("""
            o a os as um uma uns umas meu minha teu tua seu sua nosso nossa este esta esse essa do da dos das no na nos
            nas ao à aos às pelo pela num numa e ou mas porque que se embora quando como onde enquanto pois de em com
            por para sem sobre entre até desde contra eu nós é são sou era está estão estou foi seria tem têm tenho
            tinha há pode poderia podemos deve deveria devemos quero quer queremos queria preciso precisamos prefiro
            usamos muito cada acho penso me te lhe
        """),
        fillers=word_set("ahn hum hmm eh tipo é"),
        openings=phrase_set("""
            ou seja|quer dizer|por exemplo|acho que|tenho que|vamos|vou|depende de|em vez de
        """),
        whole=phrase_set("""
            é|mais|menos|eu|nós|pode|sim pode|sim é|sim quero|quero|é sim|não é|vamos|acho|este|esta|esse|essa|está
            não há|muito|como|onde|quando|sim tenho|tenho|não tenho|sim há|há|não sou|sou|sim sou
        """),
        closings=phrase_set("""
            o que eu quero|a que eu quero|o que quero|se quer|como está|o que é|quem é|onde está|onde é|assim é|já está
            um pouco mais|nada mais|mais ou menos|eu acho|para quê|por quê|pelo menos|não muito|não mais|eu também
            não pode|use este|use esse|use esta|use essa|com este|com esse|com nós|não é|não está|que horas são|não foi
            já foi|já era|sim podemos|não podemos|lá está|eu tenho|muito mais|vamos|não quero|como você quer
        """),
        requests=phrase_set("""
            espera|espere|um momento|um segundo|um instante|deixa eu pensar|deixe me pensar|deixa eu ver|deixe me ver
            me dá um segundo|só um momento|só um segundo
        """),
    ),
}
