"""Certificates that a test's client may or may not trust."""

import ssl

import pytest
import trustme


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """A client's context that trusts the authority, and verifies host names."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture(scope="session")
def local_server(authority: trustme.CA) -> ssl.SSLContext:
    """A server's context with a certificate for this machine."""
    return serving(authority.issue_cert("localhost", "127.0.0.1"))


@pytest.fixture(scope="session")
def other_server(authority: trustme.CA) -> ssl.SSLContext:
    """A server's context with a good certificate for another host."""
    return serving(authority.issue_cert("mail.example.com"))


@pytest.fixture(scope="session")
def unknown_server() -> ssl.SSLContext:
    """A server's context with a certificate of an authority that nobody trusts."""
    return serving(trustme.CA().issue_cert("localhost", "127.0.0.1"))


def serving(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    return context
