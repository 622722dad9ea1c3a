"""Output ports against the graph."""

PORT = {"schema": [{"name": "id", "type": "string"}]}


def test_a_port_that_no_table_is_is_told(workspace):
    workspace.write(spec={"output_ports": [{"name": "mart", **PORT}, {"name": "marts", **PORT}]})
    _, text = workspace.floe("compile")
    assert "warning: the output port `marts` has the name of no table of the product" in text
    assert "`mart` has" not in text


def test_a_products_own_port_is_no_source_of_it(workspace):
    upstream = {"relation": ["other", "mart"], "product": "shop", "port": "mart"}
    models = [{"name": "mart"}, {"name": "other.mart", "upstream": upstream}]
    workspace.write(models=models)
    _, text = workspace.floe("compile", code=2)
    assert "models/other.mart.sql: error[FLOE-T021]: source other.mart: it is the output port mart of this" in text
