"""Storages and the catalog as PyIceberg and Arrow reach them, with failures told as floe tells them."""
