"""WebChannel: forms, numbers and orders of requests that no browser would send."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from hypothesis import given
from hypothesis import strategies as st

from emulator.firestore import messages as m
from tests.emulator.fuzz.shapes import NOT_JSON, TEXTS, damaged_json, encoded, filled
from tests.emulator.fuzz.victim import DATABASE, Victim, ask, assert_told, bounded

NUMBERS = st.sampled_from(
    ["0", "1", "2", "-1", "7", "1e3", "", "x", "9" * 20, "9" * 5_000, "1000000000000", "٣", " 1"]
)
KEYS = ["VER", "RID", "SID", "AID", "CI", "TYPE", "TO", "CVER", "t", "zx", "gsessionid", "database"]
FORM_KEYS = ["count", "ofs", "headers", "req0___data__", "req1___data__", "reqx___data__", "req0_", ""]
HEADERS = "Authorization:Bearer owner\r\nX-Goog-Api-Client:gl-js/ fire/12.19.0\r\n"


def path(stream: str, **query: str) -> str:
    return f"/google.firestore.v1.Firestore/{stream}/channel?{urlencode(query)}"


def opened(victim: Victim, stream: str, messages: list[str]) -> str:
    """Opens a session with the messages; its SID, "" when it was refused."""
    form = {"headers": HEADERS, "count": str(len(messages)), "ofs": "0"}
    form |= {f"req{place}___data__": text for place, text in enumerate(messages)}
    answer = ask(victim["firestore"], "POST", path(stream, VER="8", RID="1"), urlencode(form).encode())
    assert_told(answer)
    return str(json.loads(answer.body.partition(b"\n")[2])[0][1][1]) if answer.status == 200 else ""


def closed(victim: Victim, stream: str, sid: str) -> None:
    """Reads once what the server has to say, then ends the session."""
    poll = path(stream, VER="8", RID="rpc", SID=sid, AID="0", CI="1", TO="100", TYPE="xmlhttp")
    assert_told(ask(victim["firestore"], "GET", poll))
    ask(victim["firestore"], "POST", path(stream, SID=sid, TYPE="terminate"))


STREAMS = st.sampled_from(["Listen", "Write"])


@bounded
@given(data=st.data(), stream=STREAMS)
def test_any_message_is_served_or_refused(victim: Victim, data: st.DataObject, stream: str) -> None:
    kind = m.ListenRequest if stream == "Listen" else m.WriteRequest
    messages = [] if stream == "Listen" else [json.dumps({"database": DATABASE})]
    drawn = data.draw(st.lists(filled(kind), min_size=1, max_size=3))
    messages += [json.dumps(data.draw(damaged_json(encoded(message)))) for message in drawn]
    messages += [
        text.decode("latin-1") for text in data.draw(st.lists(st.sampled_from(NOT_JSON), max_size=1))
    ]
    if sid := opened(victim, stream, messages):
        closed(victim, stream, sid)
    victim.check()


@bounded
@given(
    stream=STREAMS,
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD"]),
    query=st.dictionaries(
        st.sampled_from(KEYS), NUMBERS | TEXTS | st.sampled_from(["rpc", "terminate"]), max_size=6
    ),
    form=st.dictionaries(st.sampled_from(FORM_KEYS), NUMBERS | TEXTS | st.just(HEADERS), max_size=4)
    .map(urlencode)
    .map(str.encode)
    | st.binary(max_size=12)
    | st.sampled_from([b"\xff\xfe=1", b"count=%FF%00", b"&" * 10_000, b"count=1&count=2"]),
    has_session=st.booleans(),
)
def test_any_form_is_served_or_refused(
    victim: Victim, stream: str, method: str, query: dict[str, str], form: bytes, has_session: bool
) -> None:
    sid = opened(victim, stream, []) if has_session else ""
    if sid:  # reading without waiting: a wild number must not decide how long
        query |= {"SID": sid} | ({"CI": "1", "TO": "50"} if method == "GET" else {})
    assert_told(ask(victim["firestore"], method, path(stream, **query), form))
    if sid:
        ask(victim["firestore"], "POST", path(stream, SID=sid, TYPE="terminate"))
    victim.check()


@bounded
@given(offsets=st.lists(st.tuples(st.integers(-2, 12), st.integers(0, 4)), max_size=6))
def test_maps_out_of_order_and_repeated_are_each_taken_once(
    victim: Victim, offsets: list[tuple[int, int]]
) -> None:
    """Whatever the order of the forward requests, the session stays and no target is added twice."""
    sid = opened(victim, "Listen", [])
    for offset, count in offsets:
        form = {"ofs": str(offset), "count": str(count)}
        for place in range(count):
            target = {
                "documents": {"documents": [f"{DATABASE}/documents/a/b"]},
                "targetId": offset + place + 10,
            }
            form[f"req{place}___data__"] = json.dumps({"addTarget": target})
        answer = ask(victim["firestore"], "POST", path("Listen", SID=sid, AID="0"), urlencode(form).encode())
        assert_told(answer)
    poll = path("Listen", SID=sid, AID="0", CI="1", TO="50", RID="rpc")
    added: list[int] = []
    body = ask(victim["firestore"], "GET", poll).body
    for _, payload in json.loads(body.partition(b"\n")[2]):
        change = payload[0].get("targetChange", {}) if isinstance(payload[0], dict) else {}
        if change.get("targetChangeType") == "ADD":
            added += change["targetIds"]
    assert len(added) == len(set(added))
    ask(victim["firestore"], "POST", path("Listen", SID=sid, TYPE="terminate"))
    victim.check()
