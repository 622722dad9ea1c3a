"""What has changed since a node's last success: what `floe run --changed` leaves out and `floe plan` tells."""
