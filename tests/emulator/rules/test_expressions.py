"""Operators, literals and control flow, as the language reference and production have them."""

import pytest

from tests.emulator.rules.deciding import decide

TRUE = [
    # numbers
    "1 + 2 * 3 == 7",
    "(1 + 2) * 3 == 9",
    "10 / 4 == 2",
    "-7 / 2 == -3",
    "7 / -2 == -3",
    "10 / 4.0 == 2.5",
    "-7 % 2 == -1",
    "7 % -2 == 1",
    "7.5 % 2 == 1.5",
    "1 == 1.0",
    "1e3 == 1000",
    "-(-3) == 3",
    "1 - 1 - 1 == -1",
    "2 < 3 && 3 <= 3 && 3 > 2 && 3 >= 3",
    "1 < 1.5",
    # strings
    "'a' + \"b\" == 'ab'",
    "'a' < 'b'",
    "'it\\'s' == \"it's\"",
    "'a\\tb\\n'.size() == 4",
    "'\\u00e9' == 'é'",
    "'\\\\' .size() == 1",
    "'abc'[1] == 'b'",
    "'hello'[1:3] == 'el'",
    "'hello'[2:2] == ''",
    # equality never fails between types
    "!(1 == '1')",
    "1 != '1'",
    "null == null && null != 0",
    "true != 1",
    "[1, 2] == [1.0, 2] && [1, 2] != [2, 1]",
    "[true] != [1]",
    "{'a': [1]} == {'a': [1]} && {'a': 1} != {'a': 2}",
    # membership
    "1 in [3, 2, 1]",
    "!(4 in [3, 2, 1])",
    "'a' in {'a': 1}",
    "!('b' in {'a': 1})",
    "'b' in ['a', 'b'].toSet()",
    "!(1 in ['1'])",
    # types
    "1 is int && 1 is number && !(1 is float)",
    "1.5 is float && 1.5 is number && !(1.5 is int)",
    "'a' is string && true is bool && !(true is int) && null is null",
    "[1] is list && {'a': 1} is map && /a/b is path",
    "request.time is timestamp && duration.value(1, 's') is duration",
    "[1].toSet() is set && latlng.value(1, 2) is latlng && 'a'.toUtf8() is bytes",
    # precedence: `in` and `is` bind tighter than ==, that tighter than &&, that tighter than ||
    "1 in [1] == true",
    "true || false && false",
    "1 + 1 == 2 && 2 * 2 == 4",
    "!false && !!true",
    "(true ? 1 : 2) == 1",
    "false ? false : true ? true : false",
    # lists and maps
    "[1, 2, 3][0] == 1",
    "[1, 2, 3][1:3] == [2, 3]",
    "[1, 2][0:2].size() == 2",
    "{'a': {'b': 1}}.a.b == 1",
    "{'a': {'b': 1}}['a']['b'] == 1",
    "[] == [] && {} == {}",
    # paths
    "/users/$('al' + 'ice') == /users/alice",
    "/users/alice != /users/bob",
    "request.path == /databases/(default)/documents/items/one",
    "request.path[3] == 'items'",
    # what a request holds
    "request.method == 'get'",
    "request.auth.uid == 'alice' && request.auth.token.email == 'alice@example.org'",
    "resource.id == item && resource.__name__ == request.path",
    "request.resource == null",
    "database == '(default)'",
    "debug(1) == 1",
]


@pytest.mark.parametrize("condition", TRUE)
def test_a_condition_of_the_reference_holds(condition: str) -> None:
    assert decide(condition).reason == ""


ERRORS = [
    ("1 / 0 == 1", "Divide by zero error."),
    ("1 % 0 == 1", "Divide by zero error."),
    ("1.5 / 0 == 1", "Divide by zero error."),
    ("9223372036854775807 + 1 > 0", "Integer overflow."),
    ("1 + 'a' == '1a'", "Unsupported operation error. Received: int + string."),
    ("'a' < 1", "Unsupported operation error. Received: string < int."),
    ("true < false", "Unsupported operation error. Received: bool < bool."),
    ("!1", "Unsupported operation error. Received: int. Expected: bool."),
    ("1 && true", "Unsupported operation error. Received: int. Expected: bool."),
    ("'yes' ? true : false", "Unsupported operation error. Received: string. Expected: bool."),
    ("1", "Unsupported operation error. Received: int. Expected: bool."),
    ("resource.data.typo == null", "Property typo is undefined on object."),
    ("resource.data['typo'] == null", "Property typo is undefined on object."),
    ("resource.data.a.b.c == 1", "Property b is undefined on object."),
    ("!(resource.data.typo == 1)", "Property typo is undefined on object."),
    ("null.a == 1", "Null value error."),
    ("null.size() == 1", "Null value error."),
    ("'abc'.size == 3", "Property size is undefined on object."),
    ("[1, 2][2] == 1", "Index out of bound error. Index: [2] , size: [2]."),
    ("[1, 2][-1] == 1", "Index out of bound error. Index: [-1] , size: [2]."),
    ("[1, 2, 3, 4][0:98].size() == 4", "Index out of bound error. Index: [98] , size: [4]."),
    ("'hello world'[0:98] == ''", "Index out of bound error. Index: [98] , size: [11]."),
    ("1 in 'abc'", "Unsupported operation error. Received: int in string."),
    ("nobody == 1", "Variable not found error: Name: [nobody]."),
    ("nothing()", "Function not found error: Name: [nothing]."),
    ("bool('true')", "Function not found error: Name: [bool]."),
    ("'a'.reverse() == 'a'", "Function not found error: Name: [reverse]."),
    ("math.isInfinite(1.0)", "Function not found error: Name: [math.isInfinite]."),
    ("{'a': 1}.hasAll(['a'])", "Function not found error: Name: [hasAll]."),
    ("'a'.matches(1)", "Received: string.matches(int). Expected: string.matches(string)."),
    ("'a'.matches('(')", "Invalid regular expression '(' at 1: missing )."),
    ("path(/a/b) == /a/b", "Received: path(path). Expected: path(string)."),
    (
        "[1].toSet().difference([1]).size() == 0",
        "Received: set.difference(list). Expected: set.difference(set).",
    ),
]


@pytest.mark.parametrize(("condition", "problem"), ERRORS)
def test_an_expression_without_a_value_denies_in_productions_words(condition: str, problem: str) -> None:
    decision = decide(condition, a={"x": 1})
    assert not decision.allowed
    assert problem in decision.reason
    assert decision.reason.endswith(" for 'get' @ L3")


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ("resource.data.missing == 1 || true", True),
        ("true || resource.data.missing == 1", True),
        ("resource.data.missing == 1 || false", False),
        ("resource.data.missing == 1 && false", False),
        ("!(resource.data.missing == 1 && false)", True),
        ("!(false && resource.data.missing == 1)", True),
        ("resource.data.missing == 1 && true", False),
        ("(resource.data.missing == 1 && false) || true", True),
        ("(resource.data.missing == 1 ? true : true) || true", True),
        ("resource.data.missing == 1 ? true : true", False),
        ("false ? resource.data.missing : true", True),
    ],
)
def test_an_error_in_one_operand_does_not_decide_when_the_other_does(condition: str, allowed: bool) -> None:
    assert decide(condition).allowed is allowed


def test_a_denial_names_the_false_operand_on_its_own_line() -> None:
    decision = decide("request.auth != null\n  && resource.data.a == 1\n  && resource.data.b == 1", a=1, b=2)
    assert decision.reason == "false at L5:6 for 'get' @ L3"
    assert decision.line == 3


def test_a_denial_names_the_place_of_an_error_inside_of_a_condition() -> None:
    decision = decide("request.auth != null\n  && resource.data.a.b == 1", a={})
    assert decision.reason == "Property b is undefined on object. at L4:6 for 'get' @ L3"


def test_request_auth_is_null_for_nobody() -> None:
    assert decide("request.auth == null", auth=None)
    assert "Null value error." in decide("request.auth.uid == 'alice'", auth=None).reason
