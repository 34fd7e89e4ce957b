"""A mail server that keeps what it is given: TLS and a password are required, as in the world. Each mail
goes to standard output as a line of JSON. Lines on standard input change its mood:

    refuse    answer every recipient with 550      busy    answer with 451, try again later
    accept    be a good server again
"""

import argparse
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Catcher:
    mood = "accept"

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = {"refuse": "550 no such person", "busy": "451 not now"}.get(self.mood)
        if answer:
            say(refused=address)
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        bodies = {kind: mail.get_body((kind,)) for kind in ("plain", "html")}
        say(
            sender=envelope.mail_from,
            recipients=envelope.rcpt_tos,
            subject=mail["subject"],
            id=mail["message-id"],
            **{kind: body.get_content() for kind, body in bodies.items() if body},
            attachments=[
                {"type": each.get_content_type(), "id": each["content-id"]}
                for each in mail.walk()
                if each.get_content_maintype() not in ("text", "multipart")
            ],
        )
        return "250 OK"


def say(**what):
    print(json.dumps(what), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--certificate", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--user", default="parcels")
    parser.add_argument("--password", default="secret")
    options = parser.parse_args()

    def log_in(server, session, envelope, mechanism, given):
        good = (given.login, given.password) == (options.user.encode(), options.password.encode())
        return AuthResult(success=good, auth_data=given, handled=good)

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(options.certificate, options.key)
    catcher = Catcher()
    controller = Controller(
        catcher,
        hostname="127.0.0.1",
        port=options.port,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=log_in,
    )
    controller.start()
    say(listening=options.port)
    for line in sys.stdin:
        catcher.mood = line.strip()
        say(done=catcher.mood)
    controller.stop()


if __name__ == "__main__":
    main()
