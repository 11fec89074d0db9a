import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chatapp.desk import facets
from chatapp.models import Summary


@pytest.mark.skipif(connection.vendor != "sqlite", reason="asks SQLite how it would do it")
def test_they_are_counted_without_a_look_at_the_rows(db):
    with CaptureQueriesContext(connection) as captured:
        facets.groups(Summary.objects.all())

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {captured[0]['sql']}")
        plan = [row[-1] for row in cursor.fetchall()]
    assert plan == ["SCAN chatapp_summary USING COVERING INDEX summary_facets"]
