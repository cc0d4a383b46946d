"""The part of the CSV corpus that needs a dialect. Its oracle is the checker's state machine. Where
Python's csv module knows the dialect, both must agree.
"""

import csv
import io
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "checker"))

from dialect_machine import Machine, after_line  # noqa: E402

def by_csv_module(text, dialect):
    """None: it does not know this dialect."""
    delimiter = dialect.get("delimiter", ",")
    quote, escape = dialect.get("quote", '"'), dialect.get("escape", "")
    if len(delimiter) > 1 or any(name in dialect for name in ("comment", "trim", "null")):
        return None
    if escape and (escape + "\r\n" in text or text.endswith(escape)):
        return None  # it takes only the CR; it drops the escape
    at = 0
    for _ in range(dialect.get("skip_lines", 0)):
        at = after_line(text, at)
    reader = csv.reader(
        io.StringIO(text[at:], newline=""),
        delimiter=delimiter,
        quotechar=quote or None,
        escapechar=escape or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
    )
    return [record for record in reader if record]


def answer(data, dialect):
    text = data.decode("utf-8-sig")
    machine = Machine(text, dialect)
    records = [cells for cells, _ in machine.records()]
    other = by_csv_module(text, dialect)
    assert other is None or other == records, (records, other)
    columns = dialect.get("columns")
    header, rows = (columns, records) if columns else (records[0], records[1:])
    assert all(len(row) == len(header) for row in rows), f"by hand, as it is ragged: {records}"
    assert len(set(header)) == len(header) and "" not in header and None not in header
    return {"dialect": dialect, "header": header, "rows": rows, "empty_lines": machine.empty_lines}


def by_hand(dialect, header, rows, empty_lines=0):
    """`rows`: cells, or (fault, byte)."""
    answers = [
        {"fault": row[0], "row": i, "at": row[1]} if isinstance(row, tuple) else row
        for i, row in enumerate(rows, 1)
    ]
    return {"dialect": dialect, "header": header, "rows": answers, "empty_lines": empty_lines}


BOM = b"\xef\xbb\xbf"
PIPES = {"delimiter": "||"}
BACKSLASH = {"escape": "\\"}
HASH = {"comment": "#"}
TRIM = {"trim": True}
NULL = {"null": "\\N"}
ALL = {
    "delimiter": "<>",
    "quote": "'",
    "escape": "\\",
    "comment": "--",
    "trim": True,
    "skip_lines": 2,
    "null": "NULL",
}

VALID = {
    # Delimiters of several bytes.
    "delimiter_two": (b'a||b\n1||2\n"x||y"||z\n||\n', PIPES),
    "delimiter_two_halves": (b"a||b\n1|2||3|\n|||4\n5|||6\n", PIPES),
    "delimiter_two_crlf": (b'a||b\r\n1|2||3\r\n"|"||"||"\r\n', PIPES),
    "delimiter_three": (
        b'a|||b|||c\n1||2|||3|||4\n||||||\n"|||"|||||||x\n',
        {"delimiter": "|||"},
    ),
    "delimiter_eight": (b"a<-------b\n1<------2<-------3\n", {"delimiter": "<-------"}),
    "delimiter_self_overlap": (b"xaaby\n1aaab2\n3aab4\n", {"delimiter": "aab"}),
    "delimiter_overlap_quote": (b'a||b\n1|||"x\ny"||2\n', PIPES),
    "delimiter_euro": ("a€b\n1€2\n\"€\"€‚\n".encode(), {"delimiter": "€"}),
    "delimiter_duck": ("a🦆b\n1🦆2\n🦅🦆🦉\n".encode(), {"delimiter": "🦆"}),
    "delimiter_blanks": (b"a | b\n1| | 2 |\n | \n", {"delimiter": " | "}),
    "delimiter_last_no_end": (b"a||b\n1||2\n3||", PIPES),
    "delimiter_half_last": (b"a||b\n1||2\n3||4|", PIPES),
    "delimiter_letter": (b'axb\n1x2\n"x"x3\n', {"delimiter": "x"}),
    "delimiter_control": (b"a\x1fb\n1,\x1f2\n", {"delimiter": "\x1f"}),
    # Quotes.
    "quote_single": (b"a,b\n'1,2','it''s'\n\"x\",'\n'\n", {"quote": "'"}),
    "quote_none": (b'a,b\n"1,2\n"x"y,"\n",""\n', {"quote": ""}),
    "quote_none_tab": (b'a\tb\n5"\t"6\n"\t"\n', {"quote": "", "delimiter": "\t"}),
    "quote_none_escape": (b'a,b\n"\\,",2\n\\\\,\\"\n', {"quote": "", "escape": "\\"}),
    "quote_percent": (b"a;b\n%1;%%2%;3\n", {"quote": "%", "delimiter": ";"}),
    # Escapes.
    "escape_delimiter": (b"a,b\n1\\,5,2\n\\,,\\,\n", BACKSLASH),
    "escape_quote": (b'a,b\n"say \\"hi\\"",2\n\\"x,"\\""\n', BACKSLASH),
    "escape_and_doubled": (b'a,b\n"\\"""","""\\""\n', BACKSLASH),
    "escape_itself": (b'a,b\n\\\\,"\\\\"\n\\\\\\\\,x\\\\\n', BACKSLASH),
    "escape_line_end": (b"a,b\n1\\\n2,3\n\\\n,\\\n\n", BACKSLASH),
    "escape_cr": (b"a,b\r1\\\r2,3\r", BACKSLASH),
    "escape_crlf": (b'a,b\r\n1\\\r\n2,"\\\r\n"\r\n3,4\\\r\n\r\n', BACKSLASH),
    "escape_letters_are_letters": (b"a,b\n\\n\\t,\\r\\0\\b\n\"\\n\",\\x41\n", BACKSLASH),
    "escape_last_byte": (b"a,b\n1,2\\", BACKSLASH),
    "escape_unicode": ("a,b\n\\ä,\\日\\🛒\n".encode(), BACKSLASH),
    "escape_at_field_begin": (b'a,b\n\\"1,\\"\n', BACKSLASH),
    "escape_half_delimiter": (b"a||b\n1\\|||2\n3\\||||4\n", PIPES | BACKSLASH),
    "escape_splits_delimiter": (b'a||b\n1|\\||"x||2\n3||4\n', PIPES | BACKSLASH),
    "escape_caret": (b"a,b\n^,^^,\\\n", {"escape": "^"}),
    # Comments.
    "comment_everywhere": (b"# x\na,b\n#\n1,2\n# y,z\n\n#3,4\n5,6\n# end", HASH),
    "comment_before_header_bom": (BOM + b"# x\r\n#\r\na,b\r\n1,2\r\n", HASH),
    "comment_only_at_begin": (b'a,b\n1,#2\n3#,4\n"#5",6\n #7,8\n', HASH),
    "comment_open_quote": (b'a,b\n#"it\'s\n1,2\n#"\n3,4\n', HASH),
    "comment_bad_bytes": (b"a,b\n#\x001\n1,2\n", HASH),
    "comment_cr": (b"a,b\r#x\r\r#\r1,2\r#z\r", HASH),
    "comment_slashes": (b"a,b\n//x\n/1,2\n//\n// /\n3,/\n", {"comment": "//"}),
    "comment_half_last": (b"a\n1\n/", {"comment": "//"}),
    "comment_in_quotes": (b'a,b\n"\n#no comment\n",2\n', HASH),
    "comment_long": (b"a,b\n#" + b"x," * 150 + b"\n1,2\n", HASH),
    "comment_delimiter_inside": (b"a;b\n#;#\n1;2\n", HASH | {"delimiter": ";"}),
    "comment_escaped": (b"a,b\n\\#1,2\n#\\\n3,4\n", HASH | BACKSLASH),
    # Blanks.
    "trim_around": (b"a , b\n 1\t,\t2 \n  x y  ,z\n", TRIM),
    "trim_quoted": (b'a,b\n "1" ,\t" 2 "\t\n"x" , "y"\n', TRIM),
    "trim_quoted_line_end": (b'a,b\n  "1\n2"  ,\t"3\r"\t\r\n', TRIM),
    "trim_empty": (b"a,b\n ,\t\n  ,  \n", TRIM),
    "trim_blank_lines": (b"a,b\n  \n1,2\n\t\r\n \n3,4\n \t", TRIM),
    "trim_escaped": (b"a,b\n\\ 1\\ , \\ \n", TRIM | BACKSLASH),
    "trim_tab_delimiter": (b"a\tb\n 1 \t 2 \n\t\n \t \n", TRIM | {"delimiter": "\t"}),
    "trim_blank_delimiter": (b"a | b\n 1  |  2 \n | \n", TRIM | {"delimiter": " | "}),
    "trim_quote_inside": (b'a,b\n x "y" , 5" \n', TRIM),
    "trim_other_spaces_stay": ("a,b\n\u00a01\u3000,\x0b2\x0c\n".encode(), TRIM),
    # Lines before the header; files without one.
    "skip_lines": (b"report\n2024,\"x\n\na,b\n1,2\n", {"skip_lines": 3}),
    "skip_lines_crlf": (BOM + b"r\r\n\r\na,b\r\n1,2\r\n", {"skip_lines": 2}),
    "skip_lines_cr": (b"r\r\ra,b\r1,2\r", {"skip_lines": 2}),
    "skip_lines_then_comment": (b"r\n#x\n\na,b\n1,2\n", HASH | {"skip_lines": 1}),
    "columns_given": (b"1,2\n3,4\n", {"columns": ["a", "b"]}),
    "columns_given_bom": (BOM + b"\n1,2\n", {"columns": ["a", "b"]}),
    "columns_given_skip": (b"x\ny\n1,2\n", {"columns": ["a", "b"], "skip_lines": 2}),
    "columns_given_empty_file": (b"", {"columns": ["a", "b"]}),
    "columns_given_all_skipped": (b"x\ny", {"columns": ["a"], "skip_lines": 5}),
    "columns_given_odd_names": (b"1,2\n", {"columns": ["a,1", 'b"ä']}),
    # Nulls.
    "null_backslash_n": (b'a,b\n\\N,"\\N"\nN,\\Nx\n,\\N', NULL),
    "null_empty": (b'a,b\n,""\n"",\n1,2\n', {"null": ""}),
    "null_empty_single_column": (b'a\n\n""\n1\n', {"null": ""}),
    "null_empty_single_column_crlf": (b"a\r\n\r\n1\r\n\r\n\r\n", {"null": ""}),
    "null_empty_single_column_trim": (
        b'a\n \t\n 1\n#\n\n "" \n  ',
        HASH | {"null": "", "trim": True},
    ),
    "null_empty_single_column_given": (BOM + b"\n1\n\n", {"columns": ["a"], "null": ""}),
    "null_word": (b"a,b\nNULL,null\n NULL,NULL\n", {"null": "NULL"}),
    "null_trimmed": (b'a,b\n NULL , "NULL" \nNULL,x\n', {"null": "NULL", "trim": True}),
    "null_escape": (b"a,b\n\\N,\\\\N\nN,\"\\N\"\n", NULL | BACKSLASH),
    "null_header_quoted": (b'"\\N",b\n\\N,1\n', NULL),
    # All at once, about 300 bytes.
    "nasty_all": (
        BOM
        + "report of\r\n'2024<>\n\r\n-- comment 'open\r-- <> \\\n"
        " id <> 'na''me'<>\t\u00e9\\<>x \r\n"
        "1<> NULL <>'NULL'\n   \n'2\n-- no comment\r\n' <>\\ \\\r\n<>\\'\r--\n"
        "\t'3<>\\'<''' <><<>\\\\\r\n"
        "4<>\u65e5\u672c<>\U0001f6d2 > < \n\r\n<><>\n'5\\\n'<>a'b'<>NULLS\r'6'<>''<>''''\r\n"
        "7\\N<>-- x<>y--\n8<>-<>NULL\n -- 9<> . <> \\  \r\n10<>\\\\<>'\\\\'\n--end".encode(),
        ALL,
    ),
}

BY_HAND = {
    "dialect_ragged": (
        b"a||b\n1|2\n3||4\n",
        by_hand(PIPES, ["a", "b"], [("ragged", 5), ["3", "4"]]),
    ),
    "dialect_text_after_quote": (
        b'a||b\n"1"|2||3\n"4" ||5\n6||7\n',
        by_hand(
            PIPES, ["a", "b"], [("text-after-quote", 8), ("text-after-quote", 17), ["6", "7"]]
        ),
    ),
    "dialect_text_after_quote_trim": (
        b'a,b\n"1"  x,2\n"3" ,4\n',
        by_hand(TRIM, ["a", "b"], [("text-after-quote", 9), ["3", "4"]]),
    ),
    "dialect_text_after_quote_escape": (
        b'a,b\n"1"\\\n,2\n3,4\n',
        by_hand(BACKSLASH, ["a", "b"], [("text-after-quote", 7), ["3", "4"]]),
    ),
    "dialect_open_quote": (
        b'a,b\n1,"2\\"\n3,4\n',
        by_hand(BACKSLASH, ["a", "b"], [("open-quote", 6)]),
    ),
    "dialect_utf8": (
        b"a||b\n1||caf\xe9||\n#\xff\n3||4\n",
        by_hand(PIPES | HASH, ["a", "b"], [("invalid-utf8", 11), ["3", "4"]], 1),
    ),
    "dialect_nul": (
        b"a,b\n1,\\\x00\n3,4\n",
        by_hand(BACKSLASH, ["a", "b"], [("nul-byte", 7), ["3", "4"]]),
    ),
    "dialect_bom_skip_lines": (
        b"x\n" + BOM + b"1\n2\n",
        by_hand({"skip_lines": 1, "columns": ["a"]}, ["a"], [["\ufeff1"], ["2"]]),
    ),
    "dialect_bom_comment": (
        b"a,b\n" + BOM + b'#,"\n#\n1,2\n',
        by_hand(HASH, ["a", "b"], [("open-quote", 9)]),
    ),
    "dialect_bom_trim": (
        b"a,b\n" + BOM + b' "1\n2" ,3\n' + BOM + b" \n " + BOM + b"4,5\n",
        by_hand(
            TRIM, ["a", "b"], [("ragged", 4), ['2"', "3"], ("ragged", 17), ["\ufeff4", "5"]]
        ),
    ),
    "dialect_bom_delimiter": (
        b"a||b\n" + BOM + b'"1||\r2"||3\r4||5\r',
        by_hand(PIPES, ["a", "b"], [['\ufeff"1', ""], ['2"', "3"], ["4", "5"]]),
    ),
    "dialect_bom_null": (
        b"a\n" + BOM + b"\n" + BOM + b'""\n\n',
        by_hand({"null": ""}, ["a"], [["\ufeff"], ['\ufeff""']], 1),
    ),
    "dialect_trim_order": (
        b'a,b\n"1" \xff,2\n3,4\n',
        by_hand(TRIM, ["a", "b"], [("invalid-utf8", 8), ["3", "4"]]),
    ),
    "columns_given_ragged": (
        b"1,2\n3\n",
        by_hand({"columns": ["a", "b"]}, ["a", "b"], [["1", "2"], ("ragged", 4)]),
    ),
    "bad_header_all_skipped": (
        b"a,b\n",
        {"dialect": {"skip_lines": 1}, "header_error": "no header"},
    ),
    "bad_header_only_comments": (b"#a\n#b", {"dialect": HASH, "header_error": "has no header"}),
    "bad_header_null_name": (
        b"a,\\N\n1,2\n",
        {"dialect": NULL, "header_error": "column 2 of the header has no name"},
    ),
    "bad_header_trimmed_name": (
        b"a, ,c\n1,2,3\n",
        {"dialect": TRIM, "header_error": "column 2 of the header has no name"},
    ),
}
