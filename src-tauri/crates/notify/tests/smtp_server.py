"""A real SMTP server for the tests of the email channel: aiosmtpd on a free loopback port.

    smtp_server.py plain|starttls|smtps [CERT KEY] [USER SECRET]

The first line of standard output is the port; then one JSON line for each mail taken. It refuses a recipient
such as r550@… with that number, and likewise a sender s550@…; it takes a mail for later451@… up to its end.
It stops when standard input does.
"""

import asyncio
import json
import logging
import re
import ssl
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult


def refusal(letter, address):
    code = re.match(rf"{letter}([45]\d\d)@", address)
    return code and f"{code[1]} refused for {address}"


class Handler:
    async def handle_MAIL(self, server, session, envelope, address, options):
        if answer := refusal("s", address):
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if answer := refusal("r", address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if envelope.rcpt_tos[0].startswith("later451@"):
            return "451 later"
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "tls": session.ssl is not None or server.transport.get_extra_info("ssl_object") is not None,
            "user": session.auth_data and session.auth_data.login.decode(),
            "raw": envelope.content.decode("utf-8"),
        }
        print(json.dumps(mail), flush=True)
        return "250 taken"


async def main(mode, *rest):
    context = None
    if mode != "plain":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*rest[:2])
        rest = rest[2:]

    def sign_in(server, session, envelope, mechanism, auth_data):
        good = [auth_data.login.decode(), auth_data.password.decode()] == list(rest)
        return AuthResult(success=good, handled=good, auth_data=auth_data)

    def protocol():
        return SMTP(
            Handler(),
            hostname="localhost",
            enable_SMTPUTF8=True,
            decode_data=False,
            tls_context=context if mode == "starttls" else None,
            authenticator=sign_in if rest else None,
            auth_required=bool(rest),
            auth_require_tls=mode == "starttls",
        )

    loop = asyncio.get_running_loop()
    tls = context if mode == "smtps" else None
    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=tls)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


# Broken handshakes, and passwords in clear on loopback, are what some tests are about.
warnings.simplefilter("ignore")
logging.getLogger("mail.log").setLevel(logging.CRITICAL)
asyncio.run(main(*sys.argv[1:]))
