#!/usr/bin/env bash
# Print the path of a Chromium for `make test-browser`: the one that FLOE_TEST_CHROMIUM names, one that is there, or
# else Debian's, installed now (as root).
set -euo pipefail

fail() {
    printf 'test-browser: %s\n' "$@" >&2
    exit 1
}

if [[ -n ${FLOE_TEST_CHROMIUM:-} ]]; then
    [[ -x $FLOE_TEST_CHROMIUM ]] || fail "FLOE_TEST_CHROMIUM=$FLOE_TEST_CHROMIUM is no program"
    printf '%s\n' "$FLOE_TEST_CHROMIUM"
    exit
fi

found() {
    command -v chromium || command -v chromium-browser || command -v google-chrome || command -v google-chrome-stable
}

if ! found; then
    hint="Install Chromium, or name one: make test-browser FLOE_TEST_CHROMIUM=/path/to/chromium"
    command -v apt-get >/dev/null || fail "there is no Chromium, and no apt-get to install it." "$hint"
    [[ $(id -u) == 0 ]] || fail "there is no Chromium, and only root may install it: sudo apt-get install chromium" "$hint"
    printf 'test-browser: Chromium from the packages of this system\n' >&2
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; } >&2 </dev/null ||
        fail "Chromium could not be installed; apt-get says why above." "$hint"
    found || fail "apt-get installed chromium, and there still is no such command." "$hint"
fi
