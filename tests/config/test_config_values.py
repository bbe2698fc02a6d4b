"""What the text of each kind of setting may say."""

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.config import fields, places, values
from publisher.config.environment import expander
from publisher.config.places import Listen

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
spans = values.duration(timedelta(0), fields.FOREVER)


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (values.one_line, "Field \n Notes", "Field Notes"),
        (values.lines, "\n1 Main Street \n\n  Springfield\n", "1 Main Street\n\nSpringfield"),
        (values.number(1, 100), "4", 4),
        (values.number(1, 100), "0100", 100),
        (values.choice("hold", "resend"), "Hold", "hold"),
        (spans, "2d", 2 * DAY),
        (spans, "36h", 36 * HOUR),
        (spans, "90m", timedelta(minutes=90)),
        (spans, "2s", timedelta(seconds=2)),
        (spans, "1 w", 7 * DAY),
        (spans, "250ms", timedelta(milliseconds=250)),
        (values.duration_or_off(HOUR, DAY), "off", None),
        (values.duration_or_off(HOUR, DAY), "None", None),
        (values.duration_or_off(HOUR, DAY), "2h", 2 * HOUR),
        (values.clock_time, "09:00", time(9)),
        (values.clock_time, "9:05:30", time(9, 5, 30)),
        (values.day, "2026-02-28", date(2026, 2, 28)),
        (values.language, "pt-BR", "pt-BR"),
        (values.taxonomy, "Tags", "tags"),
        (values.plain_address, "ada@example.com", "ada@example.com"),
        (values.plain_address, "MAILTO:ada@example.com", "ada@example.com"),
        (places.host_name, "Example.COM", "example.com"),
        (places.host_name, "Bücher.example", "xn--bcher-kva.example"),
        (places.host_name, "faß.example", "xn--fa-hia.example"),
        (places.list_id, "<Notes.example.com>", "notes.example.com"),
        (places.web_url, "https://example.com", "https://example.com"),
        (places.web_url, "https://Example.com/", "https://example.com"),
        (places.web_url, "HTTP://example.com:8080/a b/".replace(" ", "%20"),
         "http://example.com:8080/a%20b"),
        (places.web_url, "https://bücher.example/é/", "https://xn--bcher-kva.example/%C3%A9"),
        (places.web_url, "http://[::1]:8000", "http://[::1]:8000"),
        (places.web_url, "http://192.0.2.1/x", "http://192.0.2.1/x"),
        (places.listen, "127.0.0.1:8000", Listen(host="127.0.0.1", port=8000)),
        (places.listen, "[::1]:0", Listen(host="::1", port=0)),
        (places.listen, "localhost:80", Listen(host="localhost", port=80)),
        (places.folder, "/var/www/feeds", "/var/www/feeds"),
        (places.inner_folder, "./blog//_posts/", "blog/_posts"),
        (places.inner_folder, ".", "."),
        (places.permalink, "/:year/:title", "/:year/:title"),
        (places.permalink, "pretty", "pretty"),
    ],
)  # fmt: skip
def test_a_value_is_read(parse: Callable[[str], object], text: str, value: object) -> None:
    assert parse(text) == value


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (values.one_line, "a\0b"),
        (values.one_line, "a\x1bb"),
        (values.one_line, "a\udc80b"),
        (values.lines, "a\x07"),
        *((values.number(1, 100), text) for text in ("four", "0", "101", "4.0", "1_0", "", "٤")),
        (values.number(1, 100), "-1"),
        (values.number(1, 100), "9" * 400),
        (values.choice("hold", "resend"), "maybe"),
        *((spans, text) for text in ("2", "2 days", "-2d", "d", "1.5h", "2D", "off", "9999999d")),
        (spans, "999999d"),
        (values.duration_or_off(HOUR, DAY), "1m"),
        (values.duration_or_off(HOUR, DAY), "on"),
        *((values.clock_time, text) for text in ("9", "24:00", "09:60", "9am", "0900", "09:00Z")),
        *((values.day, text) for text in ("2026-02-30", "2026-1-1", "20260101", "2026", "x")),
        *((values.zone, text) for text in ("Berlin", "Europe", "../etc", "/etc/passwd", "UTC+1")),
        (values.zone, "Europe/Berlin\0"),
        *((values.language, text) for text in ("e", "english language", "en_US", "de--x")),
        *((values.taxonomy, text) for text in ("a/b", "..", "", "a b", "-x")),
        *((values.plain_address, text) for text in ("ada", "Ada <a@b.example>", "ö@b.example")),
        *((places.host_name, text) for text in ("", "a_b", "a b", "-a", "a..b", "a/b", "x" * 64)),
        *((places.list_id, text) for text in ("notes", "a b.example.com", "ä.example.com", "a..b")),
        *(
            (places.web_url, text)
            for text in (
                "example.com", "//example.com", "ftp://example.com", "https://", "https:///x",
                "https://exa mple.com", "https://example.com?x", "https://example.com#x",
                "https://example.com?", "https://ada@example.com", "https://example.com:x",
                "https://example.com:99999", "https://a_b", "https://[::1", "https://[zz]",
                "javascript:alert(1)", 'https://example.com/"', "https://example.com/\n",
            )
        ),
        *(
            (places.listen, text)
            for text in ("8000", ":8000", "localhost", "localhost:x", "localhost:70000", "[x]:1",
                         "http://localhost:8000")
        ),
        (places.folder, "a\nb"),
        *((places.inner_folder, text) for text in ("/abs", "../up", "a/../../b", "a\\b")),
        *((places.permalink, text) for text in ("no-slash", "/a b", "/?x", "/#x", "/:yaer/")),
    ],
)  # fmt: skip
def test_what_can_t_be_read_is_refused_in_a_short_line(
    parse: Callable[[str], object], text: str
) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        parse(text)
    said = str(refused.value)
    assert len(said) < 300
    assert said.isprintable()


def test_a_time_zone_is_one_of_the_database() -> None:
    assert values.zone("Europe/Berlin").key == "Europe/Berlin"


def test_a_time_zone_in_another_case_is_suggested() -> None:
    with pytest.raises(ValueError, match="did you mean Europe/Berlin"):
        values.zone("europe/berln")


def test_a_list_says_what_stands_in_it_twice() -> None:
    assert values.distinct(["a", "b"]) == ("a", "b")
    with pytest.raises(ValueError, match="a stands here twice"):
        values.distinct(["a", "b", "a"])


def test_a_password_in_a_url_is_not_repeated() -> None:
    with pytest.raises(ValueError, match="expected") as refused:
        places.web_url("https://ada:hunter2@example.com")
    assert "hunter2" not in str(refused.value)


@given(st.integers(0, 10**9).map(lambda ms: timedelta(milliseconds=ms)))
def test_a_time_span_reads_back_from_how_it_is_written(span: timedelta) -> None:
    written = values.duration_text(span)
    if len(written) < 8:  # six digits are read
        assert spans(written) == span


PARSERS: tuple[Callable[[str], object], ...] = (
    values.one_line, values.lines, values.number(0, 9), spans, values.clock_time, values.day,
    values.zone, values.language, values.taxonomy, values.plain_address, places.host_name,
    places.list_id, places.web_url, places.listen, places.folder, places.inner_folder,
    places.permalink,
)  # fmt: skip


def complaint(parse: Callable[[str], object], text: str) -> str:
    try:
        parse(text)
    except ValueError as error:
        return str(error)
    return ""


@given(st.text(max_size=40))
def test_every_parser_gives_a_value_or_a_sentence(text: str) -> None:
    for parse in PARSERS:
        assert complaint(parse, text).isprintable()


@given(st.text(alphabet=st.sampled_from("aB.:/@[]?#%-é1 ")).map("https://{}".format))
def test_a_url_that_is_taken_stays_as_it_is_read(text: str) -> None:
    try:
        url = places.web_url(text)
    except ValueError:
        return
    assert url.isascii()
    assert not url.endswith("/")
    assert places.web_url(url) == url


def test_a_variable_is_put_in_once() -> None:
    expand = expander({"NAME": "Ada", "OTHER": "${NAME}", "EMPTY": ""})
    assert expand("${NAME} and ${NAME}!") == "Ada and Ada!"
    assert expand("${OTHER}") == "${NAME}"
    assert expand("x${EMPTY}y") == "xy"
    assert expand("$NAME, $5, $$") == "$NAME, $5, $$"
    assert expand("$${NAME}") == "${NAME}"


@pytest.mark.parametrize("text", ["${", "${NAME", "${}", "${a b}", "${1}", "${x-y}", "a ${\n} b"])
def test_a_broken_variable_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="as in"):
        expander({})(text)


def test_a_variable_that_is_not_set_is_said() -> None:
    with pytest.raises(ValueError, match="the environment variable NAME is not set"):
        expander({})("${NAME}")


@pytest.mark.parametrize("name", ["PUBLISHER_SECRET", "PUBLISHER_SMTP_PASSWORD"])
def test_a_secret_can_t_be_put_into_a_value(name: str) -> None:
    with pytest.raises(ValueError, match="no place in the file"):
        expander({name: "x"})(f"${{{name}}}")
