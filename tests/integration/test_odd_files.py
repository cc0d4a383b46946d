"""Files that are not what they seem: plan names each, and its suggestions load no header as a row.

No brokers are needed.
"""

from __future__ import annotations

import gzip
import io
import shlex
import tarfile
import zipfile

import pytest
from onceload_runner import BINARY, DIFFERENCES, DONE, INPUT, USAGE, Result, Scene, assert_fails

ROWS = "id,user,amount\n" + "".join(f"{n},u{n},{n}.5\n" for n in range(1, 21))


def plan(scene: Scene, *words: object) -> Result:
    return scene.start_command([str(word) for word in (BINARY, "plan", *words)]).wait()


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("may.csv", ROWS)
    return out.getvalue()


def in_tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        member = tarfile.TarInfo("may.csv")
        member.size = len(ROWS)
        archive.addfile(member, io.BytesIO(ROWS.encode()))
    return out.getvalue()


NO_CSV = {
    "zip": (zipped(), "a zip archive", "unzip -p"),
    "tar in gzip": (in_tar(), "a tar archive", "tar -xOf"),
    "gzip twice": (gzip.compress(gzip.compress(ROWS.encode())), "gzip inside", "once"),
    "parquet": (b"PAR1\x15\x04\x15\x10" + bytes(100) + b"PAR1", "a Parquet file", "duckdb"),
    "lz4": (bytes.fromhex("04224d186440a7") + ROWS.encode(), "compressed by lz4", "lz4 -dc"),
    "html": (b"\n<!doctype HTML>\n<html><title>Sign in</title>\n", "HTML", "login"),
    "xml": (b'<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>\n', "XML", "error"),
    "json lines": (b'{"id": 1, "user": "a"}\n{"id": 2, "user": "b"}\n', "JSON", "convert"),
    "utf-32": (ROWS.encode("utf-32"), "UTF-32", "iconv -f UTF-32"),
    "utf-32be": (ROWS.encode("utf-32-be"), "UTF-32", "iconv -f UTF-32BE"),
    "utf-16le": (ROWS.encode("utf-16-le"), "UTF-16", "--encoding utf-16le"),
    "utf-16be": (ROWS.encode("utf-16-be"), "UTF-16", "--encoding utf-16be"),
    "zeros": (bytes(4096), "nothing but NUL bytes", "anew"),
}


@pytest.mark.parametrize("kind", NO_CSV)
def test_what_is_no_csv_is_named(bare_scene: Scene, kind: str) -> None:
    content, name, way = NO_CSV[kind]
    path = bare_scene.write(content, "may.csv")
    result = plan(bare_scene, path)
    assert_fails(result, INPUT, f"no csv but {name}", way)
    if "--encoding" in way:
        good = plan(bare_scene, "--json", *way.split(), path)
        assert good.code == DONE and good.json()["rows"] == 20, good


# The file, and its rows by the flags that plan suggests.
SUGGESTED = {
    "trailing delimiter": ("A|B|C|\n1|2|3|\n4|5|6|\n", 2, '{"A":1,"B":2,"C":3}'),
    "of the header alone": ("a,b,c,\n1,2,3\n4,5,6\n", 2, '{"a":1,"b":2,"c":3}'),
    "of the rows alone": ("a,b,c\n1,2,3,\n4,5,6,\n", 2, '{"a":1,"b":2,"c":3}'),
    "a name missing": ("id,,name\n1,x,y\n", 1, '{"id":1,"unnamed":"x","name":"y"}'),
    "pandas": (",id,name\n0,1,x\n1,2,y\n", 2, '{"unnamed":0,"id":1,"name":"x"}'),
    "a name twice": ("id,name,name\n1,x,y\n", 1, '{"id":1,"name":"x","name_3":"y"}'),
    "sep": ("sep=;\nid;name\n1;x\n2;y\n", 2, '{"id":1,"name":"x"}'),
    "two headers": (ROWS + ROWS, 41, '{"id":"1","user":"u1","amount":"1.5"}'),
    "no numbers": ("k,name\nb,x\nk,name\nc,y\n", 3, '{"k":"b","name":"x"}'),
    "psql": ("id|name\n1|x\n2|y\n(2 rows)\n\n", 2, '{"id":1,"name":"x"}'),
    "sqlcmd": ("id,name\n--,----\n1,x\n2,y\n\n(2 rows affected)\n", 2, '{"id":1,"name":"x"}'),
    "total": ("id,amount\n1,5\n2,7\nTotal,12\n", 2, '{"id":1,"amount":5}'),
    "ctrl-z": ("id,name\r\n1,x\r\n2,y\r\n\x1a", 2, '{"id":1,"name":"x"}'),
    "years": ("country,2023,2024\nDE,1,2\n", 1, '{"country":"DE","2023":1,"2024":2}'),
    "a title": ("Report of May\n\nid;name\n1;x\n2;y\n", 2, '{"id":1,"name":"x"}'),
    "times": ("ts\n12:00:00\n13:30:00\n", 2, '{"ts":"12:00:00"}'),
    "more names than cells": ("id   v\n1 2\n3 4\n", 2, '{"id   v":"1 2"}'),
    "ctrl-a": ("id\x01name\n1\x01x\n2\x01y\n", 2, '{"id":1,"name":"x"}'),
}


@pytest.mark.parametrize("kind", SUGGESTED)
def test_what_plan_suggests_loads_rows_and_no_header(bare_scene: Scene, kind: str) -> None:
    content, rows, first = SUGGESTED[kind]
    path = bare_scene.write(content, "odd.csv")
    # Files that cannot be read as they are have a suggestion too; it stands before the error.
    line = plan(bare_scene, path).stdout.splitlines()[0]
    words = line.removeprefix("suggested: ").split("  # ")[0]
    flags = [] if words == "no flags" else ansi_split(words)
    result = plan(bare_scene, "--json", *flags, path)
    assert result.code == DONE, (flags, result)
    assert result.json()["rows"] == rows, (flags, result)
    assert result.json()["messages"][0]["value"] == first, (flags, result)


def ansi_split(words: str) -> list[str]:
    """As bash reads them: shlex knows no $'...'."""
    return [
        word.removeprefix("$").encode().decode("unicode_escape") if word.startswith("$") else word
        for word in shlex.split(words)
    ]


DOUBTS = {
    "semicolons": ("id;name\n1;x\n", (), "say --delimiter ';'"),
    "another delimiter": ("a,b\n1,2\n", ("--delimiter", "|"), "say --delimiter ,"),
    "one column": ("a\n1\n", ("--delimiter", "|"), "nowhere in its header"),
    "blanks": ("id   name\n1    x\n", (), "runs of blanks"),
    "header again": (ROWS + ROWS, (), "row 21: the header again"),
    "a header as a row": (
        "id,n\n1,2\n",
        ("--no-header", "--columns", "id,n"),
        "row 1: the names of --columns, loaded as a row",
    ),
    "ruler": ("id,name\n--,----\n1,x\n", (), "row 1: dashes alone"),
    "total": ("id,amount\n1,5\nTotal,5\n", (), "row 2, the last one, looks like a report's end"),
    "one column's end": ("id\n1\n\x1a", (), "row 2, the last one, looks like a report's end"),
    "1970": ("id,ts\n1,1714559401\n", ("--type", "ts=timestamp:epoch-ms"), "January 1970"),
    "future": ("id,ts\n1,4102444800\n", ("--type", "ts=timestamp:epoch-s"), "in the future"),
}


@pytest.mark.parametrize("kind", DOUBTS)
def test_what_loads_and_may_be_meant_otherwise_is_told(bare_scene: Scene, kind: str) -> None:
    content, flags, doubt = DOUBTS[kind]
    result = plan(bare_scene, *flags, bare_scene.write(content, "odd.csv"))
    assert result.code == DONE, result
    assert doubt in result.stdout + result.stderr, result


def test_a_bad_row_that_is_none_names_the_flag(bare_scene: Scene) -> None:
    path = bare_scene.write("id,name\n1,x\n\x1a", "odd.csv")
    result = plan(bare_scene, path)
    assert result.code == DIFFERENCES and "--skip-footer" in result.stdout, result
    good = plan(bare_scene, "--json", "--skip-footer", 1, path)
    assert good.code == DONE and good.json()["rows"] == 1, good


def test_a_delimiter_that_can_only_be_meant_otherwise(bare_scene: Scene) -> None:
    path = bare_scene.write("id\x01name\n1\x01x\n", "odd.csv")
    for delimiter in ("\\x01", "\\u0001", "^A"):
        refused = plan(bare_scene, "--delimiter", delimiter, path)
        assert_fails(refused, USAGE, "nowhere in the header")
    good = plan(bare_scene, "--json", "--delimiter", "\x01", path)
    assert good.json()["messages"][0]["value"] == '{"id":"1","name":"x"}', good


SIGNS = 'a=b,"c,d","5"" pipe","""x""","new\nline",\u00a0id\n1,2,3,4,5,6\n'


@pytest.mark.parametrize(
    ("name", "typed", "key"),
    [
        ("a=b", '"a=b"', "a=b"),
        ("c,d", "c,d", '"c,d"'),
        ('5" pipe', '5" pipe', '5" pipe'),
        ('"x"', '"\\"x\\""', '"""x"""'),
        ("new\nline", '"new\\nline"', '"new\\nline"'),
        ("\u00a0id", '"\\u00a0id"', '"\\u00a0id"'),
    ],
)
def test_any_column_can_be_named(bare_scene: Scene, name: str, typed: str, key: str) -> None:
    path = bare_scene.write(SIGNS, "signs.csv")
    words = ("--type", f"{typed}=integer", "--key", key, "--rename", f"{typed}=X", "--drop", key)
    if key == '"c,d"':
        words = (*words[:-1], typed)
    result = plan(bare_scene, "--json", *words[:-2], path)
    assert result.code == DONE, result
    number = str(["a=b", "c,d", '5" pipe', '"x"', "new\nline", "\u00a0id"].index(name) + 1)
    assert result.json()["messages"][0]["key"] == number, result
    assert f'"X":{number}' in result.json()["messages"][0]["value"], result
    dropped = plan(bare_scene, "--json", "--key", key, *words[-2:], path)
    assert dropped.json()["messages"][0]["value"].count(":") == 5, dropped


def test_names_that_look_alike_are_told_apart(bare_scene: Scene) -> None:
    blank = bare_scene.write("\u00a0id,name\u200b\n1,x\n", "nbsp.csv")
    assert_fails(plan(bare_scene, "--key", "id", blank), USAGE, 'did you mean "\\u00a0id"?')
    assert_fails(plan(bare_scene, "--key", "name", blank), USAGE, 'did you mean "name\\u200b"?')
    nfc = bare_scene.write("id,pr\u00e9nom\n1,x\n", "nfc.csv")
    nfd = bare_scene.write("id,pre\u0301nom\n2,y\n", "nfd.csv")
    assert_fails(plan(bare_scene, nfc, nfd), INPUT, "pr\\u00e9nom", "pre\\u0301nom", "look alike")
    assert_fails(plan(bare_scene, "--key", "prénom", nfd), USAGE, 'did you mean "pre\\u0301nom"?')
