from pathlib import Path

import pytest

from floe_sdk.packaging.layout import Layout


@pytest.mark.parametrize(
    ("root", "relatives", "places"),
    [
        # nothing lies above: the folder's own name does not count
        ("/builds/17/checkout", ["models/a.sql", "."], {"models/a.sql": "app/shop/models/a.sql", ".": "app/shop"}),
        (
            "/repo/shop-folder",
            [".."],
            {"target/x": "app/shop-folder/target/x", "../manifest.yaml": "app/manifest.yaml"},
        ),
        (
            "/repo/products/eu/shop",
            ["../../dbt/models/a.sql", "../../../platform"],
            {
                "target/x": "app/products/eu/shop/target/x",
                "../../dbt/models/a.sql": "app/products/dbt/models/a.sql",
                "../../../platform": "app/platform",
            },
        ),
        ("/repo/shop", ["models/../../dbt/a.sql"], {"models/../../dbt/a.sql": "app/dbt/a.sql", "b": "app/shop/b"}),
    ],
)
def test_files_keep_their_places_to_each_other(root, relatives, places):
    layout = Layout(Path(root), "shop", relatives)
    assert {relative: layout.place(relative) for relative in places} == places
