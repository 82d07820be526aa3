"""Encryption that is always checked: by the system's authorities, by a firm's own, or against one confirmed certificate."""

from __future__ import annotations

import hashlib
import hmac
import ssl

from cryptography import x509
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from backoffice.lib.errors import WrongAddress
from backoffice.lib.transfer import failures
from backoffice.lib.transfer.checked import CheckedFtps
from backoffice.lib.transfer.target import Target


def context_for(target: Target) -> ssl.SSLContext:
    """Raises WrongAddress when the entered certificate of the issuer is none."""
    if target.pin:
        # check_pin looks at the certificate itself after every handshake, before anything is said.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    context = ssl.create_default_context()
    if target.certificate.strip():
        try:
            context.load_verify_locations(cadata=target.certificate)
        except (ssl.SSLError, ValueError) as error:
            raise WrongAddress(
                _("The certificate of the issuer cannot be read."),
                cure=_(
                    "Paste it as text that begins with -----BEGIN CERTIFICATE-----, or leave the field empty."
                ),
                detail=str(error),
                key="certificate",
            ) from error
    return context


def check_pin(connection: ssl.SSLSocket, target: Target) -> None:
    """Raises Untrusted when the server shows another certificate than the confirmed one."""
    if target.pin:
        shown = fingerprint(connection.getpeercert(binary_form=True) or b"")
        if not hmac.compare_digest(shown, plain_pin(target.pin)):
            raise failures.pin_changed(target, shown)


def fingerprint(certificate: bytes) -> str:
    """SHA-256 of a certificate (DER), hexadecimal."""
    return hashlib.sha256(certificate).hexdigest()


def plain_pin(text: str) -> str:
    """As other tools print it ("sha256 AB:CD:…"), as plain hexadecimal."""
    return text.lower().replace("sha-256", "").replace("sha256", "").replace(":", "").replace(" ", "")


def shown_pin(pin: str) -> str:
    """For people to compare: AB:CD:…"""
    plain = plain_pin(pin).upper()
    return ":".join(plain[start : start + 2] for start in range(0, len(plain), 2))


def peek_certificate(target: Target) -> bytes | None:
    """The certificate that an FTPS server shows (DER), for a person to look at; nothing else is said to it.

    Raises OSError, EOFError, ftplib's errors, or WrongAddress.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    ftp = CheckedFtps(context=context, timeout=target.timeout_s)  # no login is sent
    try:
        ftp.greet(target)
        ftp.auth()
        shown: bytes | None = ftp.sock.getpeercert(binary_form=True)  # type: ignore[union-attr]
        return shown
    finally:
        ftp.close()


def described(certificate: bytes) -> tuple[str, str]:
    """(SHA-256, a sentence that says for whom it is, by whom, and how long it holds)."""
    parsed = x509.load_der_x509_certificate(certificate)
    words = _("It is for %(name)s, issued by %(issuer)s, and holds until %(day)s.") % {
        "name": parsed.subject.rfc4514_string()[:200] or "–",
        "issuer": parsed.issuer.rfc4514_string()[:200] or "–",
        "day": date_format(parsed.not_valid_after_utc, "j M Y"),
    }
    return fingerprint(certificate), words
