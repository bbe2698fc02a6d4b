"""Where a ledger may be: how its address is read, which disks are fit, and who may read it."""

from __future__ import annotations

import os
import stat
from functools import partial
from pathlib import Path

import pytest
from ledger_world import NOON, URL, subscribe

from publisher.domain.errors import LedgerUnusable, UsageError
from publisher.ledger import place as places
from publisher.ledger.migrate import migrate
from publisher.ledger.place import Place, locate, make_room, network_mount, require_local
from publisher.ledger.store import open_ledger

ROOT = Path("/site")

MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
proc /proc proc rw 0 0
nas:/home /home nfs4 rw,vers=4.2 0 0
/dev/sdb1 /home/ada/local\\040disk xfs rw 0 0
//nas/share /srv/two\\040words cifs rw 0 0
ada@far:/ /mnt/far fuse.sshfs rw 0 0
overlay /over nfs rw 0 0
/dev/sdc1 /over ext4 rw 0 0

broken line
"""


@pytest.mark.parametrize(
    ("url", "place"),
    [
        (URL, Place(path=ROOT / "state/publisher.db", shown="state/publisher.db")),
        ("sqlite:./a/../b.db", Place(path=ROOT / "b.db", shown="./a/../b.db")),
        ("sqlite:/var/lib/p.db", Place(path=Path("/var/lib/p.db"), shown="/var/lib/p.db")),
        ("sqlite:p.db?network=yes", Place(path=ROOT / "p.db", shown="p.db", network=True)),
        ("sqlite:p.db?network=no", Place(path=ROOT / "p.db", shown="p.db")),
    ],
)
def test_an_address_is_a_path_below_the_configuration(url: str, place: Place) -> None:
    assert locate(url, ROOT) == place
    assert place.lock == Path(f"{place.path}.lock")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://ada@db/publisher", "PostgreSQL is not supported yet: write sqlite:PATH"),
        ("postgres://ada@db/publisher", "PostgreSQL is not supported yet"),
        ("postgresql+psycopg://db/publisher", "PostgreSQL is not supported yet"),
        ("mysql://db/publisher", "'mysql://db/publisher' is not sqlite:PATH"),
        ("state/publisher.db", "'state/publisher.db' is not sqlite:PATH"),
        ("sqlite:", "'sqlite:' is not sqlite:PATH"),
        ("sqlite:///state/publisher.db", "is not sqlite:PATH, such as sqlite:state/publisher.db"),
        ("sqlite:p.db?mode=ro", "the only option is ?network=yes"),
        ("sqlite:p.db?network=perhaps", "the only option is ?network=yes"),
        ("sqlite:p.db?network=yes&network=no", "the only option is ?network=yes"),
        ("", "'' is not sqlite:PATH"),
    ],
)
def test_another_address_is_refused_with_what_to_write(url: str, says: str) -> None:
    with pytest.raises(UsageError) as refused:
        locate(url, ROOT)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/var/lib/publisher.db", None),
        ("/home/ada/publisher.db", ("nfs4", "/home")),
        ("/home/ada/local disk/publisher.db", None),
        ("/homes/publisher.db", None),
        ("/srv/two words/publisher.db", ("cifs", "/srv/two words")),
        ("/mnt/far/deep/er/publisher.db", ("fuse.sshfs", "/mnt/far")),
        ("/over/publisher.db", None),
    ],
)
def test_the_mount_nearest_to_a_file_tells_whether_it_is_on_a_network(
    path: str, found: tuple[str, str] | None
) -> None:
    assert network_mount(Path(path), MOUNTS) == found


def test_a_network_file_system_is_refused_unless_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\nnas:/x {tmp_path} nfs rw 0 0\n")
    monkeypatch.setattr(places, "MOUNTS", mounts)
    says = rf"state/publisher\.db: {tmp_path} is a network file system \(nfs\).*\?network=yes"
    for act in (partial(migrate, nonce=bytes(16)), open_ledger):
        (tmp_path / "state").mkdir(exist_ok=True)
        (tmp_path / "state" / "publisher.db").touch()
        with pytest.raises(LedgerUnusable, match=says):
            act(URL, root=tmp_path)
    (tmp_path / "state" / "publisher.db").unlink()
    migrate(f"{URL}?network=yes", root=tmp_path, nonce=bytes(16))
    open_ledger(URL, root=tmp_path, allow_network=True).close()


def test_where_mounts_are_not_told_nothing_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "MOUNTS", tmp_path / "no such file")
    require_local(locate(URL, tmp_path))


def test_the_mounts_of_this_machine_can_be_read() -> None:
    if places.MOUNTS.exists():
        assert network_mount(Path("/"), places.MOUNTS.read_text()) is None


def test_files_with_peoples_data_are_their_owners_alone(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        migrate("sqlite:deep/state/publisher.db", root=tmp_path, nonce=bytes(16))
        with open_ledger("sqlite:deep/state/publisher.db", root=tmp_path) as ledger:
            subscribe(ledger, "ada")
            ledger.view(NOON)
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
            ledger.backup(tmp_path / "copy.db")
    finally:
        os.umask(old)
    assert modes == {
        "deep": 0o700,
        "state": 0o700,
        "publisher.db": 0o600,
        "publisher.db-wal": 0o600,
        "publisher.db-shm": 0o600,
    }
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600


def test_a_file_that_others_could_read_is_closed_and_a_folder_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "publisher.db").touch()
    (folder / "publisher.db").chmod(0o644)
    assert not make_room(locate(URL, tmp_path))
    assert stat.S_IMODE((folder / "publisher.db").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


def test_a_file_that_is_new_is_told(tmp_path: Path) -> None:
    assert make_room(locate(URL, tmp_path))
    assert not make_room(locate(URL, tmp_path))


def test_a_file_where_the_folder_should_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    with pytest.raises(LedgerUnusable, match=r"state/publisher\.db: can't make the ledger's file"):
        make_room(locate(URL, tmp_path))
