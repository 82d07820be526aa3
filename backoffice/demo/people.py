"""Who buys from Lipa Dom: invented people and firms. Their VAT ids are well formed, their e-mails can reach nobody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """company and vat_id "" = a private person. phone: from the numbers that are kept for fiction where there are any."""

    first_name: str
    last_name: str
    email: str
    street: str
    postcode: str
    city: str
    country: str
    language: str
    phone: str = ""
    company: str = ""
    vat_id: str = ""
    delivery: tuple[str, str, str] = ()  # type: ignore[assignment]  # street, postcode, city where it differs

    @property
    def home(self) -> tuple[str, str, str]:
        return self.street, self.postcode, self.city

    def at(self, place: Iterable[str]) -> dict[str, str]:
        """The fields of an address of theirs; place: street, postcode, city."""
        street, postcode, city = place
        return {
            "first_name": self.first_name,
            "last_name": self.last_name,
            "company": self.company,
            "street": street,
            "postcode": postcode,
            "city": city,
            "country": self.country,
            "phone": self.phone,
            "email": self.email,
        }


CUSTOMERS: tuple[Person, ...] = (
    Person("Ana", "Novak", "ana.novak@example.com", "Trubarjeva cesta 12", "1000", "Ljubljana", "SI", "sl",
           "+386 1 555 01 11"),
    Person("Marko", "Zupančič", "marko.zupancic@example.com", "Glavni trg 4", "2000", "Maribor", "SI", "sl",
           "+386 2 555 01 12", delivery=("Koroška cesta 30", "2000", "Maribor")),
    Person("Katja", "Krajnc", "katja.krajnc@example.com", "Prešernova ulica 8", "3000", "Celje", "SI", "sl"),
    Person("Tilen", "Golob", "nabava@hotel-jezero.example.com", "Jezerska cesta 1", "4260", "Bled", "SI", "sl",
           "+386 4 555 01 14", "Hotel Jezero d.o.o.", "SI59876514"),
    Person("Nina", "Kos", "pisarna@studio-kos.example.com", "Slovenska cesta 50", "1000", "Ljubljana", "SI", "sl",
           "", "Studio Kos d.o.o.", "SI59876522"),
    Person("Jana", "Nováková", "jana.novakova@example.com", "Dlouhá 15", "110 00", "Praha", "CZ", "cs",
           "+420 601 000 115"),
    Person("Petr", "Svoboda", "nakup@kavarna-u-lipy.example.com", "Česká 7", "602 00", "Brno", "CZ", "cs",
           "+420 601 000 116", "Kavárna U Lípy s.r.o.", "CZ27654303"),
    Person("Agnieszka", "Kowalska", "agnieszka.kowalska@example.com", "ul. Floriańska 22", "31-021", "Kraków", "PL",
           "pl", "+48 500 000 117"),
    Person("Piotr", "Wiśniewski", "zamowienia@dom-i-stol.example.com", "ul. Piękna 9", "00-549", "Warszawa", "PL",
           "pl", "", "Dom i Stół sp. z o.o.", "PL5213456703"),
    Person("Eszter", "Nagy", "eszter.nagy@example.com", "Váci utca 31", "1056", "Budapest", "HU", "hu",
           "+36 20 000 0119"),
    Person("Gábor", "Szabó", "rendeles@harsfa.example.com", "Széchenyi tér 6", "6720", "Szeged", "HU", "hu", "",
           "Hársfa Kft.", "HU12876545"),
    Person("Zala", "Hribar", "zala.hribar@example.com", "Titov trg 2", "6000", "Koper", "SI", "sl",
           "+386 5 555 01 20"),
)  # fmt: skip
