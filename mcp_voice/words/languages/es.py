"""Spanish. `Lexicon` tells what each field holds."""

from __future__ import annotations

from mcp_voice.words.languages.lexicon import Consent, Lexicon, endings, said_set, sentences
from mcp_voice.words.text import phrase_set, word_set

__all__ = ["SPANISH"]

SPANISH = Lexicon(
    dangling=word_set("""
        el la los las un una unos unas mi tu su mis tus sus nuestro nuestra nuestros nuestras este estos estas y e o
        u pero porque que si aunque cuando como donde mientras pues sino de del a al en con por para sin sobre entre
        hasta desde hacia según contra es son soy era está están estoy fue sería ha han he había hay puede podría
        podemos debe debería debemos quiero quiere queremos quisiera necesito necesitamos prefiero usamos yo
        nosotros muy tan cada creo pienso me te se lo le les nos
    """),
    fillers=word_set("eh em este ehm hmm mmm"),
    answering_fillers=word_set("este mmm"),
    openings=endings("""
        o sea|es decir|por ejemplo|tengo que|hay que|vamos a|voy a|creo que|en vez de|depende de
    """),
    whole=sentences("""
        si|más|menos|este|yo|sí quiero|sí lo es|sí es|lo es|sí hay|no hay|él|lo|como|qué|así es|creo
    """),
    closings=endings("""
        no lo es|sí lo hay|lo que quiero|lo que necesito|la que quiero|el que quiero|como está|cómo es|qué es
        quién es|dónde está|dónde es|así está|ya está|lo que es|un poco más|nada más|algo más|más o menos
        ni más ni menos|yo creo|eso creo|para qué|por qué|de más|uno más|una más|hazlo como quieras|lo que prefiero
        claro que si|lo sé|por lo menos|al menos|no más|no está|no puede|sí puede|sí podemos|no podemos|no es
        tú y yo
    """),
    requests=endings("""
        espera|espere|un momento|un momento por favor|un segundo|dame un segundo|dame un momento|déjame pensar|a ver
        déjame ver
    """),
    yes=said_set("""
        sí|si|claro|vale|de acuerdo|por supuesto|adelante|correcto|exacto|perfecto|hazlo|hágalo|okay|ok|okey|desde luego
        claro que sí|sin duda|sí sí|eso es|cómo no|con gusto|bueno
    """),
    no=said_set("""
        no|no no|nunca|jamás|mejor no|de ninguna manera|en absoluto|para nada|ni hablar|claro que no|por supuesto que no
        ahora no|todavía no|aún no|ni de broma|que no|no quiero|qué va
    """),
    denials=said_set("""
        no|nada|nadie|nunca|jamás|ningún|ninguno|ninguna|ni|tampoco|sin|de ninguna manera|de ningún modo|en absoluto
        contra
        para|pare|parar|detén|detente|cancela|cancelar|evita|evite|evitar|olvida|olvídalo|olvídate|olvide|deja|deje
        basta
        prohibido|rechazo|error|malo|mala|mal|peor|espera|espere|imposible|odio|stop|alto|ni hablar|menos mal
    """),
    exceptions=said_set("""
        menos|excepto|salvo|a excepción|en vez|en lugar|fuera de|aparte de|otro|otra|otros|otras|antes que|quitando
        exceptuando|eso que|esto que|mejor que|esa que|ese que|este que|esta que|está bien de|cualquiera que
    """),
    doubts=said_set("""
        quizás|quizá|tal vez|a lo mejor|acaso|puede que|puede ser|posiblemente|no sé|dudo|duda|dudas|depende
        no estoy seguro
        no estoy segura|ni idea|igual|seguramente no|ya veremos|luego|más tarde|difícil
    """),
    conditions=said_set(
        "si|solo|sólo|solamente|únicamente|siempre que|siempre y cuando|a menos|pero|aunque|sin embargo|cuando"
    ),
    also_english=word_set("alto contra detente error fuera mal no para pare salvo si stop"),
    courtesy=said_set("""
        por favor|gracias|muchas gracias|muy amable|mil gracias|eh|em|ehm|mmm|ah|oh|pues
    """),
    around=said_set("""
        yo|nosotros|tú|usted|lo|la|el|los|las|un|una|de|del|me|nos|se|eso|esto|esa|ese|quiero|queremos|quisiera
        prefiero|preferimos|preferiría|elijo|elegimos|elegiría|escojo|escogemos|tomo|tomamos|tomaría|cojo|usar|uso
        usamos|usemos|usa|utilizar|utilizamos|voy|vamos|con|por|creo|pienso|digo|diría|que|es|sea|sería|está|estoy
        entonces|pues|así|bien|bueno|buena|mejor|muy|gusta|gustaría|parece|ahora|ya|haz|hagamos|hacer|haga|hago|pon
        poner|ponemos|debemos|deberíamos|opción|respuesta|elección|mi|aquí|y|en|favorito|definitivamente|claramente
        simplemente|voto|opto|genial|me quedo|quedo|adelante|necesito|necesitamos|voy a|vamos a|voto por|me gusta más
        elige|elegid|ahora mismo
    """),
    reasons=said_set("porque|ya que|puesto que"),
    consent=Consent(
        yes=said_set("sí|si"),
        assent=said_set("está bien|muy bien|estupendo|genial"),
        commands=said_set("""
            envíalo|envíelo|envíala|envíela|envía|envíe|mándalo|mándelo|manda|mande|hazlo|hágalo
        """),
        why_not=said_set("por qué no|y por qué no|cómo no"),
        no=said_set("no|nunca|cancela|cancelar|olvídalo|déjalo|mejor no|todavía"),
        courtesy=said_set("""
            por favor|gracias|que|muy|bien|lo|el|correo|ahora|así|es|eso
            no hay problema|sin problema|ningún problema
        """),
    ),
    digits=word_set("cero uno dos tres cuatro cinco seis siete ocho nueve"),
    numbers=word_set("""
        una diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve veinte veinti veintiún
        veintidós veintitrés veintiséis treinta cuarenta cincuenta sesenta setenta ochenta noventa cien ciento cientos
        doscientos trescientos quinientos setecientos novecientos mil coma
    """),
    number_joiners=word_set("y"),
    before_numbers=word_set("eh sí"),
    one_letter_words=word_set("a e o u y un uno"),
    signs=said_set("arroba|punto|guion|guión|guion bajo|guión bajo|barra|dos puntos"),
    symbols=(("@", "arroba"), (".", "punto"), ("_", "guion bajo"), ("-", "guion"), ("+", "más")),
    notes=word_set("do re mi fa sol la si"),
    sharps=word_set("sostenido"),
    flats=word_set("bemol"),
    story_endings=phrase_set("eso es todo|es todo|eso fue todo|nada más|ya está|he terminado"),
    before_story_ending=phrase_set("y|pues|bueno|y ya|creo que|y creo que|sí"),
    joining="y",
    greetings=said_set(
        "hola|aló|diga|dígame|sí dígame|sí diga|hola hola|buenos días|buenas tardes|quién es|quién habla"
    ),
    tones=said_set("""
        después de la señal|después del tono|tras la señal|tras el tono|después de oír la señal
    """),
    mailboxes=said_set("""
        buzón de voz|contestador|deje un mensaje|deje su mensaje|deja un mensaje|deja tu mensaje|no está disponible
        no se encuentra disponible|el número que usted marcó|el abonado
    """),
    cut_off="Perdón, se me cortó.",
)
