"""Make the raw files of customer-360 again, byte for byte.

    python demo/customer-360/generate.py [FOLDER]

Invented people, but shaped like extracts of real systems: a few customers buy most, some never do, some fields are
empty, and transactions arrive late. Only `random()` of a seeded generator is used, whose sequence Python promises to
keep, and only integer and IEEE arithmetic. The files are not compressed, because compressors differ between builds.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from bisect import bisect
from datetime import date, datetime, timedelta, timezone
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")

SEED = 360
CUSTOMERS = 1_200
TRANSACTIONS = 50_000
TICKETS = 1_500
FIRST_SIGN_UP = datetime(2021, 1, 1, tzinfo=timezone.utc)
FIRST_DAY = datetime(2023, 1, 1, tzinfo=timezone.utc)
LAST_DAY = datetime(2024, 12, 31, tzinfo=timezone.utc)
ISO = "%Y-%m-%dT%H:%M"
MINUTES = int((LAST_DAY - FIRST_DAY).total_seconds()) // 60


class Country(NamedTuple):
    """Where customers live and what they are called there: a name is `written|in ASCII` where the two differ."""

    weight: int
    dialling: str
    cities: list[str]
    given: list[str]
    family: list[str]


COUNTRIES = {
    "DE": Country(
        weight=20,
        dialling="+49 30",
        cities=["Berlin", "Köln", "München"],
        given=["Anna", "Jürgen|Juergen", "Lukas", "Zoë|Zoe"],
        family=["Müller|Mueller", "Schäfer|Schaefer", "Vogt", "Groß|Gross"],
    ),
    "FR": Country(
        weight=16,
        dialling="+33 1",
        cities=["Paris", "Orléans", "Nîmes"],
        given=["Chloé|Chloe", "Hélène|Helene", "Louis", "Noël|Noel"],
        family=["Lefèvre|Lefevre", "Durand", "Garçon|Garcon", "Petit"],
    ),
    "GB": Country(
        weight=14,
        dialling="+44 20",
        cities=["London", "Leeds", "Cardiff"],
        given=["Oliver", "Siân|Sian", "Grace", "Amelia"],
        family=["Smith", "O'Brien|OBrien", "Clarke", "Hughes"],
    ),
    "US": Country(
        weight=14,
        dialling="+1 202",
        cities=["Austin", "Boston", "Seattle"],
        given=["James", "Maria", "Noah", "Renée|Renee"],
        family=["Johnson", "Nguyễn|Nguyen", "Garcia", "Brown"],
    ),
    "ES": Country(
        weight=10,
        dialling="+34 91",
        cities=["Madrid", "A Coruña", "Málaga"],
        given=["José|Jose", "Lucía|Lucia", "Iñaki|Inaki", "Carmen"],
        family=["Muñoz|Munoz", "García|Garcia", "Ruiz", "Peña|Pena"],
    ),
    "PL": Country(
        weight=10,
        dialling="+48 22",
        cities=["Łódź", "Warszawa", "Kraków"],
        given=["Łukasz|Lukasz", "Zofia", "Paweł|Pawel", "Małgorzata|Malgorzata"],
        family=["Wójcik|Wojcik", "Nowak", "Dąbrowski|Dabrowski", "Zając|Zajac"],
    ),
    "SE": Country(
        weight=6,
        dialling="+46 8",
        cities=["Stockholm", "Göteborg", "Malmö"],
        given=["Åsa|Asa", "Björn|Bjorn", "Elin", "Oskar"],
        family=["Sjöberg|Sjoberg", "Lindqvist", "Åkesson|Akesson", "Holm"],
    ),
    "GR": Country(
        weight=4,
        dialling="+30 21",
        cities=["Αθήνα", "Πάτρα", "Χανιά"],
        given=["Ελένη|Eleni", "Γιώργος|Giorgos", "Μαρία|Maria", "Νίκος|Nikos"],
        family=["Παππάς|Pappas", "Δήμου|Dimou", "Βλάχος|Vlachos", "Ρήγας|Rigas"],
    ),
    "JP": Country(
        weight=6,
        dialling="+81 3",
        cities=["東京", "大阪", "札幌"],
        given=["さくら|Sakura", "太郎|Taro", "花子|Hanako", "健|Ken"],
        family=["山田|Yamada", "佐藤|Sato", "鈴木|Suzuki", "高橋|Takahashi"],
    ),
}
CATEGORIES = {"BK": 18, "EL": 240, "FA": 55, "GR": 30, "HO": 90, "SP": 70}  # code: typical price in EUR
TOPICS = ["billing", "delivery", "product", "returns", "account"]


class Customer(NamedTuple):
    """What transactions and tickets need to know of a customer."""

    id: str
    email: str
    signed_up: datetime


class Dice:
    """Choices built on `random()` alone."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed).random

    def chance(self, probability: float) -> bool:
        return self._random() < probability

    def below(self, limit: int) -> int:
        return int(self._random() * limit)

    def skewed(self) -> float:
        """Between 0 and 1, small numbers far more often."""
        number = self._random()
        return number * number * number

    def pick(self, items: list[T], weights: list[int] | None = None) -> T:
        if weights is None:
            return items[self.below(len(items))]
        sums = list(accumulate(weights))
        return items[bisect(sums, self.below(sums[-1]))]


def make_customers(dice: Dice) -> tuple[list[Customer], str]:
    """The customers, and the CRM's extract of them as CSV."""
    codes, weights = list(COUNTRIES), [country.weight for country in COUNTRIES.values()]
    customers, rows = [], []
    for number in range(1, CUSTOMERS + 1):
        code = dice.pick(codes, weights)
        country = COUNTRIES[code]
        given, family = dice.pick(country.given), dice.pick(country.family)
        ascii_name = f"{given.split('|')[-1]}.{family.split('|')[-1]}".lower()
        email = f"{ascii_name}{number}@example.{dice.pick(['com', 'org', 'net'])}"
        signed_up = FIRST_SIGN_UP + timedelta(minutes=dice.below(60 * 24 * 365 * 3))
        updated = signed_up + timedelta(minutes=dice.below(int((LAST_DAY - signed_up).total_seconds()) // 60))
        born = date(1945, 1, 1) + timedelta(days=dice.below(365 * 60))
        order = [family, given] if code == "JP" else [given, family]
        rows.append(
            {
                "customer_id": f"C{number:04d}",
                "full_name": " ".join(part.split("|")[0] for part in order),
                "email": "" if dice.chance(0.03) else email.title() if dice.chance(0.02) else email,
                "phone": "" if dice.chance(0.12) else f"{country.dialling} 5550{dice.below(1000):03d}",
                "birth_date": "" if dice.chance(0.08) else born.isoformat(),
                "country_code": code,
                "city": "" if dice.chance(0.05) else dice.pick(country.cities),
                "tier_code": dice.pick(["B", "S", "G", "P"], [55, 28, 13, 4]),
                "marketing_opt_in": "" if dice.chance(0.06) else dice.pick(["true", "false"]),
                "signed_up_at": f"{signed_up:%Y-%m-%d %H:%M}",
                "updated_at": f"{updated:%Y-%m-%d %H:%M}",
            }
        )
        customers.append(Customer(rows[-1]["customer_id"], email, signed_up))
    return customers, to_csv(rows)


def make_transactions(dice: Dice, customers: list[Customer]) -> str:
    """The till's extract: in the order of arrival, with codes, some of them late."""
    weights = [0 if dice.chance(0.1) else 1 + int(1000 * dice.skewed()) for _ in customers]
    sums = list(accumulate(weights))
    codes, prices = list(CATEGORIES), list(CATEGORIES.values())
    rows = []
    for number in range(TRANSACTIONS):
        occurred = FIRST_DAY + timedelta(minutes=(MINUTES * number + dice.below(MINUTES)) // TRANSACTIONS)
        if dice.chance(0.03):
            occurred = max(FIRST_DAY, occurred - timedelta(minutes=dice.below(3 * 24 * 60)))
        known = False
        while not known and not dice.chance(0.04):
            buyer = customers[bisect(sums, dice.below(sums[-1]))]
            known = buyer.signed_up <= occurred
        category = dice.below(len(codes))
        cents = 199 + int(prices[category] * 500 * dice.skewed())
        status = dice.pick(["P", "R", "F"], [92, 5, 3])
        rows.append(
            {
                "transaction_id": 10_001 + number,
                "customer_id": buyer.id if known else "",
                "occurred_at": f"{occurred:%Y-%m-%d %H:%M}",
                "amount_eur": "" if status == "F" and dice.chance(0.5) else f"{cents // 100}.{cents % 100:02d}",
                "channel": dice.pick(["W", "A", "S"], [50, 30, 20]),
                "category": codes[category],
                "status": status,
            }
        )
    return to_csv(rows)


def make_tickets(dice: Dice, customers: list[Customer]) -> str:
    """The help desk's extract: one JSON object a line, nested, with nulls."""
    lines = []
    for number in range(1, TICKETS + 1):
        opened = FIRST_DAY + timedelta(minutes=(MINUTES * number) // (TICKETS + 1))
        customer = dice.pick(customers)
        known = customer.signed_up <= opened and not dice.chance(0.05)
        reply = opened + timedelta(minutes=5 + int(2000 * dice.skewed()))
        closed = reply + timedelta(minutes=30 + int(9000 * dice.skewed()))
        status = "open" if closed > LAST_DAY or dice.chance(0.04) else dice.pick(["solved", "closed"])
        rated = status != "open" and dice.chance(0.6)
        ticket: dict[str, Any] = {
            "ticket_id": f"T-{number:05d}",
            "requester": {"customer_id": customer.id if known else None, "email": customer.email},
            "topic": dice.pick(TOPICS),
            "priority": dice.pick(["low", "normal", "high", "urgent"], [25, 50, 20, 5]),
            "status": status,
            "opened_at": f"{opened:{ISO}}",
            "first_reply_at": None if status == "open" and dice.chance(0.5) else f"{reply:{ISO}}",
            "closed_at": None if status == "open" else f"{closed:{ISO}}",
            "satisfaction": dice.pick([1, 2, 3, 4, 5], [8, 10, 20, 34, 28]) if rated else None,
        }
        lines.append(json.dumps(ticket, ensure_ascii=False, separators=(",", ":")) + "\n")
    return "".join(lines)


def to_csv(rows: list[dict[str, Any]]) -> str:
    """Rows of equal keys as CSV with a header and \\n."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def generate(folder: Path) -> list[Path]:
    """Write the three files into the folder, which is made if need be."""
    dice = Dice(SEED)
    customers, crm = make_customers(dice)
    contents = {
        "crm_customers.csv": crm,
        "transactions.csv": make_transactions(dice, customers),
        "support_tickets.jsonl": make_tickets(dice, customers),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content.encode())
    return [folder / name for name in contents]


if __name__ == "__main__":
    for path in generate(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "raw"):
        print(path, path.stat().st_size)
