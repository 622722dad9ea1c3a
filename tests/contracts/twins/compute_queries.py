"""Computes that are wrong in one thing when they are asked a question."""

import os
import re
from dataclasses import replace

from contracts.twins.compute import Good
from contracts.twins.marking import add_twins, twin

from floe_sdk import DATA_FILE_MISSING, QUERY_FAILED, TABLE_NOT_FOUND, FloeError, QueryResult, hookimpl


class _Answers(Good):
    """Another answer in the place of the good one."""

    def changed(self, request, table):
        return table

    @hookimpl
    def compute_query(self, request):
        return _result(self.changed(request, super().compute_query(request).reader.read_all()))


def _result(table):
    import pyarrow as pa

    return QueryResult(pa.RecordBatchReader.from_batches(table.schema, table.to_batches()))


def _plainly(sql):
    """Asked of DuckDB itself, with all that it can reach."""
    import duckdb

    with duckdb.connect() as connection:
        return _result(connection.execute(sql).to_arrow_table())


class _Tells(Good):
    """Another error in the place of the good one."""

    def told(self, error):
        return error

    @hookimpl
    def compute_query(self, request):
        try:
            return _result(super().compute_query(request).reader.read_all())
        except FloeError as error:
            raise self.told(error) from error


@twin("test_a_query_gives_the_rows_and_their_types")
class DecimalsAreFloats(_Answers):
    """A decimal comes as a floating-point number."""

    def changed(self, request, table):
        import pyarrow as pa

        fields = [field.with_type(pa.float64()) if pa.types.is_decimal(field.type) else field for field in table.schema]
        return table.cast(pa.schema(fields))


@twin("test_a_bare_name_is_looked_up_in_the_namespaces_in_order")
class LastNamespaceFirst(Good):
    """The last namespace that has a table of the name is meant."""

    @hookimpl
    def compute_query(self, request):
        return super().compute_query(replace(request, namespaces=tuple(reversed(request.namespaces))))


@twin("test_a_query_sees_the_last_commit")
class RemembersAnswers(Good):
    """What was answered once is answered again."""

    def __init__(self, config: Good.Config, context) -> None:
        super().__init__(config, context)
        self.known = {}

    @hookimpl
    def compute_query(self, request):
        key = request.sql, tuple(request.namespaces)
        if key not in self.known:
            self.known[key] = super().compute_query(request).reader.read_all()
        return _result(self.known[key])


@twin("test_what_is_not_one_select_is_refused_and_does_nothing")
class Copies(Good):
    """COPY is executed."""

    @hookimpl
    def compute_query(self, request):
        return _plainly(request.sql) if request.sql.startswith("copy") else super().compute_query(request)


@twin("test_a_query_reads_no_file_but_the_tables")
class ReadsText(Good):
    """`read_text` reads what it is told to."""

    @hookimpl
    def compute_query(self, request):
        return _plainly(request.sql) if "read_text" in request.sql else super().compute_query(request)


@twin("test_a_table_that_is_not_there_is_told_by_its_name")
class NoTableIsAFailure(_Tells):
    """A table that is not there is a query that failed."""

    def told(self, error):
        return FloeError(QUERY_FAILED, error.problem, fix=error.fix) if error.code is TABLE_NOT_FOUND else error


@twin("test_a_wrong_query_is_told_in_the_engines_words")
class FailsInGeneral(_Tells):
    """A query that failed has failed, and nothing more is said."""

    def told(self, error):
        return FloeError(QUERY_FAILED, "the query failed", fix=error.fix) if error.code is QUERY_FAILED else error


@twin("test_what_goes_wrong_while_rows_are_read_is_told")
class RowsRaise(_Tells):
    """What is wrong with a value is raised as Python's."""

    def told(self, error):
        return ValueError(error.problem) if re.search("conver|cast", error.problem, re.IGNORECASE) else error


@twin("test_a_data_file_that_is_gone_is_named")
class NoFileIsAFailure(_Tells):
    """A data file that is gone is a query that failed."""

    def told(self, error):
        return FloeError(QUERY_FAILED, error.problem, fix=error.fix) if error.code is DATA_FILE_MISSING else error


_left = []


@twin("test_a_query_that_was_read_lets_go_of_all_it_opened")
class QueriesStayOpen(Good):
    """Each query leaves a file open."""

    @hookimpl
    def compute_query(self, request):
        _left.append(os.open(__file__, os.O_RDONLY))
        return super().compute_query(request)


add_twins("contracts.twins.compute", __name__)
