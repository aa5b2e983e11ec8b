"""Portuguese. `Lexicon` tells what each field holds."""

from __future__ import annotations

from mcp_voice.words.languages.lexicon import Consent, Lexicon, endings, said_set, sentences
from mcp_voice.words.text import phrase_set, word_set

__all__ = ["PORTUGUESE"]

PORTUGUESE = Lexicon(
    dangling=word_set("""
        o a os as um uma uns umas meu minha teu tua seu sua nosso nossa este esta esse essa do da dos das no na nos
        nas ao à aos às pelo pela num numa e ou mas porque que se embora quando como onde enquanto pois de em com
        por para sem sobre entre até desde contra eu nós é são sou era está estão estou foi seria tem têm tenho
        tinha há pode poderia podemos deve deveria devemos quero quer queremos queria preciso precisamos prefiro
        usamos muito cada acho penso me te lhe
    """),
    fillers=word_set("ahn hum hmm eh tipo é"),
    answering_fillers=word_set("tipo é"),
    openings=endings("""
        ou seja|quer dizer|por exemplo|acho que|tenho que|vamos|vou|depende de|em vez de
    """),
    whole=sentences("""
        é|mais|menos|eu|nós|pode|sim pode|sim é|sim quero|quero|é sim|não é|vamos|acho|este|esta|esse|essa|está
        não há|muito|como|onde|quando|sim tenho|tenho|não tenho|sim há|há|não sou|sou|sim sou
    """),
    closings=endings("""
        o que eu quero|a que eu quero|o que quero|se quer|como está|o que é|quem é|onde está|onde é|assim é|já está
        um pouco mais|nada mais|mais ou menos|eu acho|para quê|por quê|pelo menos|não muito|não mais|eu também
        não pode|use este|use esse|use esta|use essa|com este|com esse|com nós|não é|não está|que horas são|não foi
        já foi|já era|sim podemos|não podemos|lá está|eu tenho|muito mais|vamos|não quero|como você quer
    """),
    requests=endings("""
        espera|espere|um momento|um segundo|um instante|deixa eu pensar|deixe me pensar|deixa eu ver|deixe me ver
        me dá um segundo|só um momento|só um segundo
    """),
    yes=said_set("""
        sim|claro|com certeza|pode ser|certo|correto|exato|perfeito|tudo bem|está bem|tá bem|tá bom|okay|ok|isso|vale
        beleza
        sem dúvida|é claro|claro que sim|pode|sim sim|com prazer|está bom|combinado|de acordo
    """),
    no=said_set("""
        não|não não|nunca|jamais|melhor não|de jeito nenhum|de maneira nenhuma|de modo algum|nem pensar|claro que não
        agora não|ainda não|nada disso|não quero|que não
    """),
    denials=said_set("""
        não|nada|ninguém|nunca|jamais|nenhum|nenhuma|nem|tampouco|sem|de jeito nenhum|de maneira nenhuma|de modo algum
        contra
        para|pare|parar|cancela|cancele|cancelar|evita|evite|evitar|esquece|esqueça|deixa|deixe|chega|proibido|recuso
        erro
        errado|ruim|mau|má|pior|espera|espere|impossível|odeio|stop
    """),
    exceptions=said_set("""
        menos|exceto|excepto|salvo|com exceção|em vez|ao invés|em lugar|fora|tirando|outro|outra|a não ser|isso que
        isto que|esse que|este que|essa que|esta que|melhor que|do que|antes de
    """),
    doubts=said_set("""
        talvez|quem sabe|pode ser que|não sei|sei lá|duvido|dúvida|dúvidas|depende|não tenho certeza|possivelmente
        porventura
        acho que não|veremos|mais tarde|depois|difícil
    """),
    conditions=said_set("se|só|somente|apenas|unicamente|desde que|contanto|mas|porém|embora|quando|a menos|caso"),
    also_english=word_set("contra mal no para pare salvo stop"),
    courtesy=said_set("""
        por favor|obrigado|obrigada|muito obrigado|muito obrigada|por gentileza|se faz favor|ahn|hum|hmm|eh|ah|oh|bem
    """),
    around=said_set("""
        eu|nós|tu|você|a gente|o|os|as|um|uma|de|do|da|me|isso|isto|esse|essa|este|esta|quero|queremos|queria|gostaria
        prefiro|preferimos|preferiria|escolho|escolhemos|escolheria|escolher|fico|ficamos|pego|tomo|uso|usamos|usar
        use|usaria|utilizar|vou|vamos|com|por|acho|creio|penso|digo|diria|que|é|seja|seria|está|estou|então|pois|assim
        bem|bom|boa|melhor|muito|gosto|parece|agora|já|faz|faça|façamos|fazer|faço|põe|coloca|devemos|deveríamos
        devíamos|opção|resposta|escolha|minha|meu|aqui|e|em|favorito|definitivamente|claramente|simplesmente|voto|opto
        ótimo|ótima|preciso|precisamos|o a|vamos a
    """),
    reasons=said_set("porque|pois que|já que|visto que"),
    consent=Consent(
        yes=said_set("sim"),
        assent=said_set("ótimo|está ótimo|claro que sim"),
        commands=said_set("envia|envie|enviar|manda|mande|mandar|faz|faça"),
        why_not=said_set("por que não|por quê não|e por que não"),
        no=said_set("não|nunca|cancela|cancelar|esquece|deixa|melhor não|ainda"),
        courtesy=said_set("""
            muito|bem|o|e-mail|agora|assim|sem problema|não há problema|não tem problema|nenhum problema
        """),
    ),
    digits=word_set("zero um dois três quatro cinco seis meia sete oito nove"),
    numbers=word_set("""
        uma duas dez onze doze treze catorze quatorze quinze dezesseis dezasseis dezessete dezassete dezoito dezenove
        dezanove vinte trinta quarenta cinquenta sessenta setenta oitenta noventa cem cento duzentos trezentos
        quinhentos mil ponto
    """),
    number_joiners=word_set("e"),
    before_numbers=word_set("sim"),
    one_letter_words=word_set("a à e é o um"),
    signs=said_set("arroba|ponto|hífen|traço|sublinhado|underline|barra|dois pontos"),
    symbols=(("@", "arroba"), (".", "ponto"), ("_", "sublinhado"), ("-", "hífen"), ("+", "mais")),
    notes=word_set("do ré mi fa sol la si"),
    sharps=word_set("sustenido"),
    flats=word_set("bemol"),
    story_endings=phrase_set("é tudo|é só isso|isso é tudo|foi isso|foi tudo|mais nada|terminei"),
    before_story_ending=phrase_set("e|pronto|bom|então|sim|acho que|e acho que"),
    joining="e",
    greetings=said_set("alô|alô alô|sim alô|está lá|estou|olá|oi|bom dia|boa tarde|boa noite|quem fala"),
    tones=said_set("após o sinal|após o bipe|após o bip|depois do sinal|após o sinal sonoro|após o tom"),
    mailboxes=said_set("""
        caixa postal|correio de voz|caixa de mensagens|deixe sua mensagem|deixe a sua mensagem|deixe uma mensagem
        não está disponível|não se encontra disponível|grave sua mensagem|o número que marcou
    """),
    cut_off="Desculpe, fui interrompido.",
)
