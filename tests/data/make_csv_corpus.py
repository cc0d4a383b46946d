#!/usr/bin/env python3
"""Writes tests/data/csv/NAME.csv, small files that a CSV reader may trip over, and NAME.json, what
a right reader makes of each.

    python3 tests/data/make_csv_corpus.py          write the files
    python3 tests/data/make_csv_corpus.py --check  fail if the files are not what it would write

Answers for valid files come from Python's csv module, an implementation that shares nothing with
ours. It has no notion of most faults, so those are written by hand: name, and byte counted from 0.

NAME.json: {"delimiter", "header": [name], "rows": [[field] or {"fault", "row", "at"}],
"empty_lines"}, or {"delimiter", "header_error": a part of the message}. Files of dialect_corpus.py
have "dialect" instead of "delimiter", and null for a null field. "by_second_rules": "rows" and
"empty_lines" where the second version of the rules has others (include/onceload/core/rules.h).
"""

import csv
import io
import json
import pathlib
import sys

import dialect_corpus

FOLDER = pathlib.Path(__file__).parent / "csv"


def valid(data, delimiter=","):
    text = data.decode("utf-8-sig")
    records = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    header, *rows = [r for r in records if r]
    assert all(len(r) == len(header) for r in rows), "a ragged file needs its answer by hand"
    assert len(set(header)) == len(header) and "" not in header
    return {
        "delimiter": delimiter,
        "header": header,
        "rows": rows,
        "empty_lines": records.count([]),
    }


class Fault:
    def __init__(self, name, at):
        self.name, self.at = name, at


def answers(rows):
    return [
        {"fault": r.name, "row": i, "at": r.at} if isinstance(r, Fault) else r
        for i, r in enumerate(rows, 1)
    ]


def by_hand(header, rows, empty_lines=0, delimiter=","):
    return {
        "delimiter": delimiter,
        "header": header,
        "rows": answers(rows),
        "empty_lines": empty_lines,
    }


def no_header(message):
    return {"delimiter": ",", "header_error": message}


BOM = b"\xef\xbb\xbf"

VALID = {
    # Record ends.
    "ends_lf": b"a,b\n1,2\n3,4\n",
    "ends_crlf": b"a,b\r\n1,2\r\n3,4\r\n",
    "ends_cr": b"a,b\r1,2\r3,4\r",
    "ends_mixed": b"a,b\n1,2\r\n3,4\r5,6\n7,8\r\n",
    "ends_lf_then_cr": b"a,b\n\r1,2\n\r3,4\n\r",
    "ends_none_last": b"a,b\n1,2\n3,4",
    "ends_none_last_empty_field": b"a,b\n1,2\n3,",
    "ends_none_last_quoted": b'a,b\n1,2\n3,"4"',
    "ends_none_last_empty_quoted": b'a,b\n1,2\n3,""',
    "ends_cr_last": b"a,b\r\n1,2\r\n3,4\r",
    "header_only": b"a,b,c\n",
    "header_only_crlf": b"a,b,c\r\n",
    "header_only_no_end": b"a,b,c",
    "header_only_empty_lines": b"\n\r\n\ra,b,c\n\n\n",
    # Empty lines.
    "empty_lines_everywhere": b"\n\na,b\n\n1,2\n\n\n3,4\n\n",
    "empty_lines_crlf": b"\r\n\r\na,b\r\n\r\n1,2\r\n\r\n\r\n3,4\r\n\r\n",
    "empty_lines_cr": b"\ra,b\r\r1,2\r\r\r3,4\r\r",
    "empty_lines_mixed": b"a,b\n\r\n\r\r\n1,2\r\n\n\r3,4",
    "empty_line_unlike_spaces": b"a\n1\n \n2\n",
    "single_column": b"a\n1\n2\n3\n",
    "single_column_empty_lines": b"a\n1\n\n2\n\n\n3\n",
    "single_column_quoted_empty": b'a\n1\n""\n2\n""\n',
    "single_column_quoted_empty_last": b'a\r\n""\r\n\r\n""',
    "single_column_cr": b"a\r1\r\r2",
    # Empty fields.
    "empty_fields": b"a,b,c\n,,\n1,,\n,2,\n,,3\n",
    "empty_last_field": b"a,b\n1,\n2,\r\n3,\r",
    "empty_fields_quoted": b'a,b,c\n"","",""\n,"",\n"",,""\n',
    # Quotes.
    "quoted_all": b'"a","b"\n"1","2"\n"3","4"\n',
    "quoted_delimiter": b'a,b\n"1,5",2\n3,",,,"\n',
    "quoted_lf": b'a,b\n"line 1\nline 2",2\n3,"\n"\n',
    "quoted_crlf": b'a,b\r\n"line 1\r\nline 2",2\r\n3,"\r\n"\r\n',
    "quoted_cr": b'a,b\n"line 1\rline 2",2\n3,"\r"\n',
    "quoted_all_ends": b'a,b\n"\n\r\n\r\r\n\n","\r"\r"\n\n\n",x\r\n',
    "quoted_header_names": b'"a,1","b""2","c\n3"\n1,2,3\n',
    "doubled_once": b'a,b\n"say ""hi""",2\n3,"it""s"\n',
    "doubled_alone": b'a,b\n"""",2\n"""""",4\n5,""""\n',
    "doubled_edges": b'a,b\n"""x","x"""\n"""",""""""\n',
    "doubled_many_fields": b'a,b,c\n"1""1","2""""2","3""""""3"\nx,"y""",z\n',
    "doubled_and_delimiter": b'a,b\n""",""",2\n""",",3\n',
    "doubled_and_end": b'a,b\n"""\n""",2\n3,"\r\n"""\n',
    "quote_mid_field": b'a,b\n5" pipe,x"y"z\nab"",c"d\n',
    "quote_after_space": b'a,b\n "x",y\n1, ""\n',
    "quote_last_in_field": b'a,b\nx",y"\nz"",w"\n',
    "quoted_spaces": b'a,b\n" x "," "\n  y  ,\t\n',
    "quoted_then_unquoted": b'a,b,c\n"x",y,"z"\ny,"x",z\n',
    "quoted_long": b'a,b\n"' + b"x,\n" * 90 + b'",2\n"' + b'""' * 100 + b'",4\n',
    # Byte order mark.
    "bom": BOM + b"a,b\n1,2\n",
    "bom_quoted_name": BOM + b'"a","b"\n1,2\n',
    "bom_quoted_delimiter": BOM + b'"a,x",b\r\n1,2\r\n',
    "bom_empty_line": BOM + b"\na,b\n1,2\n",
    "bom_not_at_begin": b"a,b\n" + BOM + b"1,2\n3," + BOM + b"\n",
    "bom_header_only": BOM + b"a",
    "bom_joined_files": BOM + b"a,b\n1,2\n" + BOM + b"a,b\n3,4\n",
    "bom_after_header": b"a\r\n" + BOM + b"1\r\n2\r\n",
    "bom_before_empty_line": b"a\n1\n" + BOM + b"\n\n2\n",
    "bom_last_line": b"a\n1\n" + BOM,
    "bom_twice": BOM + BOM + b"a\n1\n" + BOM + BOM + b"2\n",
    "bom_in_quotes": b'a,b\n"' + BOM + b'1",2\n',
    "bom_second_field": b"a,b\n1," + BOM + b"2\n",
    # Characters.
    "unicode_2": "ä,é\nß,ø\nñ,ÿ\n".encode(),
    "unicode_3": "日,本\n語,€\n\u2028,\ufeff\n".encode(),
    "unicode_4": "🛒,𝄞\n😀,𐍈\n\U0010ffff,𐀀\n".encode(),
    "unicode_edges": "a,b\n\x7f\x80,\u07ff\u0800\n\ud7ff\ue000,\uffff\U00010000\n".encode(),
    "unicode_quoted": 'a,b\n"ä,""ö""","日\n本"\n"🛒",x\n'.encode(),
    "unicode_line_ends_are_text": "a,b\n1\u0085\u2028\u2029,2\n3\x0b\x0c,4\x1c\x1d\x1e\n".encode(),
    "control_characters": b"a,b\n\x01\x02,\x1f\n\x08\x0b,\x7f\n",
    "backslash_is_text": b'a,b\n\\,\\n\n"\\",x\n\\t,\\"\n',
    "comment_sign_is_text": b"a,b\n#1,2\n#,#\n",
    # What csv-spectrum has, and the readers of DuckDB and Arrow test.
    "spectrum_comma_in_quotes": b'first,address,zip\nJo,"1 Main St., ""The Fort"", Apt. 2",08075\n',
    "spectrum_empty": b'a,b,c\n1,"",""\n2,3,4\n',
    "spectrum_empty_crlf": b'a,b,c\r\n1,"",""\r\n2,3,4\r\n',
    "spectrum_escaped_quotes": b'a,b\n1,"ha ""ha"" ha"\n3,4\n',
    "spectrum_json": b'key,val\n1,"{""type"": ""Point"", ""at"": [1.5, 0.25]}"\n',
    "spectrum_location_coordinates": b'at,latitude\n"37, -122",37.0\n"-33.9;151.2",-33.9\n',
    "spectrum_newlines": b'a,b,c\n1,2,3\n"Once upon \na time",5,6\n7,8,9\n',
    "spectrum_newlines_crlf": b'a,b,c\r\n1,2,3\r\n"Once upon \r\na time",5,6\r\n7,8,9\r\n',
    "spectrum_quotes_and_newlines": b'a,b\n1,"ha \n""ha"" \nha"\n3,4\n',
    "spectrum_simple": b"a,b,c\n1,2,3\n",
    "spectrum_simple_crlf": b"a,b,c\r\n1,2,3\r\n",
    "spectrum_utf8": "a,b,c\n1,2,3\n4,5,\u02a4\n".encode(),
    "quoted_only_line_ends": b'a\n"\n"\n"\r"\n"\r\n"\n"\n\n"\n',
    "quoted_delimiters_only": b'a,b\n",",","\n",,",",,,"\n',
    "doubled_runs": b'a\n""""\n""""""\n""""""""\n"x"""""\n"""""x"\n',
    "empty_rows_of_delimiters": b"a,b,c,d\r\n,,,\r\n,,,\r\n\r\n,,,",
    "quoted_header_crlf_inside": b'"a\r\nb","c"\r\n1,2\r\n',
    "rows_grow": b"a,b\n" + b"".join(b"%s,%d\n" % (b"x" * i, i) for i in range(24)),
    "nasty_plain": BOM
    + '\r\n"id","na""me","\u00e9,x"\r'.encode()
    + '1,"line\r\nend",\n\n2,"""",""\r\n"3",a"b","\U0001f6d2"\r\r\n'.encode()
    + b'"4\n",",",5" x\n' * 3
    + '5,"\u65e5""\u672c\r",\t \n6, "x,"y\r\n'.replace(' "x,"y', ' "x",y').encode()
    + b'"' + b'7,""\n' * 12 + b'",8,9\r\n,,\n10,"\r\n\r\n",\\"\r11,12,""""',
    # Other delimiters, other sizes.
    "semicolon": (b'a;b\n1,5;2\n"x;y";z\n', ";"),
    "semicolon_crlf": (b'a;b\r\n;"2"\r\n"""";\r\n', ";"),
    "tab": (b'a\tb\n1\t2\n"x\ty"\t \n', "\t"),
    "tab_empty_fields": (b"a\tb\tc\n\t\t\n1\t\t\n\t\t3", "\t"),
    "pipe": (b'a|b\n1,2|3\n"|"|"""|"\n', "|"),
    "wide": b",".join(b"c%d" % i for i in range(150))
    + b"\n"
    + b"," * 149
    + b"\n"
    + b"7," * 149
    + b"7",
    "record_of_64": b"a,b\n"
    + b"x" * 61
    + b",y\n"
    + b"x" * 62
    + b",\n"
    + b"y" * 60
    + b",zz\r\n1,2\r\n",
    "record_of_128": b"a,b\r\n" + b"x" * 62 + b"," + b"y" * 64 + b"\r\n" + b"z" * 126 + b",\n1,2",
}

BY_HAND = {
    # Ragged.
    "ragged_fewer": (
        b"a,b,c\n1,2,3\n4,5\n6,7,8\n",
        by_hand(["a", "b", "c"], [["1", "2", "3"], Fault("ragged", 12), ["6", "7", "8"]]),
    ),
    "ragged_more": (b"a,b\n1,2,3\n4,5\n", by_hand(["a", "b"], [Fault("ragged", 4), ["4", "5"]])),
    "ragged_last_no_end": (b"a,b\n1,2\n3", by_hand(["a", "b"], [["1", "2"], Fault("ragged", 8)])),
    "ragged_trailing_delimiter": (
        b"a,b\r\n1,2,\r\n3,4\r\n",
        by_hand(["a", "b"], [Fault("ragged", 5), ["3", "4"]]),
    ),
    "ragged_single_column": (b'a\n1,\n""\n', by_hand(["a"], [Fault("ragged", 2), [""]])),
    "ragged_between_empty_lines": (
        b"a,b\n\n\n1\n\n2,3\n",
        by_hand(["a", "b"], [Fault("ragged", 6), ["2", "3"]], empty_lines=3),
    ),
    # Text after a closing quote.
    "text_after_quote": (
        b'a,b\n"1"x,2\n3,4\n',
        by_hand(["a", "b"], [Fault("text-after-quote", 7), ["3", "4"]]),
    ),
    "text_after_quote_space": (
        b'a,b\n1,"2" \n3,4\n',
        by_hand(["a", "b"], [Fault("text-after-quote", 9), ["3", "4"]]),
    ),
    "text_after_quote_then_quotes": (
        b'a,b\n"1"x"y,2\n"3""4" "5",6\n7,8\n',
        by_hand(
            ["a", "b"], [Fault("text-after-quote", 7), Fault("text-after-quote", 19), ["7", "8"]]
        ),
    ),
    "text_after_quote_at_end": (
        b'a,b\n1,2\n3,"4"x',
        by_hand(["a", "b"], [["1", "2"], Fault("text-after-quote", 13)]),
    ),
    "text_after_quote_twice": (
        b'a,b\n"1"x,"2"y\n3,4\n',
        by_hand(["a", "b"], [Fault("text-after-quote", 7), ["3", "4"]]),
    ),
    "text_after_quote_and_next_quoted": (
        b'a,b\n"1"x,"2,\n3"\n4,5\n',
        by_hand(["a", "b"], [Fault("text-after-quote", 7), ["4", "5"]]),
    ),
    # Open quotes.
    "open_quote": (
        b'a,b\n1,2\n3,"4\n5,6\n',
        by_hand(["a", "b"], [["1", "2"], Fault("open-quote", 10)]),
    ),
    "open_quote_last_byte": (
        b'a,b\n1,2\n3,"',
        by_hand(["a", "b"], [["1", "2"], Fault("open-quote", 10)]),
    ),
    "open_quote_after_doubled": (b'a,b\n1,"x""', by_hand(["a", "b"], [Fault("open-quote", 6)])),
    "open_quote_first_byte": (b'a,b\n"1,2\n3,4\n', by_hand(["a", "b"], [Fault("open-quote", 4)])),
    # NUL.
    "nul": (b"a,b\n1,\x002\n3,4\n", by_hand(["a", "b"], [Fault("nul-byte", 6), ["3", "4"]])),
    "nul_quoted": (
        b'a,b\n1,"\x00\n"\n3,4\n',
        by_hand(["a", "b"], [Fault("nul-byte", 7), ["3", "4"]]),
    ),
    "nul_last": (b"a,b\n1,2\n3,\x00", by_hand(["a", "b"], [["1", "2"], Fault("nul-byte", 10)])),
    # Invalid UTF-8.
    "utf8_latin1": (
        b"a,b\n1,caf\xe9\n3,4\n",
        by_hand(["a", "b"], [Fault("invalid-utf8", 9), ["3", "4"]]),
    ),
    "utf8_overlong_2": (
        b"a,b\n\xc0\xaf,2\n3,4\n",
        by_hand(["a", "b"], [Fault("invalid-utf8", 4), ["3", "4"]]),
    ),
    "utf8_overlong_3": (
        b"a,b\n1\xe0\x9f\xbf,2\n3,4\n",
        by_hand(["a", "b"], [Fault("invalid-utf8", 5), ["3", "4"]]),
    ),
    "utf8_overlong_4": (
        b"a,b\n1\xf0\x8f\xbf\xbf,2\n3,4\n",
        by_hand(["a", "b"], [Fault("invalid-utf8", 5), ["3", "4"]]),
    ),
    "utf8_surrogate": (
        b"a,b\n1,\xed\xa0\x80\n3,4\n",
        by_hand(["a", "b"], [Fault("invalid-utf8", 6), ["3", "4"]]),
    ),
    "utf8_too_high": (
        b"a,b\n1,\xf4\x90\x80\x80\n3,\xf5\x80\x80\x80\n5,6\n",
        by_hand(["a", "b"], [Fault("invalid-utf8", 6), Fault("invalid-utf8", 13), ["5", "6"]]),
    ),
    "utf8_truncated": (
        b"a,b\n1,\xe2\x82\n\xc3,2\n\xf0\x9f\x9b,2\n3,4\n",
        by_hand(
            ["a", "b"],
            [
                Fault("invalid-utf8", 6),
                Fault("invalid-utf8", 9),
                Fault("invalid-utf8", 13),
                ["3", "4"],
            ],
        ),
    ),
    "utf8_truncated_last": (
        b"a,b\n1,2\n3,\xe2\x82",
        by_hand(["a", "b"], [["1", "2"], Fault("invalid-utf8", 10)]),
    ),
    "utf8_lone_continuation": (
        b"a,b\n1,x\x80\n3,4\n",
        by_hand(["a", "b"], [Fault("invalid-utf8", 7), ["3", "4"]]),
    ),
    "utf8_split_by_delimiter": (
        b"a,b\n\xc3,\xa4\n3,4\n",
        by_hand(["a", "b"], [Fault("invalid-utf8", 4), ["3", "4"]]),
    ),
    "utf8_fe_ff": (
        b"a,b\n1,\xfe\n2,\xff\n3,4\n",
        by_hand(["a", "b"], [Fault("invalid-utf8", 6), Fault("invalid-utf8", 10), ["3", "4"]]),
    ),
    # Several faults in a row: the first byte counts, ragged comes last.
    "order_nul_before_utf8": (
        b"a,b\n\x00,\xff\n1,2\n",
        by_hand(["a", "b"], [Fault("nul-byte", 4), ["1", "2"]]),
    ),
    "order_utf8_before_nul": (
        b"a,b\n\xff,\x00\n1,2\n",
        by_hand(["a", "b"], [Fault("invalid-utf8", 4), ["1", "2"]]),
    ),
    "order_truncated_by_nul": (
        b"a,b\n1,\xe2\x82\x00\n1,2\n",
        by_hand(["a", "b"], [Fault("invalid-utf8", 6), ["1", "2"]]),
    ),
    "order_text_before_nul": (
        b'a,b\n"1"x,\x00\n1,2\n',
        by_hand(["a", "b"], [Fault("text-after-quote", 7), ["1", "2"]]),
    ),
    "order_nul_before_text": (
        b'a,b\n"\x00"x,2\n1,2\n',
        by_hand(["a", "b"], [Fault("nul-byte", 5), ["1", "2"]]),
    ),
    "order_nul_is_the_text": (
        b'a,b\n"1"\x00,2\n1,2\n',
        by_hand(["a", "b"], [Fault("nul-byte", 7), ["1", "2"]]),
    ),
    "order_nul_before_ragged": (
        b"a,b\n1,2,\x00\n1,2\n",
        by_hand(["a", "b"], [Fault("nul-byte", 8), ["1", "2"]]),
    ),
    "order_text_before_ragged": (
        b'a,b\n1,2,"3"x\n1,2\n',
        by_hand(["a", "b"], [Fault("text-after-quote", 11), ["1", "2"]]),
    ),
    "order_open_quote_before_nul": (b'a,b\n1,"\x00', by_hand(["a", "b"], [Fault("open-quote", 6)])),
    "order_nul_before_open_quote": (b'a,b\n\x00,"x', by_hand(["a", "b"], [Fault("nul-byte", 4)])),
    # As text, a mark before a quote makes the cell an unquoted one.
    "bom_before_quoted": (
        b"a,b\n" + BOM + b'"1\n2",3\n4,5\n',
        by_hand(["a", "b"], [Fault("ragged", 4), ['2"', "3"], ["4", "5"]]),
    ),
    "bom_before_quoted_crlf": (
        BOM + b"a,b\n1,2\n" + BOM + b'"3\r\n\r\n4",5\r\n6,7\r\n',
        by_hand(["a", "b"], [["1", "2"], Fault("ragged", 11), ['4"', "5"], ["6", "7"]], 1),
    ),
    "bom_before_open_quote": (
        b"a,b\n" + BOM + b'"1\n2,3\n',
        by_hand(["a", "b"], [Fault("ragged", 4), ["2", "3"]]),
    ),
    "order_text_before_open_quote": (
        b'a,b\n"1"x,"2\n',
        by_hand(["a", "b"], [Fault("text-after-quote", 7)]),
    ),
    # No header.
    "no_header_empty_file": (b"", no_header("has no header")),
    "no_header_empty_lines": (b"\n\r\n\r\r\n", no_header("has no header")),
    "no_header_bom_only": (BOM, no_header("has no header")),
    "no_header_bom_and_line": (BOM + b"\r\n", no_header("has no header")),
    "bad_header_utf16_no_mark": ("a,b\n1,2\n".encode("utf-16-le"), no_header("UTF-16")),
    "bad_header_latin1": (b"a,caf\xe9\n1,2\n", no_header("not UTF-8")),
    "bad_header_open_quote": (b'a,"b\n1,2\n', no_header("quote")),
    "bad_header_text_after_quote": (b'a,"b"c\n1,2\n', no_header("closing quote")),
    "bad_header_empty_name": (b"a,,c\n1,2,3\n", no_header("column 2 of the header has no name")),
    "bad_header_empty_quoted_name": (
        b'a,b,""\n1,2,3\n',
        no_header("column 3 of the header has no name"),
    ),
    "bad_header_trailing_delimiter": (
        b"a,b,\n1,2,\n",
        no_header("column 3 of the header has no name"),
    ),
    "bad_header_same_name": (
        b'id,b,"id"\n1,2,3\n',
        no_header('columns 1 and 3 of the header have the same name "id"'),
    ),
}


MARK = "byte-order-mark"

BY_SECOND_RULES = {
    "bom_not_at_begin": [Fault(MARK, 4), ["3", "\ufeff"]],
    "bom_joined_files": [["1", "2"], Fault(MARK, 11), ["3", "4"]],
    "bom_after_header": [Fault(MARK, 3), ["2"]],
    "bom_before_empty_line": ([["1"], Fault(MARK, 4), ["2"]], 1),
    "bom_last_line": [["1"], Fault(MARK, 4)],
    "bom_twice": [["1"], Fault(MARK, 10)],
    "bom_before_quoted": [Fault(MARK, 4), ["4", "5"]],
    "bom_before_quoted_crlf": [["1", "2"], Fault(MARK, 11), ["6", "7"]],
    "bom_before_open_quote": [Fault(MARK, 4)],
    "dialect_bom_skip_lines": [Fault(MARK, 2), ["2"]],
    "dialect_bom_comment": ([Fault(MARK, 4), ["1", "2"]], 1),
    "dialect_bom_trim": [Fault(MARK, 4), Fault(MARK, 17), ["\ufeff4", "5"]],
    "dialect_bom_delimiter": [Fault(MARK, 5), ["4", "5"]],
    "dialect_bom_null": [Fault(MARK, 2), Fault(MARK, 6), [None]],
    "null_empty_single_column": [[None], [""], ["1"]],
    "null_empty_single_column_crlf": [[None], ["1"], [None], [None]],
    "null_empty_single_column_trim": ([[None], ["1"], [None], [""], [None]], 1),
    "null_empty_single_column_given": [[None], ["1"], [None]],
}


def by_second_rules(name, answer):
    """`answer` and what is different by the second rules."""
    other = BY_SECOND_RULES.get(name)
    if other is None:
        return answer
    rows, empty_lines = other if isinstance(other, tuple) else (other, 0)
    return answer | {"by_second_rules": {"rows": answers(rows), "empty_lines": empty_lines}}


def corpus():
    """(name, bytes, answer) of all files."""
    for name, entry in VALID.items():
        data, delimiter = entry if isinstance(entry, tuple) else (entry, ",")
        yield name, data, valid(data, delimiter)
    for name, (data, dialect) in dialect_corpus.VALID.items():
        yield name, data, dialect_corpus.answer(data, dialect)
    for by_hand_cases in (BY_HAND, dialect_corpus.BY_HAND):
        for name, (data, answer) in by_hand_cases.items():
            yield name, data, answer


def files():
    result = {}
    unused = set(BY_SECOND_RULES)
    for name, data, answer in corpus():
        assert name + ".csv" not in result, name
        unused.discard(name)
        answer = by_second_rules(name, answer)
        result[name + ".csv"] = data
        result[name + ".json"] = (json.dumps(answer, ensure_ascii=True, indent=1) + "\n").encode()
    assert not unused, unused
    return result


def main():
    wanted = files()
    found = {p.name: p.read_bytes() for p in FOLDER.glob("*.csv")}
    found |= {p.name: p.read_bytes() for p in FOLDER.glob("*.json")}
    if sys.argv[1:] == ["--check"]:
        differ = sorted(n for n in wanted.keys() | found.keys() if wanted.get(n) != found.get(n))
        if differ:
            sys.exit("differ from what this script writes: " + " ".join(differ))
        return
    if sys.argv[1:]:
        sys.exit(__doc__)
    FOLDER.mkdir(exist_ok=True)
    for name in found.keys() - wanted.keys():
        (FOLDER / name).unlink()
    for name, data in wanted.items():
        (FOLDER / name).write_bytes(data)
    print(f"{len(wanted) // 2} CSV files and their answers in {FOLDER}")


if __name__ == "__main__":
    main()
