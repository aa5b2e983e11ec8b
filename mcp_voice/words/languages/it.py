"""Italian. `Lexicon` tells what each field holds."""

from __future__ import annotations

from mcp_voice.words.languages.lexicon import Consent, Lexicon, endings, said_set, sentences
from mcp_voice.words.text import phrase_set, word_set

__all__ = ["ITALIAN"]

ITALIAN = Lexicon(
    dangling=word_set("""
        il lo la i gli le un uno una del dello della dei degli delle al allo alla ai agli alle nel nello nella nei
        nelle sul sullo sulla sui dal dallo dalla mio mia tuo tua suo sua nostro nostra questo quel quella e ed o
        oppure ma perché che se anche quando come dove mentre però quindi di a da in con su per tra fra senza sopra
        sotto verso fino io noi è sono era sarebbe ha hanno ho aveva può potrebbe possiamo deve dovrebbe dobbiamo
        voglio vuole vogliamo vorrei preferisco molto ogni c'è mi ti si ci
    """),
    fillers=word_set("ehm uhm mmm eh cioè"),
    answering_fillers=word_set("mmm"),
    openings=endings("per esempio|penso che|credo che|dipende da|invece di|ho bisogno di|vuol dire"),
    whole=sentences("""
        si|più|meno|questo|sì lo è|sì è|lo è|così è|io|noi|sì c'è|non c'è|molto|come|dove|quando|sì lo voglio
    """),
    closings=endings("""
        quello che voglio|quella che voglio|se vuole|come è|cos'è|che cos'è|chi è|dov'è|cosa è|lo voglio|di più
        più o meno|nient'altro|non molto|tocca a noi|con noi|per noi|per me|anche io|anch'io|lo so|non di più|va su
        credo di si|penso di si|credo di sì|usa questo|prendi questo|con questo|per questo|non può|si può|non c'è
        mi piace molto|uno in meno|non lo è|uno in più|grazie a te|che ora è|vai su
    """),
    requests=endings("""
        aspetta|aspetti|un momento|un attimo|un secondo|fammi pensare|fammi vedere|vediamo|dammi un secondo
    """),
    yes=said_set("""
        sì|si|certo|va bene|d'accordo|vai|esatto|perfetto|giusto|volentieri|okay|ok|procedi|certamente|assolutamente sì
        senz'altro|naturalmente|ovviamente|sì sì|come no|fallo
    """),
    no=said_set("""
        no|no no|mai|meglio di no|per niente|assolutamente no|certo che no|non ora|non adesso|non ancora|niente affatto
        neanche per sogno|per carità|preferisco di no|direi di no
    """),
    denials=said_set("""
        no|non|mai|niente|nulla|nessun|nessuno|nessuna|né|neanche|nemmeno|neppure|mica|senza|per niente|contro|ferma
        fermati
        fermo|smetti|smettila|basta|annulla|annullare|evita|evitare|eviti|eviterei|dimentica|lascia|lasciamo|lasciate
        vietato|rifiuto|errore|sbagliato|sconsiglio|male|peggio|aspetta|aspetti|impossibile|odio|stop|alt
    """),
    exceptions=said_set("""
        tranne|eccetto|meno|salvo|a parte|fuorché|invece|al posto|piuttosto che|altro|altra|ad eccezione|questo che
        quello che|questa che|quella che|meglio che|meglio di|migliore di|prima di
    """),
    doubts=said_set("""
        forse|magari|può darsi|non so|non lo so|dubito|dubbio|dubbi|dipende|non sono sicuro|non sono sicura|boh|chissà
        probabilmente no|eventualmente|possibilmente|vedremo|più tardi|dopo|difficile
    """),
    conditions=said_set("se|solo|soltanto|purché|a condizione|a patto|però|ma|anche se|tuttavia|quando|qualora"),
    also_english=word_set("alt mai male no salvo stop"),
    courtesy=said_set(
        "per favore|per piacere|per cortesia|grazie|grazie mille|prego|molte grazie|ehm|uhm|mmm|eh|ah|oh|beh"
    ),
    around=said_set("""
        io|noi|tu|lei|lo|la|il|i|gli|le|l|un|una|uno|di|del|mi|ci|si|questo|questa|quello|quella|quel|prendo|prendiamo
        prendi|prenderei|prendere|scelgo|scegliamo|scegliere|sceglierei|preferisco|preferiamo|preferirei|voglio
        vogliamo|vorrei|vorremmo|uso|usa|usiamo|usare|userei|vado|andiamo|con|per|credo|penso|dico|direi|che|è|sia
        sarebbe|sono|allora|quindi|dunque|così|bene|buono|buona|meglio|migliore|molto|piace|piacerebbe|pare|sembra|ora
        adesso|subito|fai|facciamo|fare|faccio|fa|metti|mettiamo|dovremmo|dobbiamo|opzione|risposta|scelta|mia|mio|qui
        e|in|favorito|definitivamente|chiaramente|semplicemente|voto|opto|ottimo|ottima|serve|ho|piuttosto|pure|vado a
        andiamo a
    """),
    reasons=said_set("perché|perchè|poiché|siccome|dato che|visto che"),
    consent=Consent(
        yes=said_set("sì|si"),
        assent=said_set("va benissimo|va bene così|certo che sì|ma certo"),
        commands=said_set("inviala|invia|invii|mandala|manda|mandi|la mandi|la invii|lo faccia|fallo"),
        why_not=said_set("perché no|come no"),
        no=said_set("no|non|mai|annulla|ferma|fermati|lascia stare|meglio di no|ancora"),
        courtesy=said_set("""
            grazie|prego|molto|bene|la|e-mail|mail|pure|adesso|ora|così|non c'è problema|nessun problema
        """),
    ),
    digits=word_set("zero uno due tre quattro cinque sei sette otto nove"),
    numbers=word_set("""
        dieci undici dodici tredici quattordici quindici sedici diciassette diciotto diciannove venti vent trenta trent
        quaranta quarant cinquanta cinquant sessanta sessant settanta settant ottanta ottant novanta novant cento mila
        tré virgola
    """),
    number_joiners=word_set("e"),
    before_numbers=word_set("ehm sì"),
    one_letter_words=word_set("a e i o un uno"),
    signs=said_set("chiocciola|punto|trattino|trattino basso|underscore|barra|due punti|at"),
    symbols=(("@", "chiocciola"), (".", "punto"), ("_", "trattino basso"), ("-", "trattino"), ("+", "più")),
    notes=word_set("do re mi fa sol la si"),
    sharps=word_set("diesis"),
    flats=word_set("bemolle"),
    story_endings=phrase_set("è tutto|questo è tutto|tutto qui|nient'altro|ho finito"),
    before_story_ending=phrase_set("e|ecco|bene|sì|credo che|e credo che|allora"),
    joining="e",
    greetings=said_set("pronto|sì pronto|pronto pronto|pronto chi parla|chi parla|buongiorno|buonasera"),
    tones=said_set("dopo il segnale|dopo il segnale acustico|dopo il bip|dopo il tono"),
    mailboxes=said_set("""
        segreteria telefonica|casella vocale|lasciate un messaggio|lasciare un messaggio|lascia un messaggio
        non è disponibile|non è al momento raggiungibile|non è raggiungibile|il cliente da lei chiamato
    """),
    cut_off="Scusi, mi sono interrotto.",
)
