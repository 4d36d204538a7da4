"""The eighteen identifiers of the Safe Harbor rule, 45 CFR 164.514(b)(2)(i)(A)-(R)."""

from __future__ import annotations

from enum import StrEnum


class IdentifierClass(StrEnum):
    """One letter of the rule; of the patient, relatives, employers or household members."""

    NAME = "A"
    PLACE = "B"
    DATE = "C"
    TELEPHONE = "D"
    FAX = "E"
    EMAIL = "F"
    SOCIAL_SECURITY = "G"
    MEDICAL_RECORD = "H"
    HEALTH_PLAN = "I"
    ACCOUNT = "J"
    LICENCE = "K"
    VEHICLE = "L"
    DEVICE = "M"
    URL = "N"
    IP_ADDRESS = "O"
    BIOMETRIC = "P"
    IMAGE = "Q"
    OTHER = "R"


TITLES = {
    IdentifierClass.NAME: "names",
    IdentifierClass.PLACE: "places smaller than a state",
    IdentifierClass.DATE: "dates more exact than a year, and ages over 89",
    IdentifierClass.TELEPHONE: "telephone numbers",
    IdentifierClass.FAX: "fax numbers",
    IdentifierClass.EMAIL: "e-mail addresses",
    IdentifierClass.SOCIAL_SECURITY: "social security numbers",
    IdentifierClass.MEDICAL_RECORD: "medical record numbers",
    IdentifierClass.HEALTH_PLAN: "health plan beneficiary numbers",
    IdentifierClass.ACCOUNT: "account numbers",
    IdentifierClass.LICENCE: "certificate and licence numbers",
    IdentifierClass.VEHICLE: "vehicle identifiers and plates",
    IdentifierClass.DEVICE: "device identifiers and serial numbers",
    IdentifierClass.URL: "web addresses",
    IdentifierClass.IP_ADDRESS: "IP addresses",
    IdentifierClass.BIOMETRIC: "biometric identifiers",
    IdentifierClass.IMAGE: "photographs and comparable images",
    IdentifierClass.OTHER: "other unique numbers, characteristics or codes",
}
