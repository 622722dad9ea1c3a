import io
import json
import logging

import pytest
from pydantic import BaseModel, ValidationError

from floe_sdk.observability.logs import FloeHandler, configure_logging
from floe_sdk.observability.redaction import redactor
from floe_sdk.schemas.observability import Logging


@pytest.fixture
def log_to():
    """Configure logging as an entry point does, to a text; the root logger is as before afterwards."""
    root = logging.getLogger()
    level = root.level

    def configure(**config):
        stream = io.StringIO()
        configure_logging(Logging.model_validate(config), stream=stream)
        return stream

    yield configure
    for handler in [each for each in root.handlers if isinstance(each, FloeHandler)]:
        root.removeHandler(handler)
    root.setLevel(level)


def test_text_lines_name_level_logger_and_message(log_to):
    stream = log_to()
    logging.getLogger("floe_sdk.runtime").info("ran %d nodes", 3)
    assert stream.getvalue()[8:] == " INFO floe_sdk.runtime: ran 3 nodes\n"


def test_json_lines_hold_the_extra_fields(log_to):
    stream = log_to(format="json")
    logging.getLogger("floe_sdk").warning('slow\n"quoted"', extra={"node": "m", "path": io})
    line = json.loads(stream.getvalue())
    assert stream.getvalue().count("\n") == 1
    assert line["time"].endswith("Z")
    assert (line["level"], line["logger"], line["message"]) == ("WARNING", "floe_sdk", 'slow\n"quoted"')
    assert line["node"] == "m"


@pytest.mark.parametrize("format", ["text", "json"])
def test_no_line_holds_a_secret(log_to, format):
    redactor.add('pa55"word-in-a-log')
    stream = log_to(format=format)
    try:
        int('refused pa55"word-in-a-log')
    except ValueError:
        logging.getLogger("some.library").exception(
            "cannot connect as %s", 'pa55"word-in-a-log', extra={"dsn": 'x:pa55"word-in-a-log'}
        )
    assert "word-in-a-log" not in stream.getvalue()
    assert "cannot connect as ***" in stream.getvalue()
    if format == "json":
        assert json.loads(stream.getvalue())["dsn"] == "x:***"


def test_the_input_values_of_a_validation_error_are_not_logged(log_to):
    class Model(BaseModel):
        port: int

    stream, value = log_to(), "literal-" + "s3cr3t"
    try:
        Model(port=value)
    except ValidationError:
        logging.getLogger("floe_sdk").exception("bad")
    assert "literal-s3cr3t" not in stream.getvalue()
    assert "port: Input should be a valid integer" in stream.getvalue()


def test_levels_are_floe_s_own_and_others_speak_from_warning_on(log_to):
    stream = log_to(level="debug")
    logging.getLogger("floe_compute_duckdb").debug("mine")
    logging.getLogger("urllib3").info("not mine")
    logging.getLogger("urllib3").warning("theirs")
    stream_errors = log_to(level="ERROR")
    logging.getLogger("floe_sdk").warning("quiet")
    logging.getLogger("urllib3").warning("quiet")
    logging.getLogger("floe_sdk").error("loud")
    assert [line.rpartition(" ")[2] for line in stream.getvalue().splitlines()] == ["mine", "theirs"]
    assert [line.rpartition(" ")[2] for line in stream_errors.getvalue().splitlines()] == ["loud"]


def test_a_librarys_warning_is_one_line_unless_somebody_looks_closely(log_to):
    def warn(stream):
        try:
            int("x")
        except ValueError:
            logging.getLogger("some.library").warning("again %s", "later", exc_info=True)
        return stream.getvalue()

    assert (
        warn(log_to())
        .splitlines()[0]
        .endswith("WARNING some.library: again later (ValueError: invalid literal for int() with base 10: 'x')")
    )
    assert "Traceback" not in warn(log_to())
    assert "Traceback" in warn(log_to(level="debug"))
