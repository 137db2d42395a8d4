"""What is told of a person is recognised however it is spelled, and in every field; ids of systems are not.

Judges that are not ours: Google's phone numbers, the check digits of python-stdnum, examples of the registry.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import phonenumbers
import pytest
from stdnum import iban, luhn
from stdnum.br import cpf
from stdnum.es import dni, nie
from stdnum.id import nik
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from support.effort import examples

from stream.adapters import check_digits
from stream.adapters.accounts import is_account
from stream.adapters.canonical import CanonicalDecoder
from stream.adapters.identities import is_nik
from stream.adapters.shapes import SHAPES, is_plain, shape_of
from stream.adapters.text import IDENTIFIER, NAME
from stream.errors import BadRecord, RejectReason
from tools.docs.events import events_schema
from tools.docs.samples import SAMPLES

pytestmark = pytest.mark.pure

SECURITY = Path(__file__).parents[3] / "docs" / "security.md"
ACCOUNT, CARD, IDENTITY = "an account number (IBAN)", "the number of a card", "an identity number"
PHONE, MAIL, ADDRESS = "a phone number", "a mail address", "the address of a phone"

#: From the IBAN registry, as SWIFT publishes it.
IBANS = """
AD1200012030200359100100 AE070331234567890123456 AL47212110090000000235698741 AT611904300234573201
AZ21NABZ00000000137010001944 BA391290079401028494 BE68539007547034 BG80BNBG96611020345678
BH67BMAG00001299123456 BR1800360305000010009795493C1 CH9300762011623852957 CR05015202001026284066
CY17002001280000001200527600 CZ6508000000192000145399 DE89370400440532013000 DK5000400440116243
DO28BAGR00000001212453611324 EE382200221020145685 ES9121000418450200051332 FI2112345600000785
FO6264600001631634 FR1420041010050500013M02606 GB29NWBK60161331926819 GE29NB0000000101904917
GI75NWBK000000007099453 GL8964710001000206 GR1601101250000000012300695 GT82TRAJ01020000001210029690
HR1210010051863000160 HU42117730161111101800000000 IE29AIBK93115212345678 IL620108000000099999999
IS140159260076545510730339 IT60X0542811101000000123456 KW81CBKU0000000000001234560101
KZ86125KZT5004100100 LB62099900000001001901229114 LI21088100002324013AA LT121000011101001000
LU280019400644750000 LV80BANK0000435195001 MC5811222000010123456789030 MD24AG000225100013104168
ME25505000012345678951 MK07250120000058984 MT84MALT011000012345MTLCAST001S NL91ABNA0417164300
NO9386011117947 PK36SCBL0000001123456702 PL61109010140000071219812874 PT50000201231234567890154
QA58DOHB00001234567890ABCDEFG RO49AAAA1B31007593840000 RS35260005601001611379 SA0380000000608010167519
SE4550000000058398257466 SI56263300012039086 SK3112000000198742637541 SM86U0322509800000000270100
TN5910006035183598478831 TR330006100519786457841326 UA213223130000026007233566001
VG96VPVG0000012345678901
"""
#: Numbers that the networks of cards give for tests.
CARDS = """
4111111111111111 4012888888881881 4242424242424242 5555555555554444 5105105105105100 2223003122003222
378282246310005 371449635398431 6011111111111117 6011000990139424 3530111333300000 3566002020360505
6200000000000005
"""

PERSONAL = {
    **dict.fromkeys(IBANS.split(), ACCOUNT),
    "DE89 3704 0044 0532 0130 00": ACCOUNT,
    "iban GB29 NWBK 6016 1331 9268 19 please": ACCOUNT,
    "de89370400440532013000": ACCOUNT,
    "NL91-ABNA-0417-1643-00": ACCOUNT,
    **{card: CARD for card in CARDS.split() if "000000" not in card},
    "4111 1111 1111 1111": CARD,
    "4111-1111-1111-1111": CARD,
    "card-4111111111111111": CARD,
    "3782 822463 10005": CARD,
    "3056 930902 5904": CARD,
    "6200 0000 0000 0005": CARD,
    "3171011708450001": IDENTITY,  # stdnum's NIK
    "3273024304900002": IDENTITY,
    "078-05-1120": IDENTITY,  # the number that was printed on wallets
    "ssn 219-09-9999": IDENTITY,
    "1112.22.333": IDENTITY,  # stdnum's BSN
    "54362315K": IDENTITY,
    "54362315-K": IDENTITY,
    "X2482300W": IDENTITY,
    "x-RCCMNL83S18D969H": IDENTITY,
    "rccmnl83s18d969h": IDENTITY,
    "390.533.447-05": IDENTITY,
    "+4915112345678": PHONE,
    "+62-812-3456-789": PHONE,
    "004915112345678": PHONE,
    "0049 151 12345678": PHONE,
    "0049-151-12345678": PHONE,
    "00 49 (151) 12345678": PHONE,
    "c/0016502530000": PHONE,
    "0062812345678901"[:15]: PHONE,
    "%2B4915112345678": PHONE,
    "\uff0b\uff14\uff19151\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18": PHONE,
    "+49\u200b151\u200b12345678": PHONE,
    "+49\u2060151\ufeff12345678": PHONE,
    "+49\u2011151\u201312345678": PHONE,
    "+\u0664\u0669\u0661\u0665\u0661\u0661\u0662\u0663\u0664\u0665\u0666": PHONE,
    "ann.smith@mail.example": MAIL,
    "ann.smith%40mail.example": MAIL,
    "ann.smith%2540mail.example": MAIL,
    "ann.smith\uff20mail.example": MAIL,
    "ann.smith\ufe6bmail\uff0eexample": MAIL,
    "ann.smith@mail\u3002example": MAIL,
    "ann\u200b@\u200bmail.ex\u00adample": MAIL,
    "\u00fcnal@b\u00fccher.example": MAIL,
    '"Ann Smith" <sip:1000@pbx>': ADDRESS,
    "Ann Smith <sip:ann@10.0.0.1>": ADDRESS,
    '"Ann Smith" <015112345678>': ADDRESS,
    "sip:015112345678@10.0.0.1": ADDRESS,
    "tel:015112345678": ADDRESS,
    "sip:ann@pbx.example.com": MAIL,
}

#: Ids as vendors document them, or as real logs have them; none says anything of a person by itself.
IDS = """
1795971311.4 Local/555@customer-00000000;1 Local/a101@agents-00000177;1 Local/a101@agents/n 1001@default
loopback/7001-a null/1008 INC0001431 AA0101-990201-34536 00253cb8-e542-4cf2-9ee5-7896b24f62a0 vip@default
1795975882282226 5fcdfc79-d9a0-409d-8405-c1830d00889d NO_SERVER agent-01 10006
1700000000.123 pbx1-1700000000.45678 SIP/2000-0000012A PJSIP/1001-0000001a
Local/1000@from-queue-00000001;2 1000@default sales@default 1842362389@192.168.0.3 user/1003@10.0.0.7
agent:1001 Agent/1001 Queue:4711 1700000000123 1764461234567890 1700000000123456789
2026-11-21T10:00:00+00:00 20261121T100000Z 20261121-A 3c5b1e7a-9a3f-4d0e-8c15-6a1c2f0e9b11
00491511-2345-4678-8123-456789012345 12345678-1234-4234-8234-123456789012
CA5ef8732a3c49700934481addd5ce1659 AC12345678901234567890123456789012 WTabcdef0123456789abcdef0123456789
5003000000D8cuIAAR 500300000D8cuI 00530000003xqAb 00Q3000000abcdEAAX 0015000000Gv7qJ 00001234 35436
360001234567 4417362733069 10001234567890 28947561234567 36123456789012 zen:ticket:35436
010a0282f4cc8001 0071023456789012 00001002561475123456 151234-5678 300000000012345 20211000012345678
5780678246121472 4884539210121216 6253141921497088 5629499534213120 5066549580791808 1892000000042034
554023000000245021 4150868000000225013 4000000015009 215468532912345 507f1f77bcf86cd799439011
5f3a9c0e1b2d4f6a8c7e9d0b INC0012345 CS0001234 HD-2026-000123 JRA-12345 bug-1234567 4111111111111112
4111111111111111.5 411111111111111 41111111111111111111 DE00370400440532013000 DE8937040044053201300
3171991708450001 3171010008450001 9999999999999999 0000000000000000 1234567890123456 000-12-3456
666-12-3456 900-12-3456 123-00-4567 123-45-0000 12-34-5678 1112.22.334 54362315A 390.533.447-06
00112345678901 0012345678 000049151123456 000012345678901234 00991234 a+b k2:0f3a 10.0.0.1 fe80::1
192.168.100.200 001234567890 0000123456789 team-0003-082 1-1a1fd8c6900-50010 1-1a1fd8c6900-123456
queue-0001 support@default
"""


@pytest.mark.parametrize("text", PERSONAL)
def test_what_tells_of_a_person_is_recognised(text: str) -> None:
    assert shape_of(text) == PERSONAL[text]


@pytest.mark.parametrize("text", IDS.split())
def test_ids_of_systems_are_none(text: str) -> None:
    assert shape_of(text) == ""


def test_the_published_list_is_what_is_recognised() -> None:
    rows = re.findall(r"^\| (an? .+?|the .+?) \| .+ \| (`.+`) \|$", SECURITY.read_text(), flags=re.MULTILINE)
    told = {shape: re.findall("`(.+?)`", examples) for shape, examples in rows}
    assert told.keys() == {shape.name for shape in SHAPES}
    assert {shape: [shape_of(one) for one in examples] for shape, examples in told.items()} == {
        shape: [shape] * len(examples) for shape, examples in told.items()
    }


@pytest.mark.parametrize("text", PERSONAL)
def test_what_is_plain_by_its_kinds_is_no_shape(text: str) -> None:
    assert not is_plain(text)


def test_phone_numbers_of_every_country_are_recognised() -> None:
    """Google's example numbers, as their library writes them."""
    found, missed = 0, []
    for region in phonenumbers.SUPPORTED_REGIONS:
        for kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE):
            number = phonenumbers.example_number_for_type(region, kind)
            if number is None:
                continue
            plain = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            spaced = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
            digits = plain[1:]
            assert shape_of(plain) == PHONE
            assert shape_of(spaced) == PHONE
            if 10 <= len(digits) <= 13:  # fewer are told from ids by the plus alone
                found += 1
                missed += [one for one in (f"00{digits}", f"00{spaced[1:]}") if shape_of(one) != PHONE]
    assert found > 250
    assert missed == []


def test_ids_that_are_counted_or_drawn_are_never_refused() -> None:
    random = Random(1)
    for _ in range(examples(20_000)):
        number = random.getrandbits(128)
        hex_ = f"{number:032x}"
        uuid = f"{hex_[:8]}-{hex_[8:12]}-{hex_[12:16]}-{hex_[16:20]}-{hex_[20:]}"
        ms = random.randrange(1_500_000_000_000, 2_000_000_000_000)
        counted = random.randrange(10**9)  # filled up, it begins with three zeros at least
        for text in (
            *(uuid, uuid.upper(), hex_, f"CA{hex_}", hex_[:24], hex_[:16].replace("0", "a"), str(ms)),
            *(f"{ms // 1000}.{number % 10_000}", f"{ms}-{number % 1000}", str(counted), f"c-{counted:012d}"),
            f"{ms * 1000 + number % 1000}" if ms > 1_700_000_000_000 else "",
        ):
            assert shape_of(text) == "", text


def test_check_digits_are_those_of_others() -> None:
    random = Random(2)
    for _ in range(examples(20_000)):
        digits = "".join(random.choices("0123456789", k=16))
        assert check_digits.luhn(digits) == luhn.is_valid(digits)
        assert check_digits.cpf(digits[:11]) == cpf.is_valid(digits[:11])
        if digits[:9] != "000000000":
            assert check_digits.bsn(digits[:9]) == bsn.is_valid(digits[:9])
        letter = random.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        assert check_digits.dni(digits[:8] + letter) == dni.is_valid(digits[:8] + letter)
        foreign = random.choice("XYZ") + digits[:7] + letter
        assert check_digits.dni(foreign) == nie.is_valid(foreign)
        account = random.choice(IBANS.split())
        account = account[:2] + digits[:2] + account[4:]
        assert is_account(account) == (iban.is_valid(account, check_country=False) and account[2:4] < "99")


def test_identity_numbers_are_those_of_others() -> None:
    random = Random(3)
    accepted = 0
    for _ in range(examples(200_000)):
        digits = "31" + "".join(random.choices("0123456789", k=14))
        ours, theirs = is_nik(digits), nik.is_valid(digits)
        assert theirs or not ours, digits
        accepted += ours
    assert accepted > examples(200_000) // 200
    for code in ("RCCMNL83S18D969H", "RSSMRA85T10A562S", "MRTMTT25D09F205Z"):
        for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
            assert check_digits.tax_code(code[:-1] + last) == (
                codicefiscale.calc_check_digit(code[:-1]) == last
            )


ROOT = events_schema()
TIMES = {"from": "2026-11-21T09:00:00Z", "to": "2026-11-21T10:00:00Z"}
TIME = "2026-11-21T09:30:00Z"
Place = tuple[str, str, dict[str, Any]]


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    found = ROOT["$defs"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    return dict(found)


def is_text(schema: dict[str, Any]) -> bool:
    """Whether a source chooses what stands there."""
    return schema.get("pattern") in {IDENTIFIER, NAME}


def least(name: str, schema: dict[str, Any]) -> Any:
    """Something that a field accepts."""
    if is_text(schema):
        return "x"
    if name == "type" and "const" not in schema:
        return "visit.abandoned"
    kinds = {"integer": 1, "array": [], "string": TIMES.get(name, TIME)}
    return schema.get("const") or schema.get("enum", [None])[0] or kinds.get(schema.get("type", ""))


def filled(schema: dict[str, Any]) -> dict[str, Any]:
    return {name: least(name, schema["properties"][name]) for name in schema.get("required", ())}


def changed(schema: dict[str, Any], whole: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each field for text, and the object in which it says `MARK`."""
    for name, of in schema["properties"].items():
        if is_text(of):
            yield name, whole | {name: MARK}
        elif of.get("type") == "array" and is_text(of["items"]):
            yield name, whole | {name: ["x", MARK]}


def events() -> Iterator[Place]:
    """Each type with each field for text of it, in an event that says no more than it must."""
    for ref in ROOT["oneOf"]:
        schema = resolved(ref)
        kinds = schema["properties"]["type"]
        for type_ in kinds.get("enum", [kinds.get("const")]):
            data = resolved(schema["properties"].get("data", {"properties": {}}))
            variants = [resolved(one) for one in data.get("oneOf", [data])]
            head = filled(schema) | {"type": type_}
            for number, variant in enumerate(variants):
                whole = head if variant == {"properties": {}} else head | {"data": filled(variant)}
                for name, found in changed(variant, whole.get("data", {})):
                    yield type_, f"data.{name} {number}", whole | {"data": found}
            yield from ((type_, name, found) for name, found in changed(schema, whole))


MARK = "\u2603"
MARK_WRITTEN = json.dumps(MARK)[1:-1]
EVENTS = list(events())
#: One of each, and what is spelled oddly; in names blanks and marks may stand that ids never have.
EACH = [
    "DE89370400440532013000",
    "4111111111111111",
    "004915112345678",
    "078-05-1120",
    "a%40b.example",
    "a\uff20b.io",
]


@pytest.mark.parametrize(
    ("type_", "field", "event"), EVENTS, ids=lambda part: part if isinstance(part, str) else ""
)
def test_every_field_of_every_event_refuses_every_shape(
    type_: str, field: str, event: dict[str, Any]
) -> None:
    text, decoder = json.dumps(event), CanonicalDecoder()
    decoder.decode(text.replace(MARK_WRITTEN, "c-1").encode())  # what follows may be read the fast way
    for shape in EACH:
        with pytest.raises(BadRecord) as bad:
            decoder.decode(text.replace(MARK_WRITTEN, json.dumps(shape)[1:-1]).encode())
        assert bad.value.reason is RejectReason.PERSONAL, (type_, field, shape, bad.value.detail)
        assert shape not in bad.value.detail


def test_every_field_is_looked_at() -> None:
    assert len(EVENTS) > 130
    assert {field.partition(" ")[0] for _, field, _ in EVENTS} == {
        *("id", "source", "subject", "sequence"),
        *(f"data.{name}" for name in ("agent", "team", "queue", "queues", "reason", "to", "id", "sequence")),
    }


@pytest.mark.parametrize("mark", [*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
def test_names_that_turn_what_stands_after_them_are_refused(mark: int) -> None:
    event = json.loads(json.dumps(next(s.document for s in SAMPLES if s.type == "visit.queued")))
    event["data"]["queue"] = f"a{chr(mark)}b"
    with pytest.raises(BadRecord) as bad:
        CanonicalDecoder().decode(json.dumps(event).encode())
    assert bad.value.reason is RejectReason.SCHEMA
