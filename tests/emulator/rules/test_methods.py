"""The functions and methods of the reference, one line each."""

import pytest

from tests.emulator.rules.deciding import ask, decide, rules

TRUE = [
    # String
    "'abc'.size() == 3 && 'é'.size() == 1",
    "'AbC'.lower() == 'abc' && 'AbC'.upper() == 'ABC'",
    "'  a b '.trim() == 'a b'",
    "'a,b,c'.split(',') == ['a', 'b', 'c']",
    "'a1b22c'.split('[0-9]+') == ['a', 'b', 'c']",
    "'abc'.split('') == ['a', 'b', 'c']",
    "',a,'.split(',') == ['', 'a', '']",
    "''.split(',') == ['']",
    "'a.b.c'.replace('[.]', '$1') == 'a$1b$1c'",
    "'hello'.replace('l+', 'L') == 'heLo'",
    "'hello'.matches('hel+o') && !'hello world'.matches('world') && 'hello world'.matches('.*world')",
    "'alice@acme.com'.matches('.*@acme\\\\.com')",
    "'é'.toUtf8().size() == 2",
    # Bytes and hashing: upper-case hexadecimal, URL-safe base64, checksums with the lowest byte first
    "'hello'.toUtf8().toHexString() == '68656C6C6F'",
    "'hello'.toUtf8().toBase64() == 'aGVsbG8='",
    "'???>'.toUtf8().toBase64() == 'Pz8_Pg=='",
    "hashing.md5('').toHexString() == 'D41D8CD98F00B204E9800998ECF8427E'",
    "hashing.sha256('abc').toHexString()[0:8] == 'BA7816BF'",
    "hashing.crc32('123456789').toHexString() == '2639F4CB'",
    "hashing.crc32c('123456789').toHexString() == '839206E3'",
    "hashing.md5('a'.toUtf8()) == hashing.md5('a')",
    # List
    "[1, 2].concat([2]) == [1, 2, 2]",
    "['a', 'b'].join('-') == 'a-b' && [].join(',') == ''",
    "[1, 2, 1, 3].removeAll([1]) == [2, 3]",
    "[1, 2].hasAll([2]) && [1, 2].hasAll([]) && ![1, 2].hasAll([3])",
    "[1, 2].hasAny([2, 9]) && ![1, 2].hasAny([]) && ![1].hasAny([2])",
    "[1, 1].hasOnly([1, 2]) && [].hasOnly([1]) && ![1, 3].hasOnly([1, 2])",
    "[1, 1.0, 2].toSet().size() == 2",
    "[[1], [1]].toSet().size() == 1 && [{'a': 1}].hasAll([{'a': 1.0}]) && ![true].hasAny([1])",
    # Set
    "['a', 'b'].toSet() == ['b', 'a', 'b'].toSet()",
    "['a', 'b'].toSet().union(['c'].toSet()).size() == 3",
    "['a', 'b'].toSet().intersection(['b', 'c'].toSet()) == ['b'].toSet()",
    "['a', 'b'].toSet().difference(['b'].toSet()).hasOnly(['a'])",
    "['a', 'b'].toSet().hasAll(['a'].toSet()) && ['a'].toSet().hasAny(['a'])",
    # Map
    "{'a': 1, 'b': 2}.keys() == ['a', 'b'] && {'a': 1}.values() == [1] && {'a': 1}.size() == 1",
    "{'a': 1}.get('a', 0) == 1 && {'a': 1}.get('b', 0) == 0",
    "{'a': {'b': 1}}.get(['a', 'b'], 0) == 1 && {'a': {'b': 1}}.get(['a', 'c'], 0) == 0",
    "{'a': 'text'}.get(['a', 'b'], 0) == 0 && {}.get(['a', 'b'], 0) == 0",
    # MapDiff
    "{'a': 1, 'b': 2}.diff({'a': 1, 'c': 3}).addedKeys() == ['b'].toSet()",
    "{'a': 1, 'b': 2}.diff({'a': 1, 'c': 3}).removedKeys() == ['c'].toSet()",
    "{'a': 1, 'b': 2}.diff({'a': 1, 'b': 3}).changedKeys() == ['b'].toSet()",
    "{'a': 1, 'b': 2}.diff({'a': 1, 'b': 3}).unchangedKeys() == ['a'].toSet()",
    "{'a': 1, 'b': 2, 'd': 1}.diff({'a': 9, 'c': 3, 'd': 1}).affectedKeys() == ['a', 'b', 'c'].toSet()",
    "{'a': 1}.diff({'a': 1.0}).affectedKeys().size() == 0",
    # Timestamp: request.time is 2025-10-09 08:53:20.123456, a Thursday
    "request.time.year() == 2025 && request.time.month() == 10 && request.time.day() == 9",
    "request.time.hours() == 8 && request.time.minutes() == 53 && request.time.seconds() == 20",
    "request.time.nanos() == 123456000 && request.time.toMillis() == 1760000000123",
    "request.time.dayOfWeek() == 4 && request.time.dayOfYear() == 282",
    "request.time.date() == timestamp.date(2025, 10, 9)",
    "request.time.time() == duration.time(8, 53, 20, 123456000)",
    "timestamp.value(0) == timestamp.date(1970, 1, 1)",
    "timestamp.date(2099, 1, 1) > timestamp.date(2025, 1, 1)",
    "request.time + duration.value(1, 'h') - request.time == duration.value(60, 'm')",
    "request.time - duration.value(1, 'd') < request.time",
    # Duration
    "duration.value(1, 'w') == duration.value(7, 'd') && duration.value(1, 'd') == duration.value(24, 'h')",
    "duration.value(1500, 'ms').seconds() == 1 && duration.value(1500, 'ms').nanos() == 500000000",
    "duration.value(-1500, 'ms').seconds() == -1 && duration.value(-1500, 'ms').nanos() == -500000000",
    "duration.abs(duration.value(-1, 's')) == duration.value(1000000000, 'ns')",
    "duration.value(1, 's') + duration.value(1, 's') == duration.value(2, 's')",
    # LatLng
    "latlng.value(45.5, -122.5).latitude() == 45.5 && latlng.value(45.5, -122.5).longitude() == -122.5",
    "math.abs(latlng.value(0, 0).distance(latlng.value(0, 1)) - 111195) < 5",
    # math
    "math.abs(-75) == 75 && math.abs(-1.5) == 1.5",
    "math.ceil(99.3) == 100 && math.floor(-1.5) == -2 && math.round(2.5) == 3 && math.ceil(1.0) is int",
    "math.sqrt(16) == 4.0 && math.pow(2, 10) == 1024.0 && math.sqrt(2) is float",
    "math.isNaN(math.sqrt(-1)) && !math.isNaN(1)",
    # conversions
    "int('42') == 42 && int(-2.9) == -2 && int(7) == 7",
    "float('1.5') == 1.5 && float(2) is float",
    "string(true) == 'true' && string(1) == '1' && string(1.5) == '1.5' && string(null) == 'null'",
    "string(/a/b) == '/a/b'",
    # Path
    "path('users/alice') == /users/alice && path('/users/alice') == /users/alice",
    "path('users/{uid}').bind({'uid': 'alice'}) == path('users/alice')",
    "path('users/alice')[1] == 'alice'",
]


@pytest.mark.parametrize("condition", TRUE)
def test_a_function_does_what_the_reference_says(condition: str) -> None:
    assert decide(condition).reason == ""


@pytest.mark.parametrize(
    ("condition", "problem"),
    [
        ("int('4x') == 4", "int() takes a number or its digits; not '4x'."),
        ("float([]) == 1.0", "float() takes a number or its digits; not a list."),
        ("string([]) == ''", "string() takes null, a bool, a number, a string or a path; not a list."),
        ("timestamp.date(2025, 2, 30) < request.time", "There is no date 2025-2-30."),
        (
            "duration.value(1, 'y') < duration.value(1, 'd')",
            "A duration's unit is one of w, d, h, m, s, ms, ns",
        ),
        ("latlng.value(-100.0, 0) == null", "Latitude should be in [-90,90] range"),
        ("math.floor(math.sqrt(-1)) == 0", "nan has no integer."),
        ("[1, 2].join(',') == '1,2'", "Received: list.join on a int. Expected: strings."),
        ("{'a': 1}.get(1, 0) == 0", "Received: map.get(int, int). Expected: map.get(string or list, any)."),
        ("request.time + 1 == request.time", "Received: timestamp + int."),
    ],
)
def test_a_function_says_what_it_does_not_accept(condition: str, problem: str) -> None:
    assert problem in decide(condition).reason


def test_a_value_cannot_be_doubled_beyond_what_a_document_holds() -> None:
    doubling = " ".join(f"let x{n} = x{n - 1} + x{n - 1};" for n in range(1, 10))
    text = "let x0 = '" + "a" * 8192 + "'; " + doubling
    found = ask(
        rules(f"function big() {{ {text} return x9.size() > 0; }} match /a/{{b}} {{ allow get: if big(); }}"),
        "get",
        "a/b",
    )
    assert "more than 1048576 characters" in found.reason
