"""Polaris' management API as an administrator uses it by hand: to look at what floe made, and to clear it away."""

from __future__ import annotations

from urllib.parse import quote

import requests

from support.polaris import plugin


class Admin:
    """The client of a target, which has to be one that may manage catalogs and principals."""

    def __init__(self, target):
        made = plugin(target)
        self._uri = made.config.management
        headers = {"Authorization": f"Bearer {made._connection().tokens.get()}"}
        if target.realm:
            headers["Polaris-Realm"] = target.realm
        self._session = requests.Session()
        self._session.headers.update(headers)
        self._catalogs, self._principals = [], []
        made.plugin_close()

    def close(self):
        """Remove what was made here, or told to be removed."""
        for name in self._catalogs:
            self.call("DELETE", f"/catalogs/{quote(name, safe='')}")
        for name in self._principals:
            self.call("DELETE", f"/principals/{quote(name, safe='')}")
        self._session.close()

    def call(self, method, path, document=None):
        """The answer to a call."""
        return self._session.request(method, self._uri + path, json=document, timeout=30)

    def removes(self, name):
        """The catalog `name`, which a test is about to make, is removed in the end; it has to be empty by then."""
        self._catalogs.append(name)

    def catalog(self, name):
        """The document of a catalog."""
        answer = self.call("GET", f"/catalogs/{quote(name, safe='')}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def change(self, name, **changes):
        """Change a catalog as somebody else would."""
        document = self.catalog(name)
        change = {"currentEntityVersion": document["entityVersion"], "properties": document["properties"], **changes}
        answer = self.call("PUT", f"/catalogs/{quote(name, safe='')}", change)
        assert answer.status_code == 200, answer.text

    def privileges(self, name):
        """What the catalog's administrators may do."""
        answer = self.call("GET", f"/catalogs/{quote(name, safe='')}/catalog-roles/catalog_admin/grants")
        return {each["privilege"] for each in answer.json()["grants"]}

    def principal(self, name):
        """`client_id:client_secret` of a new principal, which has no role and may do nothing."""
        answer = self.call("POST", "/principals", {"principal": {"name": name}})
        assert answer.status_code == 201, answer.text
        self._principals.append(name)
        credentials = answer.json()["credentials"]
        return f"{credentials['clientId']}:{credentials['clientSecret']}"
