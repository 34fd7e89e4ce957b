"""Reads messages with libraries that share nothing with the sender: one JSON value a line on standard input, `ok` or
what is wrong on standard output.

    {"blocks": [...]}                                      Slack's own models of Block Kit
    {"webhook": {"secret", "headers", "body"}}             Standard Webhooks' own library
    {"calendar": "..."}                                    icalendar
"""

import json
import sys

from icalendar import Calendar
from slack_sdk.models.blocks import Block
from standardwebhooks.webhooks import Webhook


def blocks(given):
    read = Block.parse_all(given)
    for block in read:
        block.validate_json()
    # What a model doesn't know it leaves out.
    if [block.to_dict() for block in read] != given:
        raise ValueError("Slack's models read something else")


def webhook(given):
    if Webhook(given["secret"]).verify(given["body"], given["headers"]) != json.loads(given["body"]):
        raise ValueError("the body is another one")


def calendar(given):
    read = Calendar.from_ical(given)
    if read.errors:
        raise ValueError(read.errors)
    (event,) = read.walk("VEVENT")
    (alarm,) = event.walk("VALARM")
    if event.errors or alarm.errors:
        raise ValueError(event.errors + alarm.errors)
    for name in ["UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "LOCATION", "SEQUENCE"]:
        event[name]
    if not event.decoded("DTSTART") < event.decoded("DTEND"):
        raise ValueError("it ends before it begins")
    if event.decoded("DTSTAMP").isoformat() != "2026-11-23T17:30:00+00:00":
        raise ValueError("it isn't of its own time")
    if any(len(line.encode()) > 75 for line in given.split("\r\n")):
        raise ValueError("a line is not folded")


readers = {"blocks": blocks, "webhook": webhook, "calendar": calendar}
for line in sys.stdin:
    ((kind, given),) = json.loads(line).items()
    try:
        readers[kind](given)
        print("ok", flush=True)
    except Exception as error:
        print(f"{kind}: {type(error).__name__}: {error}", flush=True)
