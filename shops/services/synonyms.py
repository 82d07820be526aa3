"""What names of payment methods, shipping methods and order statuses mean, in English, Czech, Polish, Hungarian and
Slovenian, so that "Dobírka" can be proposed for "Cash on delivery". Proposals only: a person links them.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

from orders.models import OrderStatus
from shops.elements import ORDER_STATUS, PAYMENT_METHOD, SHIPPING_METHOD

_Kind = OrderStatus.Kind
# {meaning: words, without accents and in small letters, several of them parted by commas}. Longer words go first.
_PAYMENT: Final = {
    "transfer": "bank transfer,wire transfer,bank deposit,money transfer,direct bank transfer,bacs,bankovni prevod,"
    "prevod,prevodem,bankovnim prevodem,platba predem,przelew,przelew bankowy,przelew tradycyjny,wplata na konto,"
    "przedplata,banki atutalas,atutalas,eloreutalas,utalas,bancno nakazilo,nakazilo,predracun,po predracunu,upn,trr",
    "on_delivery": "cash on delivery,pay on delivery,cod,dobirka,na dobirku,dobirkou,platba pri prevzeti,pobranie,"
    "za pobraniem,platnosc przy odbiorze,utanvet,utanvetel,utanvetes,po povzetju,placilo po povzetju,povzetje,"
    "placilo ob prevzemu,placilo ob dostavi",
    "card": "card,credit card,debit card,stripe,visa,mastercard,karta,kartou,platebni karta,platba kartou,"
    "karta platnicza,platnosc karta,bankkartya,kartya,bankkartyas fizetes,kartica,s kartico,placilo s kartico,"
    "kreditna kartica",
    "paypal": "paypal",
    "online": "online payment,pay online,blik,przelewy24,p24,payu,dotpay,tpay,szybki przelew,szybkie platnosci,"
    "platnosc online,barion,simplepay,online fizetes,gopay,comgate,rychla platba,online platba,klarna,revolut pay,"
    "google pay,apple pay,spletno placilo,flik,mbills,valu",
    "cash": "cash,in cash,hotove,hotovost,gotowka,platnosc gotowka,keszpenz,gotovina,z gotovino",
    "invoice": "invoice,on account,pay later,na fakturu,faktura s odlozenou splatnosti,faktura,na fakture,"
    "odroczony termin platnosci,szamlara,halasztott fizetes,na racun,placilo po racunu,odlozeno placilo",
    "cheque": "cheque,check payments,check,sek,czek,csekk,cek",
}
_SHIPPING: Final = {
    "courier": "home delivery,courier,kuryr,kuryrem,doruceni na adresu,na adresu,kurier,kurierem,dostawa kurierem,"
    "przesylka kurierska,futar,futarszolgalat,hazhozszallitas,dostava na dom,kurir,kurirska dostava,hitra posta",
    "point": "parcel locker,locker,pickup point,pick up point,parcel shop,collection point,vydejni misto,zasilkovna,"
    "packeta,box,balikovna,paczkomat,paczkomaty,punkt odbioru,csomagautomata,csomagpont,foxpost,paketomat,paketnik,"
    "prevzemno mesto,prevzem na paketomatu",
    "collection": "local pickup,personal pick up,personal pickup,pick up in store,store pickup,in store,osobni odber,"
    "odbior osobisty,odbior wlasny,szemelyes atvetel,osebni prevzem,prevzem v trgovini",
    "post": "post,registered mail,posta,ceska posta,poczta,poczta polska,magyar posta,mpl,posta slovenije,"
    "navadna posta,priporocena posta",
    "free": "free shipping,free delivery,doprava zdarma,darmowa dostawa,ingyenes szallitas,brezplacna dostava",
}
_CARRIERS: Final = frozenset(
    "gls dpd dhl ups ppl tnt fedex inpost packeta zasilkovna foxpost sameday orlen".split()
)
_STATUS: Final = {
    _Kind.NEW: "new,pending,pending payment,awaiting payment,received,unpaid,nova,prijata,neuhrazena,ceka na platbu,"
    "nowe,oczekujace,oczekuje na platnosc,uj,fuggoben,fizetesre var,novo,prejeto,caka na placilo,neplacano",
    _Kind.PROCESSING: "processing,in progress,paid,in preparation,zpracovava se,vyrizuje se,zaplaceno,"
    "w trakcie realizacji,w realizacji,oplacone,feldolgozas alatt,folyamatban,kifizetve,v obdelavi,placano,v pripravi",
    _Kind.WAITING: "on hold,backorder,waiting,pozastaveno,ceka,wstrzymane,varakozik,felfuggesztve,zadrzano,na cakanju,"
    "na cakanje",
    _Kind.SHIPPED: "shipped,sent,dispatched,fulfilled,in transit,handed over,odeslano,expedovano,na ceste,wyslane,"
    "wyslano,w drodze,elkuldve,feladva,uton,szallitas alatt,poslano,odposlano,odpremljeno",
    _Kind.DONE: "completed,complete,delivered,closed,done,vyrizeno,dokonceno,doruceno,zrealizowane,zakonczone,"
    "dostarczone,teljesitve,kezbesitve,lezarva,zakljuceno,dostavljeno,koncano",
    _Kind.CANCELLED: "cancelled,canceled,failed,rejected,storno,zruseno,stornovano,neuspesne,anulowane,nieudane,"
    "odrzucone,torolve,lemondva,sztornozva,sikertelen,preklicano,stornirano,neuspelo",
    _Kind.RETURNED: "returned,refunded,vraceno,vratka,reklamace,zwrot,zwrocone,visszateritve,visszakuldve,vrnjeno,"
    "povrnjeno",
}  # fmt: skip
_WORDS: Final[dict[str, dict[str, str]]] = {
    PAYMENT_METHOD: _PAYMENT,
    SHIPPING_METHOD: _SHIPPING,
    ORDER_STATUS: {str(kind.value): words for kind, words in _STATUS.items()},
}


def meaning_of(kind: str, *names: str) -> str:
    """What the first telling one of these names means ("on_delivery"; of statuses a value of OrderStatus.Kind), or ""."""
    for name in names:
        text = f" {plain(name)} "
        for phrase, meaning in _phrases(kind):
            if f" {phrase} " in text:
                return meaning
    return ""


def carriers_in(*names: str) -> frozenset[str]:
    return frozenset(word for name in names for word in plain(name).split()) & _CARRIERS


def plain(name: str) -> str:
    """Small letters without accents, words parted by one space: "Dobírka (GLS)" -> "dobirka gls"."""
    bare = unicodedata.normalize("NFKD", name.casefold().replace("ł", "l"))
    letters = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return " ".join(re.split(r"[\W_]+", letters)).strip()


@cache
def _phrases(kind: str) -> list[tuple[str, str]]:
    """(phrase, meaning), the longest first: "szybki przelew" is not a "przelew"."""
    found = [
        (phrase.strip(), meaning)
        for meaning, words in _WORDS.get(kind, {}).items()
        for phrase in words.split(",")
    ]
    return sorted(found, key=lambda pair: -len(pair[0]))
