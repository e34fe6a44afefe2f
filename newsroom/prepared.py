"""Queries that the ORM composes once and that are then asked again and again with other values.

To compose the SQL of a query takes Django several times as long as the database needs to answer it. What every page
for readers asks is therefore written as usual, as a QuerySet, under `@prepared`:

    @prepared(article=int, at=datetime)
    def _shown(article, at):
        return Comment.objects.filter(article=article, shown_from__lte=at).values_list("pk", "html")

    rows = _shown(article=5, at=timezone.now())

The function is called once for each connection and each length of its lists, with placeholders; each of them must reach
the SQL as it is, as a parameter. Rows are those of the QuerySet: instances with what `select_related()` joins, or
tuples for `values_list()`. An instance has all columns that were read for it as `row`, as the database gave them, but
for what was counted: the facts by which a piece of a page is kept (`newsroom.pieces`). In place of `prefetch_related()` there is `attach()`.
"""

from datetime import UTC, datetime, timedelta
from functools import update_wrapper

from django.core.exceptions import EmptyResultSet
from django.db import connections, router
from django.db.models.query import (
    FlatValuesListIterable,
    ModelIterable,
    ValuesListIterable,
    get_related_populators,
)

_FIRST = {int: 1_900_000_000, str: "placeholder {:06d}", datetime: datetime(9000, 1, 1, tzinfo=UTC)}

_MOST_KNOWN = 500  # on one connection


def _placeholder(kind, number):
    """The value of a kind that stands for the number-th: nothing else in the query is equal to it."""
    if kind is str:
        return _FIRST[str].format(number)
    return _FIRST[kind] + (number if kind is int else timedelta(seconds=number))


class _Composed:
    """The SQL of a QuerySet on one connection, where its values go, and how its rows are read."""

    def __init__(self, queryset, placeholders, connection):
        compiler = queryset.query.get_compiler(connection=connection)
        self.sql, params = compiler.as_sql()
        numbers = {_adapted(value, connection): number for number, value in enumerate(placeholders)}
        self.params = list(params)
        # where, which of the values, and the type that the database's own driver wants for it
        self.slots = [
            (at, numbers[value], type(value) if isinstance(value, int) else None)
            for at, value in enumerate(params)
            if type(value) is not bool and value in numbers
        ]
        if {number for _, number, _ in self.slots} != set(range(len(placeholders))):
            raise ValueError(f"not every value is a parameter of its own: {self.sql}")
        self.compiler = compiler
        self.converters = compiler.get_converters([column[0] for column in compiler.select])
        self.read = _reader(queryset, compiler, connection.alias)

    def rows(self, values, connection):
        params = list(self.params)
        for at, number, cast in self.slots:
            value = values[number]
            params[at] = cast(value) if cast else _adapted(value, connection)
        with connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            found = cursor.fetchall()
        if self.converters:
            return self.read(self.compiler.apply_converters(found, self.converters), found)
        return self.read(found, found)


def _adapted(value, connection):
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def _reader(queryset, compiler, alias):
    """Return the function that makes of fetched rows what the QuerySet gives."""
    kind = queryset._iterable_class
    if kind is ValuesListIterable:
        return lambda rows, fetched: list(map(tuple, rows))
    if kind is FlatValuesListIterable:
        return lambda rows, fetched: [row[0] for row in rows]
    if kind is not ModelIterable or queryset._prefetch_related_lookups:
        raise TypeError("A prepared query gives instances or tuples, and prefetches nothing.")
    select, info = compiler.select, compiler.klass_info
    model, places = info["model"], info["select_fields"]
    first, end = places[0], places[-1] + 1
    names = [column[0].target.attname for column in select[first:end]]
    populators = get_related_populators(info, select, alias)
    annotations = list((compiler.annotation_col_map or {}).items())
    stored = [at for at in range(len(select)) if at not in {at for _, at in annotations}]

    def read(rows, fetched):
        found = []
        for row, facts in zip(rows, fetched, strict=True):
            instance = model.from_db(alias, names, row[first:end])
            for populator in populators:
                populator.populate(row, instance)
            for name, at in annotations:
                setattr(instance, name, row[at])
            instance.row = tuple(facts[at] for at in stored)
            found.append(instance)
        return found

    return read


def prepared(**kinds):
    """Make of a function that returns a QuerySet one that takes the same values by name and returns the rows as a list.

    `kinds` names the type of each value: int, str or datetime; a list of one of them for a list; None for what is part
    of the query itself (its order, its first row), which is composed anew for each such value. Of a long list the last
    may come several times, as if it had been given so.
    """

    def decorate(compose):
        model = None  # known once it is composed

        def ask(**given):
            nonlocal model
            values, shape = [], []
            for name, kind in kinds.items():
                if kind is None:
                    shape.append(given[name])
                elif isinstance(kind, list):
                    some = _of_few_lengths(given[name])
                    shape.append(len(some))
                    values += some
                else:
                    values.append(given[name])
            connection = connections[router.db_for_read(model)]
            known = connection.__dict__.setdefault("_prepared", {})
            key = (compose, *shape)
            if key not in known:
                if len(known) >= _MOST_KNOWN:
                    known.clear()
                queryset, placeholders = _with_placeholders(compose, kinds, shape)
                model = queryset.model
                try:
                    known[key] = _Composed(queryset, placeholders, connection)
                except EmptyResultSet:  # a list without values
                    known[key] = None
            return known[key].rows(values, connection) if known[key] else []

        return update_wrapper(ask, compose)

    return decorate


def _of_few_lengths(values):
    """A long list is filled up with its last value: each length is a query of its own."""
    values = list(values)
    return values + values[-1:] * (-len(values) % 32) if len(values) > 24 else values


def _with_placeholders(compose, kinds, shape):
    """Return the QuerySet with a placeholder for each value, and the placeholders in their order."""
    shape, placeholders, given = iter(shape), [], {}

    def another(kind):
        placeholders.append(_placeholder(kind, len(placeholders)))
        return placeholders[-1]

    for name, kind in kinds.items():
        if kind is None:
            given[name] = next(shape)
        elif isinstance(kind, list):
            given[name] = [another(kind[0]) for _ in range(next(shape))]
        else:
            given[name] = another(kind)
    return compose(**given), placeholders


def attach(instances, name, rows, key):
    """Give each of `instances` those of `rows` whose `key` names it, as if `prefetch_related(name)` had."""
    of = {}
    for row in rows:
        of.setdefault(getattr(row, key), []).append(row)
    for instance in instances:
        prefetched = getattr(instance, name).model._default_manager.all()
        prefetched._result_cache = of.get(instance.pk, [])
        prefetched._prefetch_done = True
        instance.__dict__.setdefault("_prefetched_objects_cache", {})[name] = prefetched
