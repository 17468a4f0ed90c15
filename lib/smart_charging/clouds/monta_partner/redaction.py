"""What a report about a fault leaves out of the Partner API's answers, even as a key's type."""

from __future__ import annotations

from smart_charging.clouds.monta import redaction

PRIVATE_KEYS = redaction.PRIVATE_KEYS | {
    "chargepointidentity",
    "clientsecret",
    "createdby",
    "creatoruserid",
    "customheaders",
    "deeplinks",
    "email",
    "humanreadableid",
    "licenseplate",
    "metadata",
    "meterid",
    "operatornote",
    "partnercustompayload",
    "partnerexternalid",
    "payingteam",
    "phone",
    "simcard",
    "sponsorteam",
    "teammember",
    "user",
    "vehicleid",
    "vid",
    "vin",
    "webhooksecret",
    "webhookurl",
}
"""In lower case."""
