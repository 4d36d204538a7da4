"""What a column's name gives away."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

from explainers.intake.identifiers.classes import IdentifierClass as Kind

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_NUMBER_WORDS = frozenset({"id", "ids", "no", "nr", "num", "number", "nbr", "code", "identifier"})


@dataclass(frozen=True)
class NameRule:
    """Words of a column's name that mean an identifier.

    Attributes
    ----------
    kind : IdentifierClass
    words : frozenset of str
        One of them is enough.
    beside : frozenset of str
        One of these has to stand beside it; none has to where empty.
    unless : frozenset of str
        With one of these it means something else.
    """

    kind: Kind
    words: frozenset[str]
    beside: frozenset[str] = frozenset()
    unless: frozenset[str] = frozenset()

    def fits(self, words: frozenset[str]) -> bool:
        """Whether the words of a column's name mean this identifier."""
        found = bool(words & self.words) and not words & self.unless
        return found and (not self.beside or bool(words & self.beside))


def _rule(kind: Kind, words: str, *, beside: str = "", unless: str = "") -> NameRule:
    return NameRule(
        kind, frozenset(words.split()), frozenset(beside.split()), frozenset(unless.split())
    )


_THINGS = "drug test lab variable column gene product medication medicine procedure diagnosis"
_COUNTED = (
    "days day hours hour months month weeks week since time duration length until los count n"
)
_MEASURED = "weight order control defect defects type status outcome place country length rank"

# Words of German exports, in which a compound is one word.
_GERMAN_RULES = (
    _rule(Kind.NAME, "patientenname nachname vorname familienname geburtsname angehorige"
          " angehoerige"),
    _rule(Kind.PLACE, "plz postleitzahl anschrift adresse strasse wohnort landkreis gemeinde"),
    _rule(Kind.DATE, "datum geburtsdatum geburtstag aufnahmedatum entlassdatum entlassungsdatum"
          " sterbedatum todesdatum"),
    _rule(Kind.TELEPHONE, "telefon telefonnummer telefonnr handy handynummer mobilnummer"
          " rufnummer"),
    _rule(Kind.SOCIAL_SECURITY, "sozialversicherungsnummer rentenversicherungsnummer svnr"),
    _rule(Kind.MEDICAL_RECORD, "fallnummer fallnr fallid patientennummer patientennr patientenid"
          " aktenzeichen"),
    _rule(Kind.HEALTH_PLAN, "versichertennummer krankenversichertennummer versichertennr kvnr"),
    _rule(Kind.ACCOUNT, "kontonummer kontonr"),
    _rule(Kind.VEHICLE, "kennzeichen", unless="land"),
    _rule(Kind.DEVICE, "seriennummer geratenummer geraetenummer"),
    _rule(Kind.OTHER, "remarks comments freetext bemerkung bemerkungen anmerkung anmerkungen"
          " freitext kommentar"),
)  # fmt: skip
RULES = (
    *_GERMAN_RULES,
    _rule(Kind.NAME, "name names fullname", unless=f"{_THINGS} file hospital facility county city"),
    _rule(Kind.NAME, "surname lastname firstname forename middlename maidenname nickname initials"),
    _rule(Kind.NAME, "kin spouse guardian employer emergencycontact"),
    _rule(Kind.NAME, "mother father", beside="name surname"),
    _rule(Kind.PLACE, "address addr street city town village county parish precinct borough"
          " neighbourhood neighborhood zip zipcode postcode postal geocode latitude longitude"
          " lat lon lng coordinates fips tract", unless="ip email mac mail web"),
    _rule(Kind.PLACE, "hospital facility clinic site practice centre center",
          beside="name id code no number city", unless="type visits volume"),
    _rule(Kind.DATE, "date dates datetime timestamp dob doa dod birthdate birthday deathdate",
          unless="up"),
    _rule(Kind.DATE, "birth born", unless=f"{_MEASURED} year yr"),
    _rule(Kind.DATE, "admitted discharged", unless=_COUNTED),
    _rule(Kind.DATE, "admission discharge death visit procedure surgery onset diagnosis sample",
          beside="dt on at day"),
    _rule(Kind.TELEPHONE, "phone telephone mobile cellphone tel pager homephone workphone",
          unless="use usage hours"),
    _rule(Kind.FAX, "fax faxno telefax facsimile"),
    _rule(Kind.EMAIL, "email mail emails"),
    _rule(Kind.SOCIAL_SECURITY, "ssn socialsecurity sin"),
    _rule(Kind.SOCIAL_SECURITY, "social", beside="security"),
    _rule(Kind.MEDICAL_RECORD, "mrn chartno recordno hospitalno medrec"),
    _rule(Kind.MEDICAL_RECORD, "record chart hospital patient case",
          beside="id ids no nr num number nbr identifier"),
    _rule(Kind.HEALTH_PLAN, "hicn mbi beneficiary subscriber policyno memberid"),
    _rule(Kind.HEALTH_PLAN, "insurance policy member plan medicare medicaid",
          beside="id no nr num number nbr identifier"),
    _rule(Kind.ACCOUNT, "account acct iban creditcard accountno"),
    _rule(Kind.ACCOUNT, "bank billing invoice card", beside="id no nr num number nbr"),
    _rule(Kind.LICENCE, "license licence certificate npi dea licenseno"),
    _rule(Kind.VEHICLE, "vehicle vin plate licenseplate numberplate",
          unless="count blood growth bone end"),
    _rule(Kind.DEVICE, "serial serialno imei udi", unless="measurements"),
    _rule(Kind.DEVICE, "device pacemaker implant pump monitor",
          beside="id no nr num number nbr identifier mac"),
    _rule(Kind.DEVICE, "mac", beside="address addr"),
    _rule(Kind.URL, "url urls website homepage weblink uri"),
    _rule(Kind.IP_ADDRESS, "ip ipaddress ipv4 ipv6"),
    _rule(Kind.BIOMETRIC, "fingerprint voiceprint iris retina biometric voice faceid palmprint",
          unless="disease detachment detached hoarse thickness"),
    _rule(Kind.IMAGE, "photo photograph portrait selfie headshot facephoto"),
    _rule(Kind.IMAGE, "image picture", beside="file path face id url"),
    _rule(Kind.OTHER, "uuid guid accession barcode passport pseudonym studyid personid"),
    _rule(Kind.OTHER, "encounter visit episode specimen sample study subject person participant"
          " family household national", beside="id ids no nr num number nbr identifier code"),
)  # fmt: skip


def words_of(name: str) -> frozenset[str]:
    """The words of a column's name: ``dateOfBirth``, ``date_of_birth`` and ``DATE OF BIRTH``.

    Letters lose their accents: ``Straße`` is read as strasse.
    """
    bare = unicodedata.normalize("NFKD", name.replace("\u00df", "ss"))
    bare = "".join(mark for mark in bare if not unicodedata.combining(mark))
    spaced = re.sub(r"[^0-9A-Za-z]+", " ", bare)
    words = [word.lower() for word in _WORD.findall(spaced)]
    # Names are also written without a break: "zip_code" and "zipcode", "first_name", "firstname".
    pairs = ["".join(pair) for pair in pairwise(words)]
    return frozenset([*words, *pairs])


def classes_by_name(name: str) -> tuple[Kind, ...]:
    """Identifiers that a column's name speaks of, in the rule's order."""
    words = words_of(name)
    found = {rule.kind for rule in RULES if rule.fits(words)}
    if Kind.FAX in found:
        found.discard(Kind.TELEPHONE)
    if not found and words and words <= _NUMBER_WORDS | {"row", "index", "unnamed", "0"}:
        found.add(Kind.OTHER)
    return tuple(sorted(found))
