"""Against aiosmtpd, a server of another make: TLS, certificates, logins."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from scripted_smtp import ScriptedSmtp

from publisher.domain.delivery import Verdict
from publisher.domain.errors import RelayRefused
from publisher.mail.connection import SmtpConnection
from publisher.mail.message import Message
from publisher.mail.smtp import SmtpTransport
from publisher.mail.target import SmtpTarget, parse_target

pytestmark = pytest.mark.filterwarnings(
    # aiosmtpd 1.4 reads an attribute that it deprecated itself.
    "ignore:Session.login_data is deprecated:DeprecationWarning",
    # It never closes the transport that STARTTLS has taken over.
    "ignore:unclosed transport:ResourceWarning",
)

MESSAGE = Message(
    sender="news@example.org", recipient="ada@example.com", name="m",
    segments=[b"Subject: hi\r\n\r\n", b".dot\r\n..two\r\n", b"end"],
)  # fmt: skip


class Keep(Sink):
    """Keeps what came, and over what."""

    def __init__(self) -> None:
        self.contents: list[bytes] = []
        self.secure: list[bool] = []
        self.resumed: list[bool] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.original_content, bytes)
        self.contents.append(envelope.original_content)
        self.secure.append(session.ssl is not None)
        assert server.transport is not None
        if secured := server.transport.get_extra_info("ssl_object"):
            self.resumed.append(secured.session_reused)
        return "250 kept"


class FreePort(Controller):
    """A controller that takes any free port, which its own could not be asked on."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


Serve = Callable[..., tuple[Keep, int]]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start servers on free ports; they end with the test."""
    with ExitStack() as stack:

        def start(**options: object) -> tuple[Keep, int]:
            keep = Keep()
            controller = FreePort(keep, hostname="127.0.0.1", port=0, **options)
            controller.start()
            stack.callback(controller.stop)
            return keep, controller.port

        yield start


def connect(
    url: str, context: ssl.SSLContext | None, password: str | None = None
) -> SmtpConnection:
    return relay(url, context, password).connect()


def relay(url: str, context: ssl.SSLContext | None, password: str | None = None) -> SmtpTransport:
    target = parse_target(url)
    assert isinstance(target, SmtpTarget)
    return SmtpTransport(
        target, password=password, hello="me.example.org", timeout_s=10, tls_context=context
    )


def test_starttls_protects_a_message(
    serve: Serve, local_server: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    keep, port = serve(tls_context=local_server, require_starttls=True)
    connection = connect(f"smtp://127.0.0.1:{port}", trusting)
    assert connection.send(MESSAGE).verdict is Verdict.ACCEPTED
    assert connection.send(MESSAGE).verdict is Verdict.ACCEPTED
    connection.close()
    assert keep.contents == [b"Subject: hi\r\n\r\n.dot\r\n..two\r\nend\r\n"] * 2
    assert keep.secure == [True, True]


def test_smtps_protects_a_message_from_the_first_byte(
    serve: Serve, local_server: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    keep, port = serve(ssl_context=local_server)
    connection = connect(f"smtps://localhost:{port}", trusting)
    assert connection.send(MESSAGE).verdict is Verdict.ACCEPTED
    connection.close()
    assert len(keep.contents) == 1


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_later_connection_takes_up_the_session_of_a_former_one(
    scheme: str, version: ssl.TLSVersion, serve: Serve, authority: trustme.CA,
    trusting: ssl.SSLContext,
) -> None:  # fmt: skip
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    context.minimum_version = context.maximum_version = version
    options = {"ssl_context": context} if scheme == "smtps" else {"tls_context": context}
    keep, port = serve(**options)
    transport = relay(f"{scheme}://127.0.0.1:{port}", trusting)
    for _ in range(3):
        connection = transport.connect()
        assert connection.send(MESSAGE, MESSAGE).verdict is Verdict.ACCEPTED
        assert connection.send(MESSAGE).verdict is Verdict.ACCEPTED
        connection.close()
    assert keep.resumed == [False, False, True, True, True, True]


def test_a_session_opens_no_door_to_a_server_that_is_another_now(
    local_server: ssl.SSLContext, unknown_server: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    with ScriptedSmtp(tls=local_server, implicit=True) as server:
        transport = relay(f"smtps://127.0.0.1:{server.port}", trusting)
        transport.connect().close()
        transport.connect().close()
        server.tls = unknown_server
        with pytest.raises(RelayRefused, match="certificate can't be trusted"):
            transport.connect()
        server.tls = local_server
        transport.connect().close()
    assert server.resumed == [False, True, False]


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
@pytest.mark.parametrize(
    ("server", "why"),
    [("other_server", "certificate is not valid for '127.0.0.1'"),
     ("unknown_server", "unable to get local issuer certificate")],
)  # fmt: skip
def test_a_server_that_can_not_prove_who_it_is_gets_nothing(
    scheme: str, server: str, why: str, serve: Serve, trusting: ssl.SSLContext,
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    context = request.getfixturevalue(server)
    options = {"ssl_context": context} if scheme == "smtps" else {"tls_context": context}
    keep, port = serve(**options)
    with pytest.raises(RelayRefused, match="certificate can't be trusted") as caught:
        connect(f"{scheme}://127.0.0.1:{port}", trusting)
    assert why in str(caught.value)
    assert not caught.value.temporary
    assert keep.contents == []


def test_the_system_s_authorities_are_trusted_and_no_others(
    serve: Serve, local_server: ssl.SSLContext
) -> None:
    _, port = serve(tls_context=local_server)
    with pytest.raises(RelayRefused, match="certificate can't be trusted"):
        connect(f"smtp://127.0.0.1:{port}", None)


def test_a_server_that_talks_no_tls_is_refused(serve: Serve, trusting: ssl.SSLContext) -> None:
    _, port = serve()
    with pytest.raises(RelayRefused, match="TLS failed") as caught:
        connect(f"smtps://127.0.0.1:{port}", trusting)
    assert not caught.value.temporary


def test_no_starttls_no_conversation(serve: Serve, trusting: ssl.SSLContext) -> None:
    _, port = serve()
    with pytest.raises(RelayRefused, match="offers no STARTTLS"):
        connect(f"smtp://127.0.0.1:{port}", trusting)


def check(server: SMTP, session: Session, envelope: Envelope, way: str, data: object) -> AuthResult:
    assert isinstance(data, LoginPassword)
    good = (data.login, data.password) == (b"ada@example.com", "pässword".encode())
    return AuthResult(success=good, handled=False)


@pytest.mark.parametrize("excluded", [(), ("PLAIN",)], ids=["plain", "login"])
def test_a_login_opens_the_door_and_a_wrong_one_does_not(
    excluded: tuple[str, ...],
    serve: Serve,
    local_server: ssl.SSLContext,
    trusting: ssl.SSLContext,
) -> None:
    keep, port = serve(
        tls_context=local_server, authenticator=check, auth_required=True,
        auth_exclude_mechanism=excluded,
    )  # fmt: skip
    url = f"smtp://ada%40example.com@127.0.0.1:{port}"
    connection = connect(url, trusting, "pässword")
    assert connection.send(MESSAGE).verdict is Verdict.ACCEPTED
    connection.close()
    with pytest.raises(RelayRefused, match="login refused: 535") as caught:
        connect(url, trusting, "wrong")
    assert not caught.value.temporary
    stranger = connect(f"smtp://127.0.0.1:{port}", trusting)
    assert stranger.send(MESSAGE).verdict is Verdict.RETURNED
    stranger.close()
    assert len(keep.contents) == 1


def test_an_address_that_is_not_ascii_goes_where_smtputf8_is_offered(serve: Serve) -> None:
    keep, port = serve(enable_SMTPUTF8=True)
    connection = connect(f"smtp://127.0.0.1:{port}?tls=none", None)
    message = Message(
        sender="news@example.org", recipient="zoë@example.com", name="m",
        segments=["To: zoë@example.com\r\n\r\nhi\r\n".encode()],
    )  # fmt: skip
    assert connection.send(message).verdict is Verdict.ACCEPTED
    connection.close()
    assert keep.contents == ["To: zoë@example.com\r\n\r\nhi\r\n".encode()]


def test_a_message_larger_than_the_server_takes_pauses_the_run_unsent(serve: Serve) -> None:
    keep, port = serve(data_size_limit=100)
    connection = connect(f"smtp://127.0.0.1:{port}?tls=none", None)
    large = Message(sender="", recipient="ada@example.com", segments=[b"x\r\n" * 40], name="m")
    outcome = connection.send(large)
    assert (outcome.verdict, outcome.usable) == (Verdict.RETURNED, True)
    assert outcome.reply == "the message has 120 bytes and the server takes 100"
    assert connection.send(MESSAGE).verdict is Verdict.ACCEPTED
    connection.close()
    assert len(keep.contents) == 1
