"""A fake of what the web asks of the ledger."""

from dataclasses import dataclass, field

from publisher.domain.errors import LedgerUnusable
from publisher.web.health import Health


@dataclass
class Audience:
    """``left`` holds each request to leave, in order. While ``broken``, every request fails."""

    left: list[int] = field(default_factory=list)
    broken: bool = False
    health: Health = field(default_factory=lambda: Health(ok=True))

    def forget(self) -> None:
        self.left.clear()
        self.broken = False
        self.health = Health(ok=True)

    def unsubscribe(self, subscriber_id: int) -> bool:
        if self.broken:
            raise LedgerUnusable("state/publisher.db: database is locked")
        self.left.append(subscriber_id)
        return self.left.count(subscriber_id) == 1

    def healthy(self) -> Health:
        if self.broken:
            raise LedgerUnusable("state/publisher.db: database is locked")
        return self.health
