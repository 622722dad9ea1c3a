"""The files that a package needs are those that the hash covers."""

import shutil

from floe_transform_dbt.project import DbtProject


def write(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("name: shop\n" if name.endswith("dbt_project.yml") else "x\n")


def files(project, product):
    return DbtProject.load(project, product, {}).portable_files()


def test_the_files_are_named_as_seen_from_the_product(tmp_path):
    product, project = tmp_path / "products" / "shop", tmp_path / "shared" / "dbt"
    product.mkdir(parents=True)
    write(
        project, "dbt_project.yml", "models/a.sql", "seeds/s.csv", "dbt_packages/p/macros/m.sql", "raw/data.csv", "x.md"
    )
    (project / "models" / "gone.sql").symlink_to(project / "nowhere.sql")
    found = files(project, product)
    assert sorted(found) == [
        "../../shared/dbt/dbt_packages/p/macros/m.sql",
        "../../shared/dbt/dbt_project.yml",
        "../../shared/dbt/models/a.sql",
        "../../shared/dbt/seeds/s.csv",
    ]
    assert all((product / name).resolve() == path.resolve() for name, path in found.items())


def test_a_project_in_the_products_folder_has_plain_names_also_through_a_link(tmp_path):
    write(tmp_path / "real", "dbt_project.yml", "models/a.sql", "macros/m.sql")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    expected = ["dbt_project.yml", "macros/m.sql", "models/a.sql"]
    assert sorted(files((tmp_path / "link").resolve(), tmp_path / "link")) == expected
    package = tmp_path / "local"
    write(package, "dbt_project.yml", "macros/n.sql")
    (tmp_path / "real" / "dbt_packages").mkdir()
    (tmp_path / "real" / "dbt_packages" / "local").symlink_to(package)
    linked = sorted(files(tmp_path / "real", tmp_path / "real"))
    assert linked == ["dbt_packages/local/dbt_project.yml", "dbt_packages/local/macros/n.sql", *expected]
    shutil.rmtree(package)
    assert sorted(files(tmp_path / "real", tmp_path / "real")) == expected
