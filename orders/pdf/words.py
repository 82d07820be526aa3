"""The words on documents, in the customer's language.

Not gettext: that speaks the language of whoever is signed in, and its catalogues those of our staff. A document is in
its customer's language, whoever prints it and whatever they read themselves; and what a country's law calls a thing
(“fordított adózás”) must not change because a screen's word does.
"""

from __future__ import annotations

from functools import lru_cache

LANGUAGES = ("en", "cs", "pl", "hu", "sl", "de", "sk", "hr", "it")
FALLBACK = "en"


def language_of(language: str) -> str:
    """The language among ours: "sl" for "sl-SI" and "SL"; English for those that we do not write."""
    main = language.replace("_", "-").partition("-")[0].lower()
    return main if main in LANGUAGES else FALLBACK


@lru_cache(maxsize=len(LANGUAGES))
def words(language: str) -> dict[str, str]:
    """Every word by its key. Sentences have places like {number}, to be filled with str.format."""
    column = LANGUAGES.index(language_of(language))
    return {key: texts[column] for key, texts in _WORDS.items()}


# In the order of LANGUAGES.
# fmt: off
_WORDS: dict[str, tuple[str, str, str, str, str, str, str, str, str]] = {
    # What it is
    "invoice": (
        "Invoice", "Faktura", "Faktura", "Számla", "Račun", "Rechnung", "Faktúra", "Račun", "Fattura"),
    "proforma": (
        "Pro forma invoice", "Proforma faktura", "Faktura pro forma", "Díjbekérő", "Predračun", "Proforma-Rechnung",
        "Proforma faktúra", "Predračun", "Fattura pro forma"),
    "delivery_note": (
        "Delivery note", "Dodací list", "Wydanie zewnętrzne (WZ)", "Szállítólevél", "Dobavnica", "Lieferschein",
        "Dodací list", "Otpremnica", "Documento di trasporto"),
    "credit_note": (
        "Credit note", "Opravný daňový doklad", "Faktura korygująca", "Jóváíró számla", "Dobropis",
        "Rechnungskorrektur", "Dobropis", "Knjižno odobrenje", "Nota di credito"),
    "return_note": (
        "Return note", "Vratka", "Zwrot towaru", "Visszáru-bizonylat", "Povratnica", "Rücklieferschein", "Vratka",
        "Povratnica", "Nota di reso"),
    "draft": (
        "Draft", "Koncept", "Wersja robocza", "Piszkozat", "Osnutek", "Entwurf", "Koncept", "Nacrt", "Bozza"),
    "corrects": (
        "Corrects invoice {number} of {date}.",
        "Opravuje fakturu č. {number} ze dne {date}.",
        "Koryguje fakturę nr {number} z dnia {date}.",
        "A(z) {number} számú, {date} keltezésű számla helyesbítése.",
        "Popravlja račun št. {number} z dne {date}.",
        "Korrektur der Rechnung {number} vom {date}.",
        "Opravuje faktúru č. {number} zo dňa {date}.",
        "Ispravak računa br. {number} od {date}.",
        "Rettifica della fattura n. {number} del {date}."),
    "corrects_undated": (
        "Corrects invoice {number}.", "Opravuje fakturu č. {number}.", "Koryguje fakturę nr {number}.",
        "A(z) {number} számú számla helyesbítése.", "Popravlja račun št. {number}.",
        "Korrektur der Rechnung {number}.", "Opravuje faktúru č. {number}.", "Ispravak računa br. {number}.",
        "Rettifica della fattura n. {number}."),
    "returns": (
        "Goods of delivery note {number}, returned.",
        "Vrácení zboží z dodacího listu č. {number}.",
        "Zwrot towaru z dokumentu WZ nr {number}.",
        "A(z) {number} számú szállítólevél áruinak visszavétele.",
        "Vračilo blaga po dobavnici št. {number}.",
        "Rückgabe zu Lieferschein {number}.",
        "Vrátenie tovaru z dodacieho listu č. {number}.",
        "Povrat robe po otpremnici br. {number}.",
        "Reso della merce del documento di trasporto n. {number}."),
    # Who
    "seller": (
        "Seller", "Dodavatel", "Sprzedawca", "Eladó", "Prodajalec", "Verkäufer", "Dodávateľ", "Prodavatelj",
        "Fornitore"),
    "buyer": ("Buyer", "Odběratel", "Nabywca", "Vevő", "Kupec", "Käufer", "Odberateľ", "Kupac", "Cliente"),
    "delivery": (
        "Delivery address", "Dodací adresa", "Adres dostawy", "Szállítási cím", "Naslov za dostavo",
        "Lieferanschrift", "Dodacia adresa", "Adresa dostave", "Indirizzo di consegna"),
    "vat_id": ("VAT ID", "DIČ", "NIP", "Adószám", "ID za DDV", "USt-IdNr.", "IČ DPH", "PDV ID", "P. IVA"),
    "registration": (
        "Reg. no.", "IČO", "Nr rej.", "Cégjegyzékszám", "Matična št.", "Reg.-Nr.", "IČO", "Matični br.", "N. reg."),
    # When and what for
    "issue_date": (
        "Date of issue", "Datum vystavení", "Data wystawienia", "Kiállítás dátuma", "Datum izdaje",
        "Ausstellungsdatum", "Dátum vystavenia", "Datum izdavanja", "Data di emissione"),
    "supply_date": (
        "Date of supply", "Datum plnění", "Data sprzedaży", "Teljesítés dátuma", "Datum dobave", "Leistungsdatum",
        "Dátum dodania", "Datum isporuke", "Data di fornitura"),
    "due_date": (
        "Due date", "Datum splatnosti", "Termin płatności", "Fizetési határidő", "Rok plačila", "Fällig am",
        "Dátum splatnosti", "Datum dospijeća", "Scadenza"),
    "order": (
        "Order", "Objednávka", "Zamówienie", "Rendelés", "Naročilo", "Bestellung", "Objednávka", "Narudžba",
        "Ordine"),
    "source_order": (
        "Order in the shop", "Objednávka v e-shopu", "Zamówienie w sklepie", "Webshop-rendelés",
        "Naročilo v trgovini", "Bestellung im Shop", "Objednávka v e-shope", "Narudžba u trgovini",
        "Ordine nel negozio"),
    "payment_method": (
        "Payment method", "Způsob platby", "Sposób płatności", "Fizetési mód", "Način plačila", "Zahlungsart",
        "Spôsob platby", "Način plaćanja", "Modalità di pagamento"),
    # Lines
    "item": (
        "Description", "Popis", "Nazwa", "Megnevezés", "Opis", "Bezeichnung", "Popis", "Opis", "Descrizione"),
    "quantity": (
        "Quantity", "Množství", "Ilość", "Mennyiség", "Količina", "Menge", "Množstvo", "Količina", "Quantità"),
    "unit": ("Unit", "Jednotka", "Jedn.", "Egység", "Enota", "Einheit", "Jednotka", "Jedinica", "Unità"),
    "price": (
        "Unit price", "Cena za j.", "Cena jedn.", "Egységár", "Cena", "Einzelpreis", "Cena za j.", "Cijena",
        "Prezzo unit."),
    "price_net": (
        "Net price", "Cena bez DPH", "Cena netto", "Nettó egységár", "Cena brez DDV", "Preis netto", "Cena bez DPH",
        "Cijena bez PDV-a", "Prezzo netto"),
    "discount": (
        "Discount", "Sleva", "Rabat", "Kedvezmény", "Popust", "Rabatt", "Zľava", "Popust", "Sconto"),
    "vat": ("VAT", "DPH", "VAT", "ÁFA", "DDV", "USt.", "DPH", "PDV", "IVA"),
    "net": ("Net", "Bez DPH", "Netto", "Nettó", "Brez DDV", "Netto", "Bez DPH", "Bez PDV-a", "Imponibile"),
    "gross": ("Gross", "S DPH", "Brutto", "Bruttó", "Z DDV", "Brutto", "S DPH", "S PDV-om", "Lordo"),
    "amount": ("Amount", "Celkem", "Wartość", "Összeg", "Znesek", "Betrag", "Spolu", "Iznos", "Importo"),
    "vat_summary": (
        "VAT summary", "Rekapitulace DPH", "Podsumowanie VAT", "ÁFA-összesítő", "Rekapitulacija DDV",
        "Umsatzsteuer nach Sätzen", "Rekapitulácia DPH", "Rekapitulacija PDV-a", "Riepilogo IVA"),
    "rate": ("Rate", "Sazba", "Stawka", "Kulcs", "Stopnja", "Satz", "Sadzba", "Stopa", "Aliquota"),
    # Sums
    "total_net": (
        "Total without VAT", "Celkem bez DPH", "Razem netto", "Nettó összesen", "Skupaj brez DDV", "Summe netto",
        "Spolu bez DPH", "Ukupno bez PDV-a", "Totale imponibile"),
    "rounding": (
        "Rounding", "Zaokrouhlení", "Zaokrąglenie", "Kerekítés", "Zaokrožitev", "Rundung", "Zaokrúhlenie",
        "Zaokruživanje", "Arrotondamento"),
    "total": (
        "Total", "Celkem", "Razem", "Végösszeg", "Skupaj", "Gesamtbetrag", "Spolu", "Ukupno", "Totale"),
    "paid": (
        "Paid already", "Již uhrazeno", "Zapłacono", "Már kifizetve", "Že plačano", "Bereits bezahlt", "Už uhradené",
        "Već plaćeno", "Già pagato"),
    "due": (
        "Amount due", "K úhradě", "Do zapłaty", "Fizetendő", "Za plačilo", "Zu zahlen", "Na úhradu", "Za plaćanje",
        "Da pagare"),
    "settled": (
        "Paid, nothing is due", "Uhrazeno, neplaťte", "Zapłacono w całości", "Kiegyenlítve", "Plačano v celoti",
        "Bezahlt, kein Betrag offen", "Uhradené, neplaťte", "Plaćeno u cijelosti", "Pagato, nulla è dovuto"),
    "credited": (
        "In your favour", "Ve váš prospěch", "Do zwrotu", "Önnek visszajár", "V vaše dobro", "Zu Ihren Gunsten",
        "Vo váš prospech", "U vašu korist", "A vostro credito"),
    # Paying
    "transfer": (
        "Payment by bank transfer", "Platba převodem", "Płatność przelewem", "Fizetés átutalással",
        "Plačilo na račun", "Zahlung per Überweisung", "Platba prevodom", "Plaćanje na račun",
        "Pagamento con bonifico"),
    "reference": (
        "Payment reference", "Variabilní symbol", "Tytuł przelewu", "Közlemény", "Sklic", "Verwendungszweck",
        "Variabilný symbol", "Poziv na broj", "Causale"),
    "payee": (
        "Payee", "Příjemce", "Odbiorca", "Kedvezményezett", "Prejemnik", "Empfänger", "Príjemca", "Primatelj",
        "Beneficiario"),
    "scan": (
        "Scan to pay", "Naskenujte a zaplaťte", "Zeskanuj i zapłać", "Olvassa be és fizessen",
        "Skenirajte in plačajte", "Scannen und bezahlen", "Naskenujte a zaplaťte", "Skenirajte i platite",
        "Inquadra e paga"),
    # What else must be said
    "note": ("Note", "Poznámka", "Uwagi", "Megjegyzés", "Opomba", "Anmerkung", "Poznámka", "Napomena", "Note"),
    "reverse_charge": (
        "Reverse charge: VAT is due from the recipient.",
        "Daň odvede zákazník.",
        "Odwrotne obciążenie: podatek VAT rozlicza nabywca.",
        "Fordított adózás: az áfát a vevő fizeti meg.",
        "Obrnjena davčna obveznost: DDV obračuna prejemnik.",
        "Steuerschuldnerschaft des Leistungsempfängers.",
        "Prenesenie daňovej povinnosti: daň platí príjemca.",
        "Prijenos porezne obveze: PDV obračunava primatelj.",
        "Inversione contabile: l’IVA è dovuta dal cessionario o committente."),
    "foreign_vat": (
        "VAT is charged at the rates of: {countries}.",
        "DPH je účtována sazbami těchto zemí: {countries}.",
        "VAT naliczono według stawek kraju: {countries}.",
        "Az áfa a következő ország kulcsai szerint került felszámításra: {countries}.",
        "DDV je obračunan po stopnjah države: {countries}.",
        "Umsatzsteuer nach den Sätzen von: {countries}.",
        "DPH je účtovaná sadzbami krajiny: {countries}.",
        "PDV je obračunan po stopama države: {countries}.",
        "L’IVA è applicata alle aliquote di: {countries}."),
    "not_an_invoice": (
        "This pro forma invoice is not a tax document.",
        "Tento doklad není daňovým dokladem.",
        "Ten dokument nie jest fakturą w rozumieniu ustawy o VAT.",
        "Ez a bizonylat nem számla, áfa levonására nem jogosít.",
        "Ta predračun ni račun in ne daje pravice do odbitka DDV.",
        "Diese Proforma-Rechnung berechtigt nicht zum Vorsteuerabzug.",
        "Tento doklad nie je daňovým dokladom.",
        "Ovaj predračun nije račun i ne daje pravo na odbitak pretporeza.",
        "Il presente documento non è una fattura valida ai fini dell’IVA."),
    "handed_over": (
        "Handed over by", "Předal", "Wydał", "Átadta", "Izročil", "Übergeben von", "Odovzdal", "Predao",
        "Consegnato da"),
    "received": (
        "Received by", "Převzal", "Odebrał", "Átvette", "Prevzel", "Empfangen von", "Prevzal", "Preuzeo",
        "Ricevuto da"),
    "date_signature": (
        "Date and signature", "Datum a podpis", "Data i podpis", "Dátum és aláírás", "Datum in podpis",
        "Datum und Unterschrift", "Dátum a podpis", "Datum i potpis", "Data e firma"),
}
# fmt: on
