"""Everything that can go wrong for a reason that a person can mend.

    PublisherError            exit code 1
    ├── UsageError            exit code 2: what was asked makes no sense
    │   └── ConfigError       every problem of the configuration at once
    ├── NotFound              no such post, issue or subscriber
    ├── Refused               asked for, understood, and not allowed as things stand
    ├── LockHeld              another process publishes and delivers
    ├── SchemaMismatch        the ledger is older or newer than this program
    ├── LedgerUnusable        the ledger can't be opened, read or written
    ├── OutputUnwritable      a feed or a message file can't be written
    ├── TemplateFault         a template can't be loaded or filled
    ├── RelayRefused          the mail relay can't be used at all
    ├── RendererUnavailable   the process that renders bodies can't be started
    ├── Changed               a post was saved while it was read (content/)
    ├── Unsendable            one recipient's message can't be made
    ├── SecretUnusable        the token secret can't be read or made (audience/)
    └── ListenRefused         the address to listen on can't be had (web/)

Anything else that escapes is a bug, and crashes.
"""

from __future__ import annotations

from collections.abc import Sequence

from publisher.domain.finding import Finding


class PublisherError(Exception):
    """The root. ``str()`` is one line for a person: what is wrong and what to do."""

    exit_code = 1


class UsageError(PublisherError):
    """What was asked makes no sense, whatever the state of the site."""

    exit_code = 2


class ConfigError(UsageError):
    """The configuration can't be used. ``findings`` holds every problem, not only the first."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


class NotFound(PublisherError):
    """No such post, issue or subscriber."""


class Refused(PublisherError):
    """Asked for and understood, but not allowed as things stand."""


class LockHeld(PublisherError):
    """Another process publishes and delivers. ``pid`` is None when it did not say."""

    def __init__(self, path: str, pid: int | None) -> None:
        self.path = path
        self.pid = pid
        who = f"process {pid}" if pid else "another process"
        super().__init__(
            f"{path}: {who} publishes and delivers already (publisher run?); "
            "stop it first, or leave the work to it"
        )


class SchemaMismatch(PublisherError):
    """The ledger's schema is not this program's."""


class LedgerUnusable(PublisherError):
    """The ledger can't be opened, read or written."""


class OutputUnwritable(PublisherError):
    """A feed or a message file can't be written."""


class TemplateFault(PublisherError):
    """A template can't be loaded or filled. ``finding`` says where."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(str(finding))


class RendererUnavailable(PublisherError):
    """The process that renders bodies can't be started: no post is at fault."""


class Unsendable(PublisherError):
    """One recipient's message can't be made: their address or name does not fit a header."""


class RelayRefused(PublisherError):
    """The relay can't be used at all: no connection, greeting, TLS, login or sender refused.

    ``temporary`` is True where trying again later makes sense without a change by a person.
    """

    def __init__(self, message: str, *, temporary: bool) -> None:
        self.temporary = temporary
        super().__init__(message)
