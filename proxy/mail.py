"""Sending an e-mail by SMTP (RFC 5321), encrypted as configured or not at all. Blocks: for a thread."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage

from proxy.config import Digest

SECONDS = 30.0  # for each answer of the server


class MailError(Exception):
    """The e-mail was not taken. The text says why."""


def send(message: EmailMessage, keys: Digest) -> None:
    """Hand a message to the configured server; MailError if it is not taken whole."""
    host, _, port = keys.server.rpartition(":")
    context = ssl.create_default_context()
    try:
        with _connected(host.strip("[]"), int(port), keys.security, context) as server:
            if keys.security == "starttls":
                server.starttls(context=context)
            if keys.user:
                server.login(keys.user, keys.password)
            refused = server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        raise MailError(f"{keys.server}: {_told(error)}") from error
    if refused:
        raise MailError(f"{keys.server}: refused {', '.join(refused)}")


def _connected(host: str, port: int, security: str, context: ssl.SSLContext) -> smtplib.SMTP:
    if security == "tls":
        return smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
    return smtplib.SMTP(host, port, timeout=SECONDS)


def _told(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
