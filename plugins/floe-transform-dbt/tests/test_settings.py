"""Which variables count for a node: those that it names, or all where that can't be told."""

from __future__ import annotations

import pytest

from floe_transform_dbt.settings import Settings

OF_PROJECT = {"days": 3, "country": "de", "shop": {"days": 4, "weeks": 1}, "limits": {"days": 9}}


def read(*texts):
    return Settings(OF_PROJECT, {"days": 5, "run": "x"}, {"HOME_": "/h", "OTHER": "o"}).read_by(texts)


def test_a_text_that_names_none_reads_none():
    assert read("select variable from varchar_table", "{{ config(materialized='table') }}") == [{}, {}, {}]


@pytest.mark.parametrize("text", ["{{ var('days') }}", '{{ var( "days" , 7) }}', "{% if var('days') > 2 %}"])
def test_a_named_one_counts_of_the_project_of_packages_and_of_the_command_line(text):
    assert read("select 1", text) == [{"days": 3, "shop": {"days": 4}, "limits": {"days": 9}}, {"days": 5}, {}]


def test_the_first_variables_of_a_project_change_nothing_for_who_names_none():
    assert Settings(None, {}, {}).read_by(["select 1"]) == read("select 1")


def test_a_variable_that_is_a_mapping_counts_as_a_whole():
    assert read("{{ var('limits') }}")[0] == {"limits": {"days": 9}}


@pytest.mark.parametrize(
    "text", ["{{ var('da' ~ 'ys') }}", "{{ var(name) }}", "{% set v = var %}", "{{ var.has_var('x') }}"]
)
def test_one_that_is_not_spelled_out_may_be_any(text):
    assert read("{{ var('days') }}", text)[:2] == [OF_PROJECT, {"days": 5, "run": "x"}]


def test_the_environments_count_by_themselves():
    assert read("{{ env_var('HOME_', 'x') }}") == [{}, {}, {"HOME_": "/h"}]
    assert read("{{ env_var(name) }}")[2] == {"HOME_": "/h", "OTHER": "o"}
