"""The names that sources give to the parts of a price list, in many languages.

The values decide which columns can be times and which numbers; the names only choose among several.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from smart_charging.prices.reading.words import word_set

_UTC = word_set("utc gmt dateutc datetimeutc timeutc hourutc startutc utctime utcdate utcstart")
_LOCAL = word_set("local localtime wall lokal lokaltid")
_STARTS = word_set(
    "start starts begin begins beginning from since von ab fra fran van vanaf desde inicio inizio debut du od "
    "zaciatok zacatek poczatek kezdet alku alkaa alates starttime startdate startdatetime starttimestamp startsat "
    "startzeit starttid starttijd startzeitpunkt beginn anfang pocetak"
)
_ENDS = word_set(
    "end ends ending until till to stop thru through bis til tot t/m hasta fin fine final fim slut slutt do koniec "
    "konec vege loppu paattyy kuni kraj endtime enddate enddatetime endtimestamp endsat endzeit sluttid eindtijd "
    "einde ende endzeitpunkt expires expiry nem nemtime"
)
_TIMES = word_set(
    "time times timestamp datetime date hour moment ts t x when period interval slot key zeit zeitpunkt uhrzeit "
    "stunde datum datumtijd tijd tijdstip uur tid tidspunkt dato timme klokkeslett fecha hora momento heure "
    "horodatage quand data ora orario aika kello tunti pvm paiva ajankohta czas godzina doba cas hodina idopont "
    "laiks laikas valanda aeg tund vreme vrijeme sat час время година дата ωρα ημερομηνια zaman saat"
)
_NOTICES = word_set(
    "updated update created published publication fetched generated modified retrieved last changed next"
)
_HOURS = word_set(
    "hour hours h time period start from begin stunde uur tunti timme hora heure ora godzina "
    "hodina kello uhrzeit tid czas cas tund valanda stunda час година"
)
_DAYS = word_set("date day datum dato fecha jour dia giorno paiva pvm data dzien den nap dag tag delivery дата")

_ALL_IN = word_set(
    "total totals allin gross brutto final integrated consumer incl inc including inclusive inkl with totaal totalt "
    "gesamt gesamtpreis totale celkem yhteensa razem osszesen inclusief avec con med mit kokonaishinta grossprice "
    "totalprice pricetotal bruttopreis priceinclvat buy import purchase"
)
_NET = word_set(
    "excl exc ex excluding exkl without net nett netto spot market base wholesale energy zonder hors senza sin "
    "ilman ohne uden uten exclusief bare commodity dayahead nordpool epex"
)
_PARTS = word_set(
    "tax taxes vat network grid fee fees markup surcharge surcharges levy levies btw moms mva mwst iva tva alv "
    "distribution transport transmission capacity netz netzentgelt nettleie netavgift subsidy support standing "
    "belasting opslag steuer abgaben umlage"
)
_PRICES = word_set(
    "value values price prices rate rates cost costs tariff tariffs amount y v p val total gross brutto buy allin "
    "prijs prijzen uurprijs preis preise strompreis betrag wert pris priser elpris spotpris hinta hinnat sahkonhinta "
    "precio precios coste prix tarif tarifs cout preco precos custo prezzo prezzi costo cena ceny cene ar arak "
    "hind hinnad kaina kainos cijena cijene pret preturi цена цены ціна ціни стоимость τιμη τιμες fiyat koszt kosten "
    "kost kostnad marginalprice pvpc pun omie electricity"
)
_ANY_NUMBER = word_set("value values amount total y v p val electricity")
"""Names of prices that are used for other numbers as well."""
_STEMS = ("price", "preis", "prijs", "precio", "prezzo", "tarif", "hinta", "elpris", "spotpris", "kaina", "cijen")
_OTHERS = word_set(
    "level rank ranking index percent percentage percentile quantile diff difference change trend average avg mean "
    "median min max minimum maximum lowest highest cheapest carbon co2 emission emissions intensity sustainability "
    "score solar wind renewable renewables load demand temperature volume quantity duration minutes seconds "
    "id exr spike count forecasted descriptor saving savings "
    "resolution rounding decimals deviation std stddev"
)
_CALENDAR = word_set("hour hours day month weekday year quarter week stunde tag monat ano jahr hora dia mes uur dag")
_FED_IN = word_set(
    "sell sold selling export exported feed feedin inject injection injected production produced return returned "
    "teruglever teruglevering terugleverprijs injectie einspeisung einspeise verkauf verkoop venta vente vendita "
    "salg salj produktion produktie excedente excedentes prodej sprzedaz"
)
_FED_IN_STEMS = (
    *("teruglever", "invoed", "einspeis", "salgspris", "saljpris", "injec", "injek", "sprzeda"),
    *("excedent", "myynti", "vykup", "buyback"),
)
_OTHER_GOODS = word_set(
    "gas gasprice aardgas gaspris gaspreis water warmth warmte heat heating fernwarme fjernvarme fjarrvarme "
    "stadsverwarming kaukolampo petrol diesel gasoline"
)
_USED = word_set("usage consumption used")
"""Words for an amount of energy used, unless the name also has a word for a price."""
_NO_PRICES = word_set("co2 carbon weather solar temperature average averages mean statistics blocks")
_PER_ENERGY = word_set("per eur usd gbp dkk nok sek chf pln czk huf ron bgn aud euro ct cent cents ore pence")
"""Words that, together with kWh or MWh, make a name that of a price."""
_FORECASTS = word_set(
    "forecast forecasts prognosis prognose prognos predicted prediction predictions ennuste prevision"
)
_YESTERDAY = word_set(
    "yesterday gestern gisteren igar igår hier ayer ieri ontem eilen wczoraj vcera tegnap вчора вчера"
)
_TOMORROW = word_set(
    "tomorrow morgen imorgen imorgon demain manana domani amanha huomenna jutro zitra zajtra holnap homme rytoj rit "
    "maine sutra avrio завтра утре"
)
_TODAY = word_set(
    "today heute vandaag idag aujourdhui hoy oggi hoje tanaan dzis dzisiaj dnes ma tana siandien sodien azi danas "
    "днес сегодня сьогодні"
)
_PLURALS = word_set("hours hourly stunden uren timer tunnit horas heures ore godziny hodiny")
NET = 2
"""The rank of a price without fees."""
UNKNOWN = 3
"""The rank of an unknown name."""
NEVER = 9
"""The rank of a column that is never the price."""


def is_any(words: Iterable[str], known: frozenset[str]) -> bool:
    """Whether at least one of the words is known."""
    return not known.isdisjoint(words)


def start_rank(words: tuple[str, ...]) -> float | None:
    """How likely a time of this name is the start of its row, 0 the most; None for an end, or a time of an update."""
    if is_end(words) or is_any(words, _NOTICES):
        return None
    if is_any(words, _UTC):
        return 0
    rank = 1 if is_any(words, _STARTS) else 2 if is_any(words, _TIMES) else UNKNOWN
    return rank + (0.5 if is_any(words, _LOCAL) else 0)


def is_utc(words: tuple[str, ...]) -> bool:
    """Whether a time of this name is in UTC, even without an offset."""
    return is_any(words, _UTC)


def is_end(words: tuple[str, ...]) -> bool:
    """Whether a time of this name is the end of its row."""
    return is_any(words, _ENDS) and not is_any(words, _STARTS)


def is_named_start(words: tuple[str, ...]) -> bool:
    """Whether only a time can have this name."""
    return (start_rank(words) or 0) < UNKNOWN and not is_end(words) and is_any(words, _STARTS | _TIMES | _UTC | _LOCAL)


def is_hour(words: tuple[str, ...]) -> bool:
    """Whether a number of this name is the hour of a day."""
    return is_any(words, _HOURS)


def is_day(words: tuple[str, ...]) -> bool:
    """Whether a date of this name is the day prices are for."""
    return is_any(words, _DAYS) and not is_any(words, _NOTICES)


def price_rank(words: tuple[str, ...]) -> int:
    """Rank for choosing the price: an all-in price (0), a price (1), one without fees (2), an unknown name (3)."""
    if not is_bought(words) or is_any(words, _OTHERS) or _is_amount_used(words):
        return NEVER
    pairs = set(pairwise(words))
    is_price = names_prices(words) or (is_any(words, _PER_ENERGY) and is_any(words, frozenset({"kwh", "mwh"})))
    if ("all", "in") in pairs or (is_any(words, _ALL_IN) and (is_price or is_any(words, _PARTS))):
        return 0
    if is_any(words, _NET) or ("day", "ahead") in pairs or any(word.startswith(("spot", "market")) for word in words):
        return NET if is_price or is_any(words, frozenset({"spot", "market"})) else UNKNOWN
    if is_any(words, _PARTS) or (is_any(words, _CALENDAR) and not is_price):
        return NEVER
    return 1 if is_price else UNKNOWN


def is_bought(words: tuple[str, ...]) -> bool:
    """Whether a name is not that of a feed-in price, or of a price for other goods such as gas."""
    is_fed_in = is_any(words, _FED_IN) or any(word.startswith(_FED_IN_STEMS) for word in words)
    return not is_fed_in and not is_any(words, _OTHER_GOODS)


def _is_amount_used(words: tuple[str, ...]) -> bool:
    return is_any(words, _USED) and not any(_has_stem(word) for word in words)


def _has_stem(word: str) -> bool:
    return word.startswith(_STEMS) or word.endswith(_STEMS)


def holds_all_fees(words: tuple[str, ...]) -> bool:
    """Whether a price of this name includes grid fees and taxes; VAT alone does not count, nor does `total`."""
    inside = frozenset({"allin", "integrated", "levies", "fees", "network", "grid", "surcharges"})
    return price_rank(words) == 0 and (("all", "in") in pairwise(words) or is_any(words, inside))


def names_prices(words: Iterable[str]) -> bool:
    """Whether a name is that of prices."""
    words = tuple(words)
    return is_any(words, _PRICES) or any(_has_stem(word) for word in words)


def says_price(words: Iterable[str]) -> bool:
    """Whether a name says that it is a price, and not only some value."""
    return names_prices(word for word in words if word not in _ANY_NUMBER)


def may_be_prices(words: tuple[str, ...]) -> bool:
    """Whether a list of this name can be prices of electricity bought: not feed-in prices, nor the fees alone."""
    is_part = is_any(words, _PARTS) and not is_any(words, _OTHERS) and price_rank(words) == NEVER
    return is_bought(words) and not is_part and not is_any(words, _NO_PRICES) and not _is_amount_used(words)


def preference(words: tuple[str, ...]) -> int:
    """The precedence of lists for the same time, lowest first: all-in prices, then others, then net ones."""
    return {0: -1, NET: 1}.get(price_rank(words), 0)


def is_forecast(words: tuple[str, ...]) -> bool:
    """Whether a list of this name is a forecast."""
    return is_any(words, _FORECASTS)


def day_offset(words: tuple[str, ...]) -> int | None:
    """-1 for yesterday, 0 for today, 1 for tomorrow; None where the name gives no day."""
    pairs = set(pairwise(words))
    if is_any(words, _TOMORROW) or ("next", "day") in pairs or ("i", "morgen") in pairs or ("i", "morgon") in pairs:
        return 1
    if is_any(words, _YESTERDAY) or pairs & {("last", "day"), ("previous", "day"), ("i", "gar"), ("i", "gaar")}:
        return -1
    if is_any(words, _TODAY) or pairs & {("current", "day"), ("this", "day"), ("i", "dag"), ("aujourd", "hui")}:
        return 0
    return None


def names_hours(words: tuple[str, ...]) -> bool:
    """Whether a name is that of hourly values."""
    return is_any(words, _PLURALS)
