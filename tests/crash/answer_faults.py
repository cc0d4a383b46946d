"""Each error code of each request, once: the load goes on, or ends at once and says why."""

from __future__ import annotations

import re
from functools import cache

from onceload_runner import DONE, INPUT, ROOT, USAGE, Result

from crash.answers import APIS, BY_NAME, Api, NoClusterId, OneError
from crash.case import Act, Case
from crash.proxy import proxy
from crash.stage import Stage

BUG = 70
BUDGET = 30  # seconds: nothing may wait for so long
AT_ONCE = 15.0  # a load of this size takes two seconds, and this machine may be busy

# Codes that any request may come back with, and those of each.
ANY = (-1, 7, 13, 29, 31, 35, 41, 42, 54, 56, 58, 76, 87, 89, 99, 133, 999)
OF = {
    "find_coordinator": (14, 15, 16, 24, 53),
    "init": (14, 15, 16, 47, 48, 49, 50, 51, 53, 59, 90, 120),
    "add_partitions": (3, 14, 15, 16, 47, 48, 49, 51, 53, 55, 59, 90, 120),
    "produce": (
        *(2, 3, 5, 6, 8, 9, 10, 17, 18, 19, 20, 21, 32, 43, 45, 46, 47, 48, 49, 53, 55, 59),
        *(72, 74, 75, 90, 100, 120),
    ),
    "end_txn": (14, 15, 16, 47, 48, 49, 51, 52, 53, 59, 90, 120),
    "fetch": (1, 3, 6, 8, 9, 70, 71, 74, 75, 78, 100, 103, 109),
    "list_offsets": (3, 5, 6, 8, 9, 43, 74, 75, 78),
    "describe_configs": (3, 14, 17, 40, 44),
    "metadata": (3, 5, 9, 17, 72, 100),
    "create_topics": (14, 17, 36, 37, 38, 39, 40, 44, 60),
}
OPTIONAL = {"describe_configs"}  # what a load can do without

ENDS = {
    "passing": (DONE,),
    "passing, with new producers": (DONE,),
    "fenced": (DONE,),
    "the row's": (DONE, INPUT, USAGE),
    "a setting's or right's": (DONE, USAGE),
    "the service's": (DONE, USAGE),
    "a bug": (DONE, BUG),
}


@cache
def meanings() -> dict[int, str]:
    """As docs/answers.md has them."""
    table = (ROOT / "docs/answers.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (-?\d+) \| `\w+` \| [^|]* \| ([^|]*) \|", table, re.MULTILINE)
    return {int(code): meaning.strip() for code, meaning in rows}


def codes_of(api: Api) -> list[int]:
    return sorted({*ANY, *OF[api.name]})


def ends_of(api: Api, code: int) -> tuple[int, ...]:
    if api.name in OPTIONAL:
        return (DONE,)
    meaning = meanings().get(code, "the service's")
    # librdkafka goes on by itself after many an answer that is final in the table, and makes
    # another code of some; what counts is that none is waited out.
    return tuple({*ENDS[meaning], DONE, USAGE} if meaning == "a bug" else ENDS[meaning])


def is_prompt(result: Result) -> bool:
    return result.code == DONE or result.seconds < AT_ONCE


def own_progress_topic(stage: Stage) -> None:
    """One that the load makes."""
    name = f"{stage.topic}.progress"
    stage.topics.append(name)
    stage.words += ("--progress-topic", name)
    stage.verify_words = ("--progress-topic", name)


def answered(api: Api, code: int, times: int = 1) -> Act:
    """Each time: then waiting does not mend it."""

    def act(stage: Stage) -> None:
        if api.name == "create_topics":
            own_progress_topic(stage)
        rule = OneError(api, code, k=2 if api.name in ("produce", "end_txn") else 1, times=times)
        ends = ends_of(api, code) if times == 1 or api.name in OPTIONAL else (USAGE,)
        with proxy(rule):
            result = stage.met(stage.begin("--retry-budget", BUDGET).wait(90), *ends)
            rule.times = 0  # the fault is over
            stage.finish()
        assert rule.happened, "the fault was not made"
        assert is_prompt(result), f"waited: {result}"

    return act


def without_cluster_id(stage: Stage) -> None:
    rule = NoClusterId()
    with proxy(rule):
        stage.met(stage.begin("--retry-budget", BUDGET).wait(90))
        stage.finish()
    assert rule.happened, "the fault was not made"


SERVICES = [
    Case(
        "service.no_cluster_id",
        "network",
        "brokers without a cluster id",
        without_cluster_id,
        proxied=True,
    ),
    *(
        Case(
            f"service.no_transactions.{code}",
            "network",
            f"brokers without transactions: each answer to find_coordinator has error {code}",
            answered(BY_NAME["find_coordinator"], code, times=1_000),
            proxied=True,
        )
        for code in (42, 35)
    ),
    Case(
        "service.no_settings",
        "network",
        "each answer to describe_configs has error 42",
        answered(BY_NAME["describe_configs"], 42, times=1_000),
        proxied=True,
    ),
]

CASES = SERVICES + [
    Case(
        f"answer.{api.name}.{code}",
        "network",
        f"an answer to {api.name} has error {code}",
        answered(api, code),
        proxied=True,
    )
    for api in APIS
    for code in codes_of(api)
]
