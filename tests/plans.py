"""By which index a database finds the rows of a table: read from its own plan."""

import json
import re

from django.db import connection


def analyze(*, by_order=False):
    """Let the database learn what its tables hold, and have it tell what it would do if they were large; `by_order`,
    where reading in the order of an index is cheaper than sorting."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # what is small is read whole
            if by_order:
                cursor.execute("SET LOCAL enable_sort = off")
                cursor.execute("SET LOCAL enable_bitmapscan = off")


def indexes(sql, table):
    """Return, for each time that a query reads `table`, the index that it searches; None where it reads all."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("EXPLAIN QUERY PLAN " + sql)
            found = [
                re.match(rf"(SCAN|SEARCH) ({table}|U\d)\b(?:.*? INDEX (\w+))?(.*)", row[3])
                for row in cursor.fetchall()
            ]
            return [each[3] or "primary" if each[1] == "SEARCH" else None for each in found if each]
        cursor.execute("EXPLAIN (FORMAT JSON) " + sql)
        answer = cursor.fetchone()[0]
    plan = json.loads(answer) if isinstance(answer, str) else answer
    return list(_of(plan[0]["Plan"], table))


def _of(node, table):
    if node.get("Relation Name") == table and node["Node Type"] != "Bitmap Heap Scan":
        yield node.get("Index Name") if "Index Cond" in node else None
    if node["Node Type"] == "Bitmap Index Scan":
        yield node["Index Name"] if "Index Cond" in node else None
    for each in node.get("Plans", []):
        yield from _of(each, table)


def reads_whole(sql, table):
    """Whether a query reads all of `table` and not an index: neither searched, nor read along one."""
    return any(name is None for name, _ in _steps(sql, table))


def is_covered(sql, table):
    """Whether a query asks indexes of `table` alone, and no row of it."""
    return all(covering for _, covering in _steps(sql, table))


def sorts(sql):
    """Whether a query has to sort what it found."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("EXPLAIN QUERY PLAN " + sql)
            return any("USE TEMP B-TREE FOR ORDER BY" in row[3] for row in cursor.fetchall())
        cursor.execute("EXPLAIN (FORMAT JSON) " + sql)
        answer = cursor.fetchone()[0]
    plan = json.loads(answer) if isinstance(answer, str) else answer
    return any(node["Node Type"] in ("Sort", "Incremental Sort") for node in _nodes(plan[0]["Plan"]))


def _nodes(node):
    yield node
    for each in node.get("Plans", []):
        yield from _nodes(each)


def _steps(sql, table):
    """Yield (index or None, whether it is covering) for each time that a query reads `table`."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("EXPLAIN QUERY PLAN " + sql)
            for row in cursor.fetchall():
                if found := re.match(rf"(?:SCAN|SEARCH) (?:{table}|U\d)\b(.*)", row[3]):
                    index = re.search(r"(COVERING )?INDEX (\w+)|(PRIMARY KEY)", found[1])
                    yield (index[2] or "primary", bool(index[1])) if index else (None, False)
            return
        cursor.execute("EXPLAIN (FORMAT JSON) " + sql)
        answer = cursor.fetchone()[0]
    plan = json.loads(answer) if isinstance(answer, str) else answer
    for node in _nodes(plan[0]["Plan"]):
        if node.get("Relation Name") == table and node["Node Type"] != "Bitmap Heap Scan":
            yield node.get("Index Name"), node["Node Type"] == "Index Only Scan"
